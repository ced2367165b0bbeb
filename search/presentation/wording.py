"""Wording of a front, shared by the screen, the pictures and MLflow."""

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
    """Return which way a metric is better, in words."""
    return _BETTER[DIRECTIONS[metric]]


def number(value: Value) -> str:
    """Return a searched value as text: a float with four significant digits, others in full."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def mean_sd(metrics: Mapping[str, float], metric: str) -> str:
    """Return `mean ± spread over seeds`; a dash if the metric is undefined."""
    if metric not in metrics:
        return "-"
    spread = metrics.get(f"{metric}_sd")
    return f"{metrics[metric]:.3f}" + ("" if spread is None else f" ± {spread:.3f}")


def percent(share: float | None) -> str:
    """Return a share as `87 %`; a dash without one."""
    return "-" if share is None else f"{100 * share:.0f} %"


def interval_text(point: Point, metric: str) -> str:
    """Return `mean [low, high]`, with the 95 % interval over seeds where there is one."""
    text = f"{point.metrics[metric]:.3f}"
    if metric in point.intervals:
        low, high = point.intervals[metric]
        text += f" [{low:.3f}, {high:.3f}]"
    return text


def checked_text(front: Front) -> str:
    """Return the hypervolume by fresh seeds beside the claimed one; empty without fresh seeds."""
    if front.checked is None:
        return ""
    claimed, true = front.checked
    over = f", {100 * (claimed / true - 1):+.0f} %" if true else ""
    return (
        f"with fresh seeds the front's hypervolume is {true:.4g}; claimed was {claimed:.4g}{over}"
    )


def least_text(floor: Floor) -> str:
    """Return a floor as `ccc >= 0.6`."""
    return f"{floor.metric} >= {floor.value:.3g}"


def floors_text(floors: Iterable[Floor]) -> str:
    """Return the floors and their shares of the baseline's values."""
    return "; ".join(
        f"{least_text(floor)}: {100 * floor.of_baseline:.3g} % of the baseline's "
        f"{floor.baseline:.3g}"
        for floor in floors
    )


def hypervolume_text(front: Front) -> str:
    """Return the hypervolume and the reference point from which it is measured."""
    point = ", ".join(f"{name} {front.reference[name]:.3g}" for name in front.objectives)
    return f"hypervolume {front.hypervolume:.4g} from the reference {point}"
