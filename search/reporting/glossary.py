"""Glossary of a report, for readers who did not run the sweep."""

import math
from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.tables import METRICS
from search.presentation.wording import better
from search.reporting.blocks import Table
from search.reporting.sweep_source import Source
from search.tasks.tasks import TASKS

TERMS = {
    "sweep": "one search of a space of values for training, on one corpus",
    "configuration": "a value for each searched setting; several trials may train it",
    "trial": "one training of a configuration, with one seed or several",
    "seed": "start of the random numbers of a training: initial weights, order of the data, "
    "dropout. Each configuration is trained with several seeds, because results differ",
    "candidate": "a configuration after an epoch, written trial@epoch: 12@20 is trial 12 after 20 "
    "epochs",
    "front": "the candidates that no other beats in all objectives at once",
    "baseline": "the same network, trained in the same way without de-biasing. Any of its epochs "
    "may be chosen, as of a trial: baseline@12 is the baseline after 12 epochs",
    "floor": "least value that a candidate must have to count, a share of the baseline's value: a "
    "model that always predicts the same is perfectly fair, and useless",
    "hypervolume": "volume of the region of objectives between the front and a poor reference "
    "point; more is better",
    "fresh seeds": "seeds that no decision of the search has used: results of the other seeds are "
    "optimistic, because the search selected their luck together with their quality",
    "spread": "standard deviation over seeds",
}


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
