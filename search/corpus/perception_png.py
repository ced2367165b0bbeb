"""Picture of how often each gender's consensus is the truth: Figures 1 and 2 of Chien & Lee."""

import io

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from search.tasks.counts import PEOPLE

# Okabe and Ito 2008: colours that the colour-blind distinguish; hatches work without colour.
COLOURS = {"female": "#E69F00", "male": "#0072B2"}
HATCHES = {"female": "//", "male": ""}
WIDTH = 0.4  # of a bar, where emotions are 1 apart
BOX = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.9}
PANELS = {"all": "all utterances", "S2": "S2, where the genders do not both agree with it"}
HEIGHT = 4.6  # inches
DPI = 150


def perception_png(agreement: pd.DataFrame, title: str) -> bytes:
    """Return a PNG of two panels: all utterances, and S2.

    Each bar is a share with its 95 % interval, if it has one; in the bar stands the number of
    utterances.

    Args:
        agreement: table of `perception.agreement`.
        title: title of the picture.
    """
    # Without pyplot, whose figures belong to the whole process.
    emotions = list(agreement["emotion"].unique())
    figure = Figure(
        figsize=(2.4 + 1.9 * max(len(emotions), 3), HEIGHT), dpi=DPI, layout="constrained"
    )
    FigureCanvasAgg(figure)
    # A corpus' name may hold a dollar sign, which is no formula.
    figure.suptitle(title, fontsize=12, fontweight="bold", parse_math=False)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (data, heading) in zip(panels, PANELS.items(), strict=True):
        _draw(axes, agreement[agreement["data"] == data], heading, emotions)
    panels[0].set_ylabel("consensus is the ground truth")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=9.5,
        title="with 95 % intervals over speakers; at the foot of a bar: of how many utterances",
        title_fontsize=8.5,
    )
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _draw(axes: Axes, table: pd.DataFrame, heading: str, emotions: list[str]) -> None:
    """Draw a panel; a bar without utterances is omitted, and its number is 0."""
    women = table[table["gender"] == "female"]
    count = women["utterances"].sum() + women["unrated"].sum()
    axes.set_title(f"{heading} ({count:,})", fontsize=10.5)
    for gender, side in (("female", -0.5), ("male", 0.5)):
        rows = table[table["gender"] == gender].set_index("emotion").loc[emotions]
        positions = np.arange(len(emotions)) + side * WIDTH
        share = rows["share"].to_numpy(float)
        high = np.where(rows["high"].isna(), share, rows["high"])
        ends = np.stack([share - rows["low"], rows["high"] - share])
        axes.bar(
            positions,
            share,
            WIDTH,
            yerr=ends,
            color=COLOURS[gender],
            hatch=HATCHES[gender],
            edgecolor="white",
            linewidth=0.8,
            error_kw={"ecolor": "#333333", "elinewidth": 1.0, "capsize": 2.5},
            label=f"{PEOPLE[gender]}'s consensus",
            zorder=2,
        )
        for x, value, top, number in zip(positions, share, high, rows["utterances"], strict=True):
            _write(axes, x, 0.015, f"{number:,}", fontsize=7, bbox=BOX)
            if number:
                _write(axes, x, top + 0.012, f"{100 * value:.0f}", fontsize=8.5)
    _style(axes, emotions)


def _style(axes: Axes, emotions: list[str]) -> None:
    """Set ticks, limits and lines of a panel."""
    axes.set_xticks(range(len(emotions)), emotions, fontsize=9.5, parse_math=False)
    axes.set_xlim(-0.6, len(emotions) - 0.4)  # not by the bars, of which there may be none
    axes.set_ylim(0, 1.08)
    axes.set_yticks(np.linspace(0, 1, 6), [f"{percent} %" for percent in range(0, 101, 20)])
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _write(axes: Axes, x: float, y: float, text: str, **style: object) -> None:
    axes.text(x, y, text, ha="center", va="bottom", zorder=3, **style)  # type: ignore[arg-type]
