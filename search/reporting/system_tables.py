"""Tables of systems: which they are, and what they are worth beside their baseline."""

from collections.abc import Mapping, Sequence

import pandas as pd

from search.front.names import plural
from search.presentation.wording import number
from search.replication.estimates import Estimate
from search.reporting.blocks import Table
from search.reporting.comparison import Comparison, Tested
from search.reporting.number_format import HOW, cell, difference_cell, title
from search.space.values import Value

Estimated = Mapping[str, Mapping[str, Estimate]]
"""Estimates by system and metric."""
PAIRED = (
    "Rows with a minus: what a system is less its baseline, by the seeds that both have and on the "
    "same utterances; an interval without 0 tells them apart."
)
ACTIVATION = (
    "CCC: higher is better. Differences are women less men, and nearer 0 is better: below 0 women "
    "are heard less well. TPR-diff is the sum of TPR-low-diff and TPR-high-diff, which may cancel; "
    "recall gap is the sum of their absolute values: lower is better. The paper tests one model of "
    "each kind, the best in validation; here is every seed."
)
EMOTION = (
    "Means over the emotions. F1: higher is better; weighted, as in the paper, but for macro F1, "
    "which a detector that never fires has below 0.5; of views, the F1 in what the women and the "
    "men among the raters hear. Parity: |P(ŷ=1|M) - P(ŷ=1|F)| on S2 by whose perception the ground "
    "truth is; lower is better. Consistency of the 20 nearest utterances in the representation: in "
    "whose perception the ground truth is (gender; chance has about a half), and in whether the "
    "detector fires (prediction)."
)


def systems_table(name: str, comparison: Comparison) -> Table:
    """Which sweep and member each system is, and how it was tested.

    Args:
        name: of the table.
        comparison: of the systems.
    """
    told = [_facts(one) for one in comparison.tested]
    return Table(
        name,
        "The systems compared. Each was trained again with fresh seeds, as far as the member of "
        "the front went, and each model tested once. Settings are those searched, "
        "and of a baseline those fixed.",
        ["system", "sweep", "member", "settings", "epochs", "seeds", "diverged", "tested"],
        [
            [
                one.name,
                one.sweep.name,
                f"baseline of {', '.join(one.serves)}" if one.serves else one.member,
                ", ".join(f"{key} {number(value)}" for key, value in _settings(one).items()),
                *(str(facts[key]) for key in ("epochs", "seeds", "diverged", "tested")),
            ]
            for one, facts in zip(comparison.tested, told, strict=True)
        ],
        pd.DataFrame(told),
    )


def _settings(one: Tested) -> Mapping[str, Value]:
    return one.sweep.space.fixed if one.serves else one.records[0].values


def _facts(one: Tested) -> dict[str, object]:
    return {
        "system": one.name,
        "sweep": one.sweep.name,
        "member": one.member,
        "baseline": one.baseline,
        **_settings(one),
        "epochs": one.records[0].epoch,
        "seeds": len(one.system.seeds),
        "diverged": one.system.diverged,
        "tested": one.records[-1].time,
    }


def main_table(
    name: str, comparison: Comparison, found: Estimated, metrics: Sequence[str]
) -> Table:
    """Table 1 of Gorrostieta et al., or its like for emotions: a row a system and a difference.

    Args:
        name: of the table.
        comparison: of the systems.
        found: their estimates.
        metrics: a column each.
    """
    rows = [[s.name, *(cell(found[s.name][m]) for m in metrics)] for s in comparison.systems]
    for own, base in comparison.baselines.items():
        rows.append([f"{own} - {base}", *(difference_cell(found[own][m]) for m in metrics)])
    data = [
        {
            "system": one.name,
            "baseline": one.baseline,
            "metric": metric,
            "seeds": len(one.system.seeds),
            **found[one.name][metric].columns,
        }
        for one in comparison.tested
        for metric in metrics
    ]
    what = (
        f"Table 1 of Gorrostieta et al. on test data of {comparison.corpus}. {ACTIVATION}"
        if comparison.task == "activation"
        else f"Systems on the tested sessions of {comparison.corpus}. {EMOTION}"
    )
    caption = f"{what} {HOW}" + (f" {PAIRED}" if comparison.baselines else "")
    columns = ["system", *map(title, metrics)]
    return Table(name, caption, columns, rows, pd.DataFrame(data))


def extent_text(comparison: Comparison) -> str:
    """On how much these systems were tested."""
    count = comparison.tested[0].system.told["utterance"].nunique()
    seeds = sorted({seed for system in comparison.systems for seed in system.seeds})
    where = (
        "of the test split"
        if comparison.task == "activation"
        else "of all sessions, each asked of the detectors that it was left out for"
    )
    return (
        f"{plural(len(comparison.tested), 'system')}, tested on {plural(count, 'utterance')} "
        f"{where}. Seeds {seeds[0]} to {seeds[-1]} were used neither to search nor to check."
    )
