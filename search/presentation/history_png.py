"""Picture of the front's growth: hypervolume against epochs trained and against time."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from search.front.history import Moment
from search.presentation.front_layout import FRONT_COLOUR

SIZE = (8.0, 3.4)  # inches
DPI = 150


def history_png(moments: list[Moment], title: str) -> bytes:
    """Return a PNG of two panels, from the start of the sweep to the newest moment."""
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=11, fontweight="bold", parse_math=False)
    volumes = [0.0, *(moment.hypervolume for moment in moments)]
    epochs = [0.0, *(float(moment.lane_epochs) for moment in moments)]
    minutes = [0.0, *(moment.seconds / 60 for moment in moments)]
    for axes, values, label in zip(
        figure.subplots(1, 2, sharey=True),
        (epochs, minutes),
        ("epochs trained, summed over seeds", "minutes"),
        strict=True,
    ):
        axes.step(values, volumes, where="post", color=FRONT_COLOUR, linewidth=1.6)
        axes.set_xlabel(label)
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.grid(color="#E6E6E6", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("hypervolume of the front, by means")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
