"""Numbers in words."""

from collections.abc import Mapping, Sequence

from fairser_core.metrics.directions import cost
from fairser_core.metrics.tables import metric_of

SHARES = (
    (0.05, "a twentieth"),
    (0.1, "a tenth"),
    (0.2, "a fifth"),
    (0.25, "a quarter"),
    (1 / 3, "a third"),
    (0.4, "two fifths"),
    (0.5, "half"),
    (0.6, "three fifths"),
    (2 / 3, "two thirds"),
    (0.75, "three quarters"),
    (0.8, "four fifths"),
)
WHOLE = 0.9  # share from which it is nearly all
NEARLY_NONE = 0.025


def short(value: float) -> str:
    """Return a number with three decimals, and without a leading 0: `.705`, `-.020`, `1.200`."""
    text = f"{abs(value):.3f}".removeprefix("0")
    return f"-{text}" if value < 0 and not rounds_to_0(value) else text


def signed(value: float) -> str:
    """Return a difference in the same way, with its sign: `+.020`, `-.020`, `.000`."""
    text = short(value)
    return f"+{text}" if value > 0 and not rounds_to_0(value) else text


def rounds_to_0(value: float) -> bool:
    """Return whether a number is shown as 0 with three decimals."""
    return round(value, 3) == 0


def share_text(part: float, whole: float) -> str:
    """Return a part of a whole in words: `a quarter of it`.

    Args:
        part: part, 0 or more.
        whole: whole, more than 0.
    """
    share = part / whole
    if not part:
        return "nothing of it"
    if share >= 1:
        more = round(100 * (share - 1))
        return f"all of it and {more} % more" if more else "all of it"
    if share >= WHOLE:
        return "nearly all of it"
    if share < NEARLY_NONE:
        return "nearly nothing of it"
    return f"{min(SHARES, key=lambda pair: abs(pair[0] - share))[1]} of it"


def values_text(metrics: Mapping[str, float], names: Sequence[str]) -> str:
    """Return metrics as `CCC .705, recall gap .360`; those that are undefined are left out."""
    return ", ".join(
        f"{metric_of(name).title} {short(metrics[name])}" for name in names if name in metrics
    )


def worse_by(name: str, metrics: Mapping[str, float], than: Mapping[str, float]) -> float:
    """Return by how much metrics are worse than others in one of them; below 0 where better."""
    return cost(name, metrics[name]) - cost(name, than[name])
