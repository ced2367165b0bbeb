"""Layout of figures with panels: fit for a phone's width, without the page's colours."""

from collections.abc import Sequence

import plotly.graph_objects as go

LIMIT = 22  # characters of a name beside a box
AROUND = 64  # pixels above and below all panels


def laid_out(figure: go.Figure, panels: float, legend: bool = False) -> go.Figure:
    """Return the figure with a fixed height and without a template.

    Args:
        figure: figure of panels below each other.
        panels: height of all panels in pixels.
        legend: whether a legend is shown.
    """
    figure.update_layout(height=panels + AROUND, showlegend=legend)
    figure.layout.template = None
    return figure


def once_in_legend(entries: Sequence[go.Scatter | go.Bar]) -> None:
    """Let traces of one name share one entry in the legend."""
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
