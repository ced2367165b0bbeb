"""Direction in which each metric is better."""

from fairser_core.metrics.metric import Direction
from fairser_core.metrics.tables import METRICS

DIRECTIONS: dict[str, Direction] = {name: metric.better for name, metric in METRICS.items()}
"""Direction in which each metric is better; `zero`: the nearer to zero, from either side."""


def cost(name: str, value: float) -> float:
    """Turn a metric into a cost: lower is better.

    Args:
        name: metric of `DIRECTIONS`.
        value: its value.

    Returns:
        `-value` if the metric is maximized, `value` if it is minimized and `|value|` if it
        is best at zero. NaN stays NaN.

    Raises:
        KeyError: `name` is not in `DIRECTIONS`.
    """
    if name not in DIRECTIONS:
        raise KeyError(f"unknown metric {name!r}; the metrics are {', '.join(DIRECTIONS)}")
    match DIRECTIONS[name]:
        case "maximize":
            return -value
        case "minimize":
            return value
        case "zero":
            return abs(value)
