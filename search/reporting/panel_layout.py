"""Layout of figures with panels: fit for a phone's width, without the page's colours."""

from collections.abc import Sequence

import plotly.graph_objects as go

LIMIT = 22  # characters of a name beside a box
TITLE = 13  # of a panel
MARGIN = {"l": 8, "r": 12, "t": 36, "b": 28}


def laid_out(
    figure: go.Figure,
    panels: float,
    legend: float | None = None,
    margin: dict[str, int] | None = None,
) -> go.Figure:
    """Return the figure with a fixed height and without a template.

    Args:
        figure: figure of panels below each other.
        panels: height of all panels in pixels.
        legend: distance of the legend below the panels in pixels; None for no legend.
        margin: margins around the panels in pixels, where they differ from `MARGIN`.
    """
    around = {**MARGIN, **(margin or {})}
    below = 0.0
    if legend is not None:
        below = legend + 40  # two lines of it
        position = {"y": -legend / panels, "yanchor": "top", "x": 0, "xanchor": "left"}
        figure.update_layout(legend={"orientation": "h", **position})
    around["b"] = max(around["b"], round(below))
    figure.update_layout(
        height=panels + around["t"] + around["b"],
        margin=around,
        showlegend=legend is not None,
    )
    figure.update_annotations(font_size=TITLE)
    figure.update_yaxes(automargin=True)
    figure.layout.template = None
    return figure


def once_in_legend(entries: Sequence[go.Scatter | go.Bar]) -> None:
    """Let traces of one name share one entry in the legend, which switches them together."""
    seen: set[str] = set()
    for entry in entries:
        entry.showlegend = entry.name not in seen
        entry.legendgroup = entry.name
        seen.add(entry.name)


def short(name: str) -> str:
    """Return a name, in two lines if it is too long for a narrow figure."""
    if len(name) <= LIMIT or " " not in name:
        return name
    spaces = [position for position, sign in enumerate(name) if sign == " "]
    middle = min(spaces, key=lambda position: abs(position - len(name) / 2))
    return f"{name[:middle]}<br>{name[middle + 1 :]}"
