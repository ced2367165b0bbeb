"""Caption of a front's figure."""

from search.front.front import Front
from search.front.names import plural
from search.presentation.front_layout import plane
from search.presentation.front_view import view
from search.presentation.wording import better, floors_text, refuted_sentence


def front_caption(front: Front, name: str) -> str:
    """Return the caption: what is drawn, what marks mean, all floors, and what lies outside.

    Args:
        front: front with at least one point.
        name: name of the sweep.
    """
    ways = ", ".join(f"{metric}: {better(metric)}" for metric in front.objectives)
    sentences = [f"{name}: every configuration on validation data, means over seeds ({ways})."]
    if front.members:
        bars = "95 % intervals" if front.claimed else "95 % intervals over three or more seeds"
        sentences.append(
            f"Blue: the front, with {bars}; the line bounds the region that the front dominates."
        )
    if any(point.check for point in front.members):
        sentences.append("Diamonds: the same candidates with fresh seeds.")
    if note := refuted_sentence(front):
        sentences.append(f"{note}.")
    if front.baseline:
        sentences.append("Star: the baseline after its last epoch.")
    if front.baseline_points:
        sentences.append(
            "Open stars: the baseline's own front, the epochs of its training that no other beats; "
            "only what lies beyond them is more than the choice of an epoch."
        )
    if not all(point.feasible for point in front.points):
        sentences.append("Hollow: below a floor, or a seed diverged.")
    if front.floors:
        sentences.append(
            f"Floors, each a dashed line if its metric is on an axis: {floors_text(front.floors)}."
        )
    picture = plane(front)
    if outside := view(picture).outside:
        verb = "lies" if outside == 1 else "lie"
        sentences.append(
            f"{plural(outside, 'candidate')} {verb} outside the shown range, far from the front."
        )
    return " ".join(sentences)
