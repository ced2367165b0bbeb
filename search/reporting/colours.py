"""Colours of a report's figures on a light and on a dark page, and of many sweeps in one figure."""

from typing import Any

# Okabe and Ito 2008, told apart by the colour-blind, but for the baseline's and the floor's, and
# but for yellow and black, which one of the two pages would swallow.
SWEEPS = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#8C8C8C")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hexagon")
# Ends of viridis are nearly black and nearly yellow; an outline between the two shows both.
OUTLINE = {"color": "#8C8C8C", "width": 1}
SCALE = "Viridis"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def of_sweep(number: int) -> tuple[str, str]:
    """Colour and marker of a sweep; each pair stands for one of the first 35."""
    return SWEEPS[number % len(SWEEPS)], SYMBOLS[number % len(SYMBOLS)]


def _template(text: str, grid: str, paper: str) -> dict[str, Any]:
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
            "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "bgcolor": "rgba(0,0,0,0)",
            },
            "hoverlabel": {"bgcolor": paper, "bordercolor": grid, "font": {"color": text}},
            "annotationdefaults": {"font": {"color": text}},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": grid, "activecolor": text},
        }
    }


TEMPLATES = {
    "light": _template("#1b1f24", "#d5dade", "#ffffff"),
    "dark": _template("#e4e7eb", "#3a424b", "#1c2126"),
}
"""Plotly templates of the two pages; their colours are those of the page's style."""
