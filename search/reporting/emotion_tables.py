"""Tables 1 to 4 of Chien & Lee on tested sessions: a row an emotion, a column a system."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fairser_core.tasks.emotion_answers import NEIGHBOURS
from search.reporting.blocks import Table
from search.reporting.comparison import Comparison
from search.reporting.number_format import HOW, SPREAD, cell
from search.reporting.number_format import number as shown
from search.reporting.system_tables import Estimated
from search.reporting.trivial_detectors import chance, silent, silent_views

SILENT = "never fires"
MEAN = "mean"
WITHOUT = "Not every answer needed was kept when these were tested: some intervals cannot be given."


@dataclass(frozen=True)
class Layout:
    """A table of the paper.

    Attributes:
        name: of the table.
        caption: of the table; how the numbers came about is added.
        metrics: by what the paper calls them.
        percent: whether the paper shows percentages.
        reference: heading of a column of what is had for nothing, and its values by row, from the
            answers of an emotion's detectors; None without such a column.
        needs: column of what was told, without which there are neither intervals nor a reference.
    """

    name: str
    caption: str
    metrics: Mapping[str, str]
    percent: bool = False
    reference: tuple[str, Callable[[pd.DataFrame], Mapping[str, float]]] | None = None
    needs: str = "truth"


LAYOUTS = (
    Layout(
        "table-1",
        "Table 1 of Chien & Lee: F1, %, weighted by the classes' shares; higher is better. All "
        "utterances; S1, where the consensus of women and of men is the ground truth; S2, the "
        f"others. The column '{SILENT}' is what a detector gets that never fires: one that is not "
        "above it has found nothing, however fair it is. Macro F1, which the paper does not give, "
        "is not deceived so.",
        {"All": "f1_all", "S1": "f1_s1", "S2": "f1_s2", "S1, macro": "f1_macro_s1"},
        percent=True,
        reference=(SILENT, silent),
    ),
    Layout(
        "table-2",
        "Table 2 of Chien & Lee: statistical parity on S2, between utterances whose ground truth "
        "is only the women's perception (F) and only the men's (M); nearer 0 is better. The paper "
        "does not say how it is measured, so it is given in five readings: |ΔP| = |P(ŷ=1|M) - "
        "P(ŷ=1|F)|, which sweeps minimise; signed, F less M; of scores, |E[score|M] - E[score|F]|; "
        "ratio gap, 1 - the lesser rate / the greater; rND of the ranking (Yang & Stoyanovich "
        "2017). Intervals are had for the first alone. A detector that never fires has |ΔP| = 0. "
        "An absolute value is above 0 by chance alone, and more so in resamples, so its interval "
        "leans upwards.",
        {
            "|ΔP|": "parity_s2",
            "signed": "parity_s2_signed",
            "of scores": "parity_s2_score",
            "ratio gap": "parity_s2_ratio_gap",
            "rND": "parity_s2_rnd",
        },
    ),
    Layout(
        "table-3",
        "Table 3 of Chien & Lee: F1, %, weighted, of the emotion as the men (M) and the women (F) "
        "among the raters hear it, over all utterances on which they have a consensus; higher is "
        "better. FairPer is asked from either perspective; the others have but one answer for "
        f"both. '{SILENT}': as in Table 1.",
        {"M": "f1_male", "F": "f1_female"},
        percent=True,
        reference=(SILENT, silent_views),
        needs="heard_male",
    ),
    Layout(
        "table-4",
        f"Table 4 of Chien & Lee: consistency of the {NEIGHBOURS} nearest utterances in the "
        "representation (of the same session, the utterance itself left out). The paper does not "
        "say of what: here of the gender whose perception alone the ground truth is, and of "
        "whether the detector fires. Of the gender, a representation that hides it is near the "
        "column 'chance', and one that tells it, as FairPer's is to, above; of the prediction "
        "higher is better, and one that never fires has 1.",
        {"gender": "consistency_gender", "prediction": "consistency_emotion"},
        reference=("chance", chance),
    ),
)
"""Of the paper's tables."""


def metrics_of(emotions: Sequence[str]) -> list[str]:
    """All that these tables show."""
    names = [metric for layout in LAYOUTS for metric in layout.metrics.values()]
    return [*names, *(f"{name}_{emotion}" for name in names for emotion in emotions)]


def emotion_table(layout: Layout, prefix: str, comparison: Comparison, found: Estimated) -> Table:
    """A table of the paper.

    Args:
        layout: of the table.
        prefix: of its name.
        comparison: of the systems.
        found: their estimates, of `metrics_of`.
    """
    told = comparison.systems[0].told
    emotions = list(told["emotion"].unique())
    whole = all(layout.needs in system.told for system in comparison.systems)
    layout = layout if whole else replace(layout, reference=None)
    free = _free(layout, told)
    rows, data = [], []
    for emotion in (*emotions, MEAN):
        for label, metric in layout.metrics.items():
            key = metric if emotion == MEAN else f"{metric}_{emotion}"
            cells = [cell(found[system.name][key], layout.percent) for system in comparison.systems]
            known = free.get((emotion, label), float("nan"))
            reference = [shown(known, layout.percent)] if layout.reference else []
            rows.append([f"{emotion}, {label}", *cells, *reference])
            about = {"emotion": emotion, "of": label, "metric": metric}
            for one in comparison.tested:
                own = {"system": one.name, "baseline": one.baseline}
                data.append({**about, **own, **found[one.name][key].columns})
            if layout.reference:
                data.append({**about, "system": layout.reference[0], "mean": known})
    last = [layout.reference[0]] if layout.reference else []
    columns = ["emotion", *(system.name for system in comparison.systems), *last]
    caption = f"{layout.caption} {HOW if whole else f'{SPREAD} {WITHOUT}'}"
    return Table(f"{prefix}-{layout.name}", caption, columns, rows, pd.DataFrame(data))


def _free(layout: Layout, told: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The reference's values by emotion and row, with their means over emotions."""
    if layout.reference is None:
        return {}
    each = {
        str(emotion): layout.reference[1](rows)
        for emotion, rows in told.groupby("emotion", sort=False)
    }
    found = {(e, label): value for e, own in each.items() for label, value in own.items()}
    for label in next(iter(each.values())):
        found[MEAN, label] = float(np.mean([own[label] for own in each.values()]))
    return found


def silent_text(comparison: Comparison, found: Estimated) -> str:
    """Which systems, in which emotions, are not above a detector that never fires; or that none is.

    Args:
        comparison: of the systems.
        found: their estimates, of `metrics_of`.
    """
    told = comparison.systems[0].told
    lines = []
    for emotion, rows in told.groupby("emotion", sort=False):
        floor = silent(rows)["All"]
        key = f"f1_all_{emotion}"
        below = [s.name for s in comparison.systems if not found[s.name][key].mean > floor]
        if below:
            lines.append(f"{emotion}: {', '.join(below)}")
    if not lines:
        return "Every system's weighted F1 is above that of a detector that never fires."
    return (
        "In weighted F1 over all utterances these are not above a detector that never fires; their "
        f"fairness says nothing. {'; '.join(lines)}."
    )
