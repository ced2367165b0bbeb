"""Tables of systems: which they are, and their metrics beside their baseline's."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fairser_core.metrics.tables import METRICS
from search.front.names import plural
from search.presentation.wording import number
from search.replication.estimates import FEWEST_SEEDS, Estimates, adjusted, significant
from search.reporting.blocks import Table
from search.reporting.comparison import Comparison, Tested
from search.reporting.number_format import (
    BY_CHANCE,
    HOW,
    cell,
    difference_cell,
    legend,
    missing,
    title,
)
from search.space.values import Value

PAIRED = (
    "Rows with a minus: what a system is less its baseline, paired by speaker and by the seeds "
    "that both have. An interval is of one difference; of several some lack 0 by chance."
)
ACTIVATION = (
    "Differences are women less men: below 0 women are served less well. The paper tests one model "
    "of each kind, the best in validation; here is every seed."
)
EMOTION = (
    "Means over the emotions. F1 by shares is the paper's; macro F1 of a detector that never fires "
    "is below 0.5."
)


def systems_table(name: str, comparison: Comparison) -> Table:
    """Return a table of the sweep and member of each system, and of how it was tested.

    Args:
        name: of the table.
        comparison: of the systems.
    """
    facts = [_facts(tested) for tested in comparison.tested]
    return Table(
        name,
        "The systems compared. Each was trained again with fresh seeds, as far as the member of "
        "the front went, and each model tested once. Settings are those searched, "
        "and of a baseline those fixed.",
        ["system", "sweep", "member", "settings", "epochs", "seeds", "diverged", "tested"],
        [
            [
                tested.name,
                tested.sweep.name,
                f"baseline of {', '.join(tested.serves)}" if tested.serves else tested.member,
                ", ".join(f"{key} {number(value)}" for key, value in _settings(tested).items()),
                *(str(row[key]) for key in ("epochs", "seeds", "diverged", "tested")),
            ]
            for tested, row in zip(comparison.tested, facts, strict=True)
        ],
        pd.DataFrame(facts),
    )


def _settings(tested: Tested) -> Mapping[str, Value]:
    return tested.sweep.space.fixed if tested.serves else tested.records[0].values


def _facts(tested: Tested) -> dict[str, object]:
    return {
        "system": tested.name,
        "sweep": tested.sweep.name,
        "member": tested.member,
        "baseline": tested.baseline,
        **_settings(tested),
        "epochs": tested.records[0].epoch,
        "seeds": len(tested.system.seeds),
        "diverged": tested.system.diverged,
        "tested": tested.records[-1].time,
    }


def main_table(
    name: str, comparison: Comparison, estimated: Estimates, metrics: Sequence[str]
) -> Table:
    """Return Table 1 of Gorrostieta et al., or its like for emotions.

    A row is a system, or the difference from its baseline.

    Args:
        name: of the table.
        comparison: of the systems.
        estimated: their estimates.
        metrics: names of the metrics, a column each.
    """
    systems, estimated = comparison.systems, adjusted(estimated, metrics)
    rows = [[s.name, *(cell(estimated[s.name][m]) for m in metrics)] for s in systems]
    for system, base in comparison.baselines.items():
        differences = (difference_cell(estimated[system][metric]) for metric in metrics)
        rows.append([f"{system} - {base}", *differences])
    data = [
        {
            "system": tested.name,
            "baseline": tested.baseline,
            "metric": metric,
            "seeds": len(tested.system.seeds),
            **estimated[tested.name][metric].columns,
        }
        for tested in comparison.tested
        for metric in metrics
    ]
    what, note = (
        (f"Table 1 of Gorrostieta et al. on test data of {comparison.corpus}.", ACTIVATION)
        if comparison.task == "activation"
        else (f"Systems on the tested sessions of {comparison.corpus}.", EMOTION)
    )
    paired = [PAIRED, _apart(estimated)] if comparison.baselines else []
    about = [what, legend({title(m): METRICS[m] for m in metrics}), note, HOW, BY_CHANCE]
    caption = " ".join([*about, *paired]) + missing(estimated)
    columns = ["system", *map(title, metrics)]
    return Table(name, caption, columns, rows, pd.DataFrame(data))


def _apart(estimated: Estimates) -> str:
    """Return a sentence on the differences that hold when all of the table are counted."""
    found = [
        f"{system} ({', '.join(map(title, metrics))})"
        for system, metrics in significant(estimated).items()
    ]
    which = "; ".join(found) or "none"
    return (
        f"Different from the baseline at p < .05, by Holm's rule over this table: {which}. Fewer "
        f"than {FEWEST_SEEDS} common seeds have no p-value."
    )


def extent_text(comparison: Comparison) -> str:
    """Return a sentence on how much these systems were tested."""
    count = comparison.tested[0].system.predictions["utterance"].nunique()
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
