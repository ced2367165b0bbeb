"""Words and numbers of a front, shared by the screen, the pictures and MLflow."""

from collections.abc import Iterable, Mapping, Sequence

from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.metrics.tables import metric_of
from search.front.floors import Floor
from search.front.fresh import judged, refuted, standing
from search.front.front import Front
from search.front.names import plural, point_name
from search.front.point import Point
from search.presentation.numbers import share_text, short, values_text
from search.space.values import Value

TWO_INTERVALS = (
    "95 % intervals of the mean: over seeds, on the same validation utterances; over seeds and "
    "speakers, also for other speakers"
)
BEATEN = (
    "the baseline is expected to beat every candidate here: keep it, or search longer; the best of "
    "the candidates are shown"
)
REFUTED = "†"
"""Mark of members that fresh seeds refute."""
PART = "*"
"""Mark of intervals that lack a part."""
LOOSE_LANES = 30  # below which claims are loose: so few lanes hardly tell noise from trend
NO_SPEAKERS = (
    "no interval over seeds and speakers: `run` predicts the validation utterances again when its "
    "sweep ends, with the models that are kept"
)
_BETTER = {
    "maximize": "higher is better",
    "minimize": "lower is better",
    "zero": "nearer 0 is better",
}


def sentence_case(text: str) -> str:
    """Return a text with its first letter as a capital."""
    return f"{text[:1].upper()}{text[1:]}"


def better(metric: str) -> str:
    """Return the better direction of a metric in words."""
    return _BETTER[DIRECTIONS[metric]]


def number(value: Value) -> str:
    """Return a searched number with four significant digits; other values unchanged."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def mean_sd(metrics: Mapping[str, float], metric: str) -> str:
    """Return `mean ± standard deviation over seeds`; a dash if the metric is undefined."""
    if metric not in metrics:
        return "-"
    spread = metrics.get(f"{metric}_sd")
    return f"{metrics[metric]:.3f}" + ("" if spread is None else f" ± {spread:.3f}")


def percent(share: float | None) -> str:
    """Return a share as `87 %`; a dash for None."""
    return "-" if share is None else f"{100 * share:.0f} %"


def claim_sentences(front: Front) -> list[str]:
    """Return what the members' values are, and how far to trust them; empty without claims."""
    if not front.claimed:
        return []
    texts = [
        "values: mean that fresh seeds are expected to show, ± its standard deviation, by a "
        "Gaussian process of all lanes; trained: mean ± spread over the "
        "seeds that were trained, which is lucky for members; P: probability that endless seeds "
        "keep a candidate on the front"
    ]
    beaten = BEATEN if front.beaten else ""
    return [*filter(None, [beaten, *texts, loose_sentence(front)])]


def loose_sentence(front: Front) -> str:
    """Return that claims rest on few lanes; empty if they do not, or without claims."""
    if not front.claimed or front.lanes >= LOOSE_LANES:
        return ""
    return f"{plural(front.lanes, 'lane')} so far: below {LOOSE_LANES}, claims are loose"


def seeds_text(point: Point) -> str:
    """Return the number of seeds, and how many of them stand if any collapsed."""
    count, claim = len(point.seeds), point.claim
    if claim is None or claim.standing == claim.seeds:
        return str(count)
    return f"{claim.standing} of {claim.seeds} stand"


def standing_text(point: Point) -> str:
    """Return the seeds that stand, and the chance that a fresh one does; the seeds if all do."""
    text, claim = seeds_text(point), point.claim
    if claim is None or claim.standing == claim.seeds:
        return text
    low, high = (100 * end for end in claim.stands_interval)
    return f"{text}; a fresh one with {100 * claim.stands:.0f} % [{low:.0f}, {high:.0f} %]"


def probability_text(point: Point) -> str:
    """Return the probability of being on the front; a dash without a claim."""
    return "-" if point.claim is None else percent(point.claim.probability)


def interval_text(point: Point, metric: str) -> str:
    """Return `mean [low, high]` with the 95 % interval over seeds; the mean if there is none."""
    ends = ends_text(point.intervals.get(metric))
    return f"{point.metrics[metric]:.3f}" + (f" {ends}" if ends else "")


def ends_text(interval: tuple[float, float] | None) -> str:
    """Return `[low, high]`; empty without an interval."""
    return "" if interval is None else "[{:.3f}, {:.3f}]".format(*interval)


def speakers_heading(metric: str) -> str:
    """Return the heading of what `speakers_text` shows of a metric."""
    return "by chance" if metric_of(metric).gap else "seeds and speakers"


def speakers_text(point: Point, metric: str) -> str:
    """Return a candidate's interval over seeds and validation speakers, or a gap's chance level.

    Returns:
        Empty if no model was there to predict again, or there are too few speakers; with a star if
        the interval lacks a part, which `speakers_sentences` explains.
    """
    if point.speakers is None:
        return ""
    if metric_of(metric).gap:
        chance = point.speakers.chance.get(metric)
        return "" if chance is None else f"{chance:.3f}"
    ends = ends_text(point.speakers.intervals.get(metric))
    return ends + PART * bool(ends and point.speakers.reasons.get(metric))


def chance_sentence(front: Front) -> str:
    """Return what the objectives that are absolute gaps show by chance; empty without any."""
    gaps = [name for name in front.objectives if metric_of(name).gap]
    if not gaps:
        return ""
    recorded = [point.speakers for point in front.members if point.speakers]
    levels = {
        name: [figures.chance[name] for figures in recorded if name in figures.chance]
        for name in gaps
    }
    shown = [
        f"{name} of the front's members is then {_extent(values)}"
        for name, values in levels.items()
        if values
    ]
    text = "an absolute gap is above 0 by chance alone"
    if not shown:
        return f"{text}: `corpus describe` states how far on this corpus"
    return f"{text}, with the groups given by chance: {', '.join(shown)}"


def _extent(values: Sequence[float]) -> str:
    least, most = f"{min(values):.3f}", f"{max(values):.3f}"
    return least if least == most else f"{least} to {most}"


def speakers_sentences(front: Front) -> list[str]:
    """Return what the intervals over seeds and speakers lack, and why, each reason once."""
    lacking = [point_name(point) for point in front.members if point.speakers is None]
    figures = [point.speakers for point in front.members if point.speakers]
    reasons = {
        f"{PART} {reason}" if name in of.intervals else f"seeds and speakers, {name}: {reason}"
        for of in figures
        for name, reason in of.reasons.items()
        if name in front.objectives
    }
    sentences = sorted(reasons)
    if lacking and len(lacking) == len(front.members):
        sentences.append(NO_SPEAKERS)
    elif lacking:
        sentences.append(f"{NO_SPEAKERS} of {', '.join(lacking)}")
    return sentences


def judged_text(front: Front, point: Point) -> str:
    """Return what a candidate is judged by: `CCC .699, recall gap .432 (by fresh seeds)`."""
    return f"{values_text(judged(point), front.objectives)} ({seeds_words(front, point)})"


def seeds_words(front: Front, point: Point) -> str:
    """Return which seeds speak for what a candidate is judged by, and what fresh ones say alone."""
    fresh = {name: point.check[name] for name in front.objectives if name in point.check}
    if not fresh:
        return "no fresh seeds"
    values = judged(point)
    if all(short(values[name]) == short(value) for name, value in fresh.items()):
        return "by fresh seeds"
    return f"by all seeds; by fresh ones alone {', '.join(map(short, fresh.values()))}"


def refuted_text(front: Front) -> str:
    """Return the members that fresh seeds refute, by reason; empty if they refute none."""
    members: dict[str, list[str]] = {}
    for name, reason in refuted(front).items():
        members.setdefault(reason, []).append(name)
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in members.items())


def marked_names(front: Front, points: Sequence[Point] | None = None) -> list[str]:
    """Return names of a front's points, those with a mark that fresh seeds refute.

    Args:
        front: front of the sweep.
        points: points to name; the members, the most accurate first, if None.
    """
    marked = refuted(front)
    names = map(point_name, front.members if points is None else points)
    return [f"{name} {REFUTED}" if name in marked else name for name in names]


def refuted_sentence(front: Front) -> str:
    """Return what the mark of refuted members means; empty if there are none."""
    if not refuted(front):
        return ""
    so = "so that no rule picks it" if standing(front) else "as all members are: take none of them"
    return f"{REFUTED} refuted by fresh seeds, {so}"


def checked_text(front: Front) -> str:
    """Return the hypervolume of fresh seeds beside the claimed one; empty without fresh seeds."""
    if front.checked is None:
        return ""
    claimed, fresh = front.checked
    share = f", {share_text(fresh, claimed)}" if claimed else ""
    return (
        f"the search claimed a hypervolume of {claimed:.4g}; fresh seeds leave {fresh:.4g}{share}"
    )


def least_text(floor: Floor) -> str:
    """Return a floor as `ccc >= 0.6`."""
    return f"{floor.metric} >= {floor.value:.3g}"


def floors_text(floors: Iterable[Floor]) -> str:
    """Return the floors with the baseline's values that they come from."""
    return "; ".join(map(_floor_text, floors))


def _floor_text(floor: Floor) -> str:
    if floor.void:
        return f"{floor.metric}: no share of the baseline's {floor.baseline:.3g} is a floor"
    share = f"{100 * floor.of_baseline:.3g} %"
    return f"{least_text(floor)}: {share} of the baseline's {floor.baseline:.3g}"


def hypervolume_text(front: Front) -> str:
    """Return the hypervolume and its reference point."""
    reference = ", ".join(f"{name} {front.reference[name]:.3g}" for name in front.objectives)
    return f"hypervolume {front.hypervolume:.4g} from the reference point {reference}"
