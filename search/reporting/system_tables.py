"""Tables of systems, and of their metrics beside those of their baselines."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fairser_core.csv_cells import WHY_EMPTY
from fairser_core.metrics.tables import METRICS
from search.front.names import plural
from search.presentation.wording import number
from search.replication.estimate import Estimates, adjusted, significant
from search.replication.estimates import FEWEST_SEEDS
from search.replication.estimates_csv import estimate_gaps
from search.replication.undefined import lacking, undefined_text
from search.reporting.blocks import Table
from search.reporting.comparison import Comparison
from search.reporting.empty_cells import explained
from search.reporting.number_format import (
    BY_CHANCE,
    HOW,
    cell,
    difference_cell,
    legend,
    missing,
    title,
)
from search.reporting.tested_system import Tested
from search.space.values import Value
from search.tasks.tasks import TASKS

PAIRED = (
    "Rows with a minus: the system's value less its baseline's, paired by speaker and by the seeds "
    "of both. An interval is of one difference; of several some lack 0 by chance."
)


def systems_table(name: str, comparison: Comparison) -> Table:
    """Return a table of the sweep, member and test of each system.

    Args:
        name: name of the table.
        comparison: comparison of the systems.
    """
    facts = [_facts(tested) for tested in comparison.tested]
    return Table(
        name,
        "The systems compared. Each was trained again with fresh seeds, to the epoch of its member "
        "of the front, and each model was tested once. The baseline's candidate, baseline@epoch, "
        "was chosen among its own epochs by the rule that chose the member compared with it, so "
        "differences are more than the choice of an epoch. Settings are the searched ones; of a "
        "baseline, the fixed ones.",
        ["system", "sweep", "member", "settings", "epochs", "seeds", "diverged", "tested"],
        [
            [
                tested.name,
                tested.sweep.name,
                f"{tested.member} of {', '.join(tested.serves)}"
                if tested.serves
                else tested.member,
                ", ".join(f"{key} {number(value)}" for key, value in _settings(tested).items()),
                *(str(row[key]) for key in ("epochs", "seeds", "diverged", "tested")),
            ]
            for tested, row in zip(comparison.tested, facts, strict=True)
        ],
        explained(
            pd.DataFrame(facts),
            {"baseline": "a baseline itself"},
            "not among the settings shown of this system",
        ),
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
    """Return Table 1 of Gorrostieta et al. (2019), or a similar table for emotions.

    Args:
        name: name of the table.
        comparison: comparison of the systems.
        estimated: estimates of the systems.
        metrics: names of the metrics, one per column.
    """
    words = TASKS[comparison.task].words
    what = words.table.format(corpus=comparison.corpus)
    return _estimates_table(name, comparison, estimated, metrics, (what, words.note))


def groups_table(
    name: str, comparison: Comparison, estimated: Estimates, metrics: Sequence[str]
) -> Table:
    """Return the table of each group's own figures.

    Args:
        name: name of the table.
        comparison: comparison of the systems.
        estimated: estimates of the systems.
        metrics: names of the metrics, one per column.
    """
    what = f"Each group's own figures on test data of {comparison.corpus}."
    note = "A gap may become smaller because the better group gets worse: these columns show it."
    return _estimates_table(name, comparison, estimated, metrics, (what, note))


def _estimates_table(
    name: str,
    comparison: Comparison,
    estimated: Estimates,
    metrics: Sequence[str],
    about: tuple[str, str],
) -> Table:
    """Return a table of metrics; a row is a system, or the difference from its baseline.

    Args:
        name: name of the table.
        comparison: comparison of the systems.
        estimated: estimates of the systems.
        metrics: names of the metrics, one per column.
        about: what the table is, and a note on its metrics.
    """
    systems, estimated = comparison.systems, adjusted(estimated, metrics)
    rows = [[s.name, *(cell(estimated[s.name][m]) for m in metrics)] for s in systems]
    for system, base in comparison.baselines.items():
        differences = (difference_cell(estimated[system][metric]) for metric in metrics)
        rows.append([f"{system} - {base}", *differences])
    reasons = {s.name: lacking(s, comparison.speaker_metrics) for s in systems}
    data = [
        {
            "system": tested.name,
            "baseline": tested.baseline or "",
            "metric": metric,
            "seeds": len(tested.system.seeds),
            **estimated[tested.name][metric].columns,
            WHY_EMPTY: estimate_gaps(estimated[tested.name][metric], reasons[tested.name]),
        }
        for tested in comparison.tested
        for metric in metrics
    ]
    what, note = about
    paired = [PAIRED, _apart(estimated)] if comparison.baselines else []
    explained = [what, legend({title(m): METRICS[m] for m in metrics}), note, HOW, BY_CHANCE]
    undefined = undefined_text(estimated, systems, comparison.speaker_metrics)
    parts = [*explained, *paired, comparison.looks.text, undefined]
    caption = " ".join(filter(None, parts)) + missing(estimated)
    columns = ["system", *map(title, metrics)]
    return Table(name, caption, columns, rows, pd.DataFrame(data))


def _apart(estimated: Estimates) -> str:
    """Return a sentence on the differences that hold when all of the table are counted."""
    different = [
        f"{system} ({', '.join(map(title, metrics))})"
        for system, metrics in significant(estimated).items()
    ]
    which = "; ".join(different) or "none"
    return (
        f"Different from the baseline at p < .05, by Holm's rule over this table: {which}. Fewer "
        f"than {FEWEST_SEEDS} common seeds have no p-value."
    )


def extent_text(comparison: Comparison) -> str:
    """Return a sentence on how much these systems were tested."""
    count = comparison.tested[0].system.predictions["utterance"].nunique()
    seeds = sorted({seed for system in comparison.systems for seed in system.seeds})
    where = TASKS[comparison.task].words.tested
    return (
        f"{plural(len(comparison.tested), 'system')}, tested on {plural(count, 'utterance')} "
        f"{where}. Seeds {seeds[0]} to {seeds[-1]} were used neither to search nor to check."
    )
