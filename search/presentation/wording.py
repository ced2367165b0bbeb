"""A front in words and numbers: what the screen, the pictures and MLflow say alike."""

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
    """Which way the metric is better."""
    return _BETTER[DIRECTIONS[metric]]


def number(value: Value) -> str:
    """A searched value with four significant digits; other kinds as they are."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def mean_sd(metrics: Mapping[str, float], metric: str) -> str:
    """`mean ± spread over lanes`; a dash if the metric is undefined."""
    if metric not in metrics:
        return "-"
    spread = metrics.get(f"{metric}_sd")
    return f"{metrics[metric]:.3f}" + ("" if spread is None else f" ± {spread:.3f}")


def percent(share: float | None) -> str:
    """`87 %`; a dash where there is none."""
    return "-" if share is None else f"{100 * share:.0f} %"


def interval_text(point: Point, metric: str) -> str:
    """`mean [low, high]`: 95 % interval over seeds, where there is one."""
    text = f"{point.metrics[metric]:.3f}"
    if metric in point.intervals:
        low, high = point.intervals[metric]
        text += f" [{low:.3f}, {high:.3f}]"
    return text


def checked_text(front: Front) -> str:
    """What the search claimed and what fresh seeds gave; empty before they are trained."""
    if front.checked is None:
        return ""
    claimed, true = front.checked
    over = f", {100 * (claimed / true - 1):+.0f} %" if true else ""
    return (
        f"with fresh seeds the front's hypervolume is {true:.4g}; claimed was {claimed:.4g}{over}"
    )


def least_text(floor: Floor) -> str:
    """`ccc >= 0.6`."""
    return f"{floor.metric} >= {floor.value:.3g}"


def floors_text(floors: Iterable[Floor]) -> str:
    """The floors and where they come from."""
    return "; ".join(
        f"{least_text(floor)}: {100 * floor.of_baseline:.3g} % of the baseline's "
        f"{floor.baseline:.3g}"
        for floor in floors
    )


def hypervolume_text(front: Front) -> str:
    """The hypervolume and the reference point it is measured from."""
    corner = ", ".join(f"{name} {front.reference[name]:.3g}" for name in front.objectives)
    return f"hypervolume {front.hypervolume:.4g} from the reference {corner}"
