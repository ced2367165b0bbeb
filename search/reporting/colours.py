"""Colours of a report's figures on a light and a dark page, and of many sweeps in one figure."""

from typing import Any

# Okabe and Ito 2008, which the colour-blind distinguish, without the colours of the baseline and
# the floor, and without yellow and black, which are invisible on one of the two pages.
SWEEPS = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#8C8C8C")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hexagon")
# For values: unlike viridis, neither end is as dark as one page or as light as the other.
SCALE = [[0.0, "#2f6fb7"], [0.5, "#b07aa1"], [1.0, "#e8890c"]]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def of_sweep(number: int) -> tuple[str, str]:
    """Return colour and marker of a sweep; the first 35 sweeps have different pairs."""
    return SWEEPS[number % len(SWEEPS)], SYMBOLS[number % len(SYMBOLS)]


def _template(text: str, grid: str, paper: str, veil: str) -> dict[str, Any]:
    axis = {
        "gridcolor": grid,
        "linecolor": grid,
        "zerolinecolor": grid,
        "tickcolor": grid,
        "automargin": True,
        "title": {"standoff": 8},
    }
    return {
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": text, "family": FONT, "size": 13},
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 12, "t": 32, "b": 8},
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "bgcolor": "rgba(0,0,0,0)",
            },
            "hoverlabel": {"bgcolor": paper, "bordercolor": grid, "font": {"color": text}},
            # A background makes numbers readable over lines.
            "annotationdefaults": {"font": {"color": text}, "bgcolor": veil},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": grid, "activecolor": text},
        }
    }


TEMPLATES = {
    "light": _template("#1b1f24", "#d5dade", "#ffffff", "rgba(255,255,255,0.75)"),
    "dark": _template("#e4e7eb", "#3a424b", "#1c2126", "rgba(20,23,26,0.75)"),
}
"""Plotly templates of the two pages; their colours are those of the page's style."""
