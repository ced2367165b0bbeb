"""Words and numbers of a front, shared by the screen, the pictures and MLflow."""

from collections.abc import Iterable, Mapping

from fairser_core.metrics.directions import DIRECTIONS
from search.front.floors import Floor
from search.front.front import Front, Point
from search.space.values import Value

_BETTER = {
    "maximize": "higher is better",
    "minimize": "lower is better",
    "zero": "nearer 0 is better",
}


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


def interval_text(point: Point, metric: str) -> str:
    """Return `mean [low, high]` with the 95 % interval over seeds; the mean if there is none."""
    text = f"{point.metrics[metric]:.3f}"
    if metric in point.intervals:
        low, high = point.intervals[metric]
        text += f" [{low:.3f}, {high:.3f}]"
    return text


def checked_text(front: Front) -> str:
    """Return the hypervolume of fresh seeds beside the claimed one; empty without fresh seeds."""
    if front.checked is None:
        return ""
    claimed, fresh = front.checked
    excess = f", {100 * (claimed / fresh - 1):+.0f} %" if fresh else ""
    return (
        f"with fresh seeds the front's hypervolume is {fresh:.4g}; "
        f"the search claimed {claimed:.4g}{excess}"
    )


def least_text(floor: Floor) -> str:
    """Return a floor as `ccc >= 0.6`."""
    return f"{floor.metric} >= {floor.value:.3g}"


def floors_text(floors: Iterable[Floor]) -> str:
    """Return the floors with the baseline's values that they come from."""
    return "; ".join(
        f"{least_text(floor)}: {100 * floor.of_baseline:.3g} % of the baseline's "
        f"{floor.baseline:.3g}"
        for floor in floors
    )


def hypervolume_text(front: Front) -> str:
    """Return the hypervolume and its reference point."""
    reference = ", ".join(f"{name} {front.reference[name]:.3g}" for name in front.objectives)
    return f"hypervolume {front.hypervolume:.4g} from the reference point {reference}"
