"""Colours and markers of many sweeps in one figure, on a light and a dark page."""

# Okabe and Ito 2008, which the colour-blind distinguish, without the colours of the baseline and
# the floor, and without yellow and black, which are invisible on one of the two pages.
SWEEPS = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#8C8C8C")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hexagon")
# For values: unlike viridis, neither end is as dark as one page or as light as the other.
SCALE = [[0.0, "#2f6fb7"], [0.5, "#b07aa1"], [1.0, "#e8890c"]]


def of_sweep(number: int) -> tuple[str, str]:
    """Return colour and marker of a sweep; the first 35 sweeps have different pairs."""
    return SWEEPS[number % len(SWEEPS)], SYMBOLS[number % len(SYMBOLS)]
