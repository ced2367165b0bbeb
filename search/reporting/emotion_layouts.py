"""Layouts of Tables 1 to 4 of Chien & Lee (2023)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from fairser_core.metrics.consistency import NEIGHBOURS
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Metric, Place, shown_in
from search.reporting.number_format import BY_CHANCE
from search.reporting.trivial_detectors import chance, silent

SILENT = "never fires"


@dataclass(frozen=True)
class Layout:
    """A table of the paper.

    Attributes:
        name: of the table.
        place: of the metrics in it.
        caption: of the table; what its metrics are, the note and how numbers came about are added.
        note: follows what the metrics are.
        percent: whether the paper shows percentages.
        yardstick: heading of a column of what is had for nothing, and its metrics from the
            predictions of an emotion's detectors; None without such a column.
        needs: column of predictions without which there are neither intervals nor a yardstick.
        order: labels of the metrics in the paper's order; by default that of the table of metrics.
    """

    name: str
    place: Place
    caption: str
    note: str
    percent: bool = False
    yardstick: tuple[str, Callable[[pd.DataFrame], Mapping[str, float]]] | None = None
    needs: str = "truth"
    order: tuple[str, ...] = ()

    @property
    def metrics(self) -> dict[str, Metric[DetectorPredictions]]:
        """Metrics by what the paper calls them."""
        labelled = {metric.label: metric for metric in shown_in(EMOTION, self.place)}
        return {label: labelled[label] for label in dict.fromkeys((*self.order, *labelled))}


LAYOUTS = (
    Layout(
        "table-1",
        Place.TABLE_1,
        "Table 1 of Chien & Lee (2023): F1, %.",
        f"The column '{SILENT}' is the F1 of a detector that never fires: a detector that is not "
        "above it detects nothing, however fair it is. Macro F1, which the paper does not report, "
        "is low for such a detector.",
        percent=True,
        yardstick=(SILENT, silent),
    ),
    Layout(
        "table-2",
        Place.TABLE_2,
        "Table 2 of Chien & Lee (2023): statistical parity on S2. The paper does not define the "
        "measure, so the table has several definitions, of which sweeps minimise the first.",
        f"A detector that never fires has |ΔP| = 0. {BY_CHANCE} Of |ΔP| these are permuted within "
        "each speaker.",
    ),
    Layout(
        "table-3",
        Place.TABLE_3,
        "Table 3 of Chien & Lee (2023): F1, %.",
        "FairPer predicts from both perspectives; the other systems have one prediction for both. "
        f"'{SILENT}': as in Table 1.",
        percent=True,
        yardstick=(SILENT, silent),
        needs="heard_male",
        order=("M", "F"),
    ),
    Layout(
        "table-4",
        Place.TABLE_4,
        f"Table 4 of Chien & Lee (2023): consistency of the {NEIGHBOURS} nearest utterances in the "
        "representation, of the same session and without the utterance itself. The paper does not "
        "define the attribute: here it is the gender whose perception alone is the ground truth, "
        "or whether the detector fires.",
        "A representation that hides the gender is near the column 'chance'; one that shows it, as "
        "FairPer's should, is above. A detector that never fires has 1 in prediction.",
        yardstick=("chance", chance),
    ),
)
"""Tables of the paper."""
