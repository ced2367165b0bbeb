"""Picture of test results' spread over seeds: Figures 1 to 3 of Gorrostieta et al."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fairser_core.metrics.metric import Metric, Place, shown_in
from search.front.names import is_baseline
from search.presentation.front_layout import BASELINE_COLOUR, FRONT_COLOUR
from search.presentation.wording import better
from search.replication.systems import System
from search.tasks.tasks import TASKS

HEIGHT = 4.2  # inches
DPI = 150
JITTER = 0.09  # of the points, where neighbouring systems are 1 apart


def estimates_png(tested: Sequence[System], task: str, title: str) -> bytes:
    """Return a PNG with a panel per metric, a box per system and a point per seed.

    Args:
        tested: systems, in order.
        task: key of `TASKS`.
        title: title of the picture.
    """
    # Without pyplot, whose figures belong to the whole process.
    metrics = shown_in(TASKS[task].metrics, Place.PICTURE)
    width = (1.3 + 0.55 * max(len(tested), 2)) * len(metrics)
    figure = Figure(figsize=(width, HEIGHT), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    # A sweep's name may hold a dollar sign, which is no formula.
    figure.suptitle(title, fontsize=12, fontweight="bold", parse_math=False)
    for axes, metric in zip(figure.subplots(1, len(metrics)), metrics, strict=True):
        _draw(axes, tested, metric)
    figure.supxlabel(
        "points: seeds; boxes: quartiles and median; whiskers: all seeds", fontsize=8.5
    )
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _draw(axes: Axes, tested: Sequence[System], metric: Metric[Any]) -> None:
    for position, system in enumerate(tested):
        values = system.values(metric.name)
        values = values[~np.isnan(values)]
        colour = BASELINE_COLOUR if is_baseline(system.name) else FRONT_COLOUR
        if not len(values):
            continue
        axes.boxplot(
            [values],
            positions=[position],
            widths=0.5,
            whis=(0, 100),
            showfliers=False,
            medianprops={"color": colour, "linewidth": 1.8},
            boxprops={"color": colour},
            whiskerprops={"color": colour},
            capprops={"color": colour},
        )
        offsets = np.linspace(-JITTER, JITTER, len(values)) if len(values) > 1 else np.zeros(1)
        axes.scatter(position + offsets, values, s=11, color=colour, alpha=0.6, zorder=3)
    axes.set_title(f"{metric.name}\n{better(metric.name)}", fontsize=9.5)
    names = [system.name for system in tested]
    axes.set_xticks(range(len(tested)), names, fontsize=8.5, rotation=30 if len(tested) > 2 else 0)
    axes.set_xlim(-0.6, len(tested) - 0.4)  # not by the boxes, of which there may be none
    if metric.better == "zero":
        axes.axhline(0, color="#888888", linewidth=0.8, linestyle="--", zorder=1)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
