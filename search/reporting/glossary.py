"""Glossary of a report, for readers who did not run the sweep."""

import math
from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.tables import METRICS
from search.presentation.wording import better
from search.reporting.blocks import Table
from search.reporting.sweep_source import Source
from search.tasks.tasks import TASKS
from search.terminal.terms import TERMS


def terms_table(sources: Sequence[Source]) -> Table:
    """Return a table of words: those of `TERMS`, the objectives and the floors of these sweeps."""
    spaces = [source.sweep.space for source in sources]
    named = {name: space.task for space in spaces for name in (*space.objectives, *space.floor)}
    rows = [*TERMS.items(), *((name, _meaning(name, task)) for name, task in named.items())]
    return Table(
        "terms",
        "Meanings of the words in this report.",
        ["word", "meaning"],
        rows,
        pd.DataFrame(rows, columns=["word", "meaning"]),
        folded=True,
    )


def _meaning(name: str, task: str) -> str:
    metric = METRICS[name]
    low, high = metric.range
    span = f"{low:g} to {high:g}" if math.isfinite(high) else "without a bound"
    return f"{metric.explanation}; {TASKS[task].words.averaged}{span}; {better(name)}"
