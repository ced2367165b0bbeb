"""Offer of a member: what it gives and takes beside the baseline's candidate by the same rule."""

from collections.abc import Iterator, Mapping, Sequence

from fairser_core.metrics.tables import metric_of
from search.front.floors import missed
from search.front.fresh import below_text, judged
from search.front.front import Front
from search.front.names import BASELINE, baseline_name, point_name
from search.front.pick import pick, within
from search.front.point import Point
from search.front.rule_names import DEFAULT, MOST_ACCURATE, TOLERANCE
from search.presentation.numbers import rounds_to_0, short, worse_by
from search.presentation.wording import judged_text, seeds_words
from search.verdict.uncertain import difference_text, seeds_difference


def compared(front: Front) -> tuple[str, Mapping[str, float]]:
    """Return the name and the metrics of the baseline's candidate by the default rule.

    Returns:
        The baseline after its last epoch if none of its epochs reaches the floors; no metrics
        without a baseline.
    """
    if not front.baseline_points:
        return BASELINE, front.baseline
    point = pick(front.of_baseline, DEFAULT)
    return baseline_name(point.epoch), point.metrics


def offer(front: Front, member: Point) -> str:
    """Return what a member gives and takes: `If .015 of CCC may be given up (...), ...`.

    A difference that rounds to 0 is none.
    """
    name, base = compared(front)
    values, (first, *others) = judged(member), front.objectives
    if not all(objective in base for objective in front.objectives):
        return f"{point_name(member)} has {judged_text(front, member)}."
    lost, title = worse_by(first, values, base), metric_of(first).title
    moved = f"({short(base[first])} to {short(values[first])})"
    head = (
        f"If {short(lost)} of {title} may be given up {moved}"
        if lost > 0 and not rounds_to_0(lost)
        else f"Without giving up {title} {moved}"
    )
    how = "" if name == BASELINE else ", which the same rule takes of the baseline"
    return (
        f"{head}, {point_name(member)} {_brought(others, values, base) or 'brings it there'} "
        f"({seeds_words(front, member)}), against {name}{how}."
    )


def less_fair(front: Front, member: Point) -> bool:
    """Return whether a member is less fair than the baseline's candidate, and fairer in nothing.

    A difference that rounds to 0 is none.
    """
    base, values = compared(front)[1], judged(member)
    shared = [name for name in front.objectives[1:] if name in base]
    apart = [worse_by(name, values, base) for name in shared]
    shown = [value for value in apart if not rounds_to_0(value)]
    return bool(shown) and min(shown) > 0


def reserves(front: Front, member: Point) -> Iterator[str]:
    """Yield that no member is as accurate as is asked, and that fresh seeds alone miss a floor."""
    name = point_name(member)
    yield from nearest_text(front, TOLERANCE)
    low = missed(front.floors, member.check) if member.check else ()
    if low:
        yield f"Fresh seeds alone speak against {name}: {below_text(front, member, low)}."


def apart_text(front: Front, member: Point) -> str:
    """Return a member's differences from the baseline's candidate with their intervals.

    Returns:
        Empty without fresh seeds, or if no epoch of the baseline reaches the floors.
    """
    rows = _differences(front, member)
    each = (f"{metric_of(name).title} {difference_text(*row)}" for name, row in rows.items())
    return f"difference from {compared(front)[0]} with fresh seeds: {', '.join(each)}" * bool(rows)


def chance_text(front: Front, member: Point) -> Iterator[str]:
    """Yield that chance among seeds may explain all that a member is better in.

    So it may where the 95 % interval of each difference to the better holds 0.
    """
    rows, base = _differences(front, member), compared(front)[1]
    better = [row for name, row in rows.items() if worse_by(name, member.check, base) < 0]
    if rows and all(
        low is not None and high is not None and low <= 0 <= high for _, low, high in better
    ):
        yield f"Chance among seeds may explain this: {apart_text(front, member)}."


def _differences(
    front: Front, member: Point
) -> dict[str, tuple[float, float | None, float | None]]:
    points = [p for p in front.baseline_points if baseline_name(p.epoch) == compared(front)[0]]
    if not points or not member.check:
        return {}
    return {name: seeds_difference(member, points[0], name) for name in front.objectives}


def nearest_text(front: Front, tolerance: float) -> Iterator[str]:
    """Yield that no member is as accurate as the default rule asks, and which comes nearest.

    Args:
        front: front with at least one member.
        tolerance: accuracy that the rule may give up.
    """
    if not within(front, tolerance):
        title, name = metric_of(front.objectives[0]).title, point_name(pick(front, MOST_ACCURATE))
        yield f"No member is within {tolerance:g} of the baseline's {title}: {name} comes nearest."


def _brought(names: Sequence[str], values: Mapping[str, float], base: Mapping[str, float]) -> str:
    """Return what a member brings in objectives, then what it leaves as it was or makes worse."""
    texts: dict[str, list[str]] = {"brings": [], "leaves": [], "worsens": []}
    for name in names:
        worse, title = worse_by(name, values, base), metric_of(name).title
        if rounds_to_0(worse):
            texts["leaves"].append(f"the {title} at {short(values[name])}")
            continue
        verb = "worsens" if worse > 0 else "brings"
        texts[verb].append(f"the {title} from {short(base[name])} to {short(values[name])}")
    return " and ".join(f"{verb} {', '.join(each)}" for verb, each in texts.items() if each)
