"""Picture of a front for papers and READMEs."""

import io
import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from search.front.front import Front
from search.front.names import plural, why_empty
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    BASELINE_FRONT_LABEL,
    BASELINE_LABEL,
    CHECK_COLOUR,
    CHECK_LABEL,
    FLOOR_COLOUR,
    FRONT_COLOUR,
    TRIAL_COLOUR,
    TRIAL_LABELS,
    Plane,
    floor_label,
    members_label,
    plane,
)
from search.presentation.front_view import view
from search.presentation.wording import refuted_sentence

SIZE = (7.0, 5.0)  # inches
DPI = 150
MARKER = 7  # points
SUBTITLE = 100  # characters on a line: a longer line would leave no width for the axes
# Possible offsets of a name from its marker, in points: diagonal, because error bars are not.
OFFSETS = [(d * sx, d * sy) for d in (6, 14, 22) for sx, sy in ((1, -1), (-1, 1), (1, 1), (-1, -1))]


def front_png(front: Front, title: str) -> bytes:
    """Return the front as PNG."""
    # Without pyplot, whose figures belong to the whole process.
    picture = plane(front)
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    # A sweep's name may hold a dollar sign, which is no formula.
    seen = view(picture)
    outside = f"; {plural(seen.outside, 'candidate')} outside this range" if seen.outside else ""
    subtitle = textwrap.wrap(picture.subtitle + outside, SUBTITLE)
    subtitle += filter(None, [refuted_sentence(front)])
    pad = 10 + 12 * len(subtitle)
    axes.set_title(title, fontsize=12, fontweight="bold", pad=pad, parse_math=False)
    _write_centred(axes, 1.02, "\n".join(subtitle), va="bottom", fontsize=8.5, color="#444444")
    axes.set_xlabel(picture.x.title)
    axes.set_ylabel(picture.y.title)
    axes.set_xlim(seen.x)
    axes.set_ylim(seen.y)
    axes.grid(color="#E6E6E6", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    _draw_trials(axes, picture)
    _draw_marks(axes, picture)
    if picture.members:
        _draw_members(axes, picture)
    else:
        reason = why_empty(front)
        text = "no trial on the front" + (f":\n{reason}" if reason else "")
        box = {"color": "white", "alpha": 0.85}
        _write_centred(axes, 0.5, text, va="center", bbox=box, zorder=6)
    write_legend(figure)
    if picture.members:
        _write_names(figure, axes, picture)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def write_legend(figure: Figure) -> None:
    """Write the legend below the axes, in as many of three columns as the figure has room for."""
    if not figure.axes[0].get_legend_handles_labels()[1]:
        return
    for columns in (3, 2, 1):
        legend = figure.legend(
            loc="outside lower center", ncols=columns, fontsize=8.5, frameon=False
        )
        figure.draw_without_rendering()
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()


def _write_centred(axes: Axes, height: float, text: str, **style: Any) -> None:
    axes.text(0.5, height, text, transform=axes.transAxes, ha="center", **style)


def _draw_trials(axes: Axes, picture: Plane) -> None:
    """Draw the candidates off the front; those that miss a floor or diverged are hollow."""
    for feasible, face in ((True, TRIAL_COLOUR), (False, "none")):
        dots = picture.others(feasible)
        if dots:
            axes.scatter(
                [dot.x for dot in dots],
                [dot.y for dot in dots],
                s=26,
                facecolors=face,
                edgecolors=TRIAL_COLOUR,
                linewidths=1.0,
                label=TRIAL_LABELS[feasible],
                zorder=2,
            )


def _draw_marks(axes: Axes, picture: Plane) -> None:
    """Draw the baseline, its own front and the floors."""
    if picture.baseline:
        axes.scatter(
            *picture.baseline,
            marker="*",
            s=190,
            color=BASELINE_COLOUR,
            edgecolors="white",
            linewidths=0.8,
            label=BASELINE_LABEL,
            zorder=5,
        )
    if picture.baseline_dots:
        axes.plot(
            *zip(*picture.baseline_staircase, strict=True),
            color=BASELINE_COLOUR,
            linewidth=1.0,
            linestyle=":",
            zorder=2,
        )
        axes.scatter(
            [dot.x for dot in picture.baseline_dots],
            [dot.y for dot in picture.baseline_dots],
            marker="*",
            s=60,
            facecolors="white",
            edgecolors=BASELINE_COLOUR,
            linewidths=0.8,
            label=BASELINE_FRONT_LABEL,
            zorder=3,
        )
    for axis, floor in picture.floors:
        line = axes.axvline if axis == "x" else axes.axhline
        label = floor_label(floor)
        line(floor.value, linestyle="--", linewidth=1.3, color=FLOOR_COLOUR, label=label, zorder=1)


def _draw_members(axes: Axes, picture: Plane) -> None:
    """Draw the front: staircase, spread over seeds, markers, and positions by fresh seeds."""
    staircase, members = picture.staircase, picture.members
    if len(staircase) > 1:
        axes.plot(*zip(*staircase, strict=True), color=FRONT_COLOUR, linewidth=1.4, zorder=3)
    axes.errorbar(
        [dot.x for dot in members],
        [dot.y for dot in members],
        xerr=[picture.x.spread(dot.point.expected) for dot in members],
        yerr=[picture.y.spread(dot.point.expected) for dot in members],
        fmt="o",
        markersize=MARKER,
        color=FRONT_COLOUR,
        markeredgecolor="white",
        markeredgewidth=0.8,
        ecolor=FRONT_COLOUR + "70",
        elinewidth=1.0,
        capsize=2.0,
        label=members_label(picture),
        zorder=4,
    )
    checks = [(dot, dot.check) for dot in members if dot.check]
    for dot, (x, y) in checks:
        axes.plot([dot.x, x], [dot.y, y], color=CHECK_COLOUR, linewidth=0.8, zorder=3)
    if checks:
        axes.scatter(
            [x for _, (x, _) in checks],
            [y for _, (_, y) in checks],
            marker="D",
            s=24,
            facecolors="white",
            edgecolors=CHECK_COLOUR,
            label=CHECK_LABEL,
            zorder=4,
        )


def _write_names(figure: Figure, axes: Axes, picture: Plane) -> None:
    """Write each member's name where it covers no marker and no other name.

    A name without such a position is omitted; the HTML page shows it on hovering.
    """
    figure.draw_without_rendering()  # fixes the layout, so that pixels are final
    markers = [(dot.x, dot.y) for dot in picture.dots]
    if picture.baseline:
        markers.append(picture.baseline)
    half = MARKER / 2 * DPI / 72
    boxes: list[tuple[float, ...]] = [
        (x - half, y - half, x + half, y + half) for x, y in map(axes.transData.transform, markers)
    ]
    for dot in picture.members:
        for offset in OFFSETS:
            label = _write_name(axes, dot.name, (dot.x, dot.y), offset)
            box = label.get_window_extent().extents
            if not any(
                box[0] < x1 and x0 < box[2] and box[1] < y1 and y0 < box[3]
                for x0, y0, x1, y1 in boxes
            ):
                boxes.append(tuple(box))
                break
            label.remove()


def _write_name(
    axes: Axes, text: str, position: tuple[float, float], offset: tuple[float, float]
) -> Annotation:
    right, up = offset[0] > 0, offset[1] > 0
    return axes.annotate(
        text,
        position,
        xytext=offset,
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom" if up else "top",
        fontsize=8,
        color=FRONT_COLOUR,
        zorder=6,
    )
