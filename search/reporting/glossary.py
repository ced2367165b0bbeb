"""Words of a report, for readers who did not run the sweep."""

from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.tables import METRICS
from search.presentation.wording import better
from search.reporting.blocks import Table
from search.reporting.sweep_source import Source
from search.tasks.tasks import TASKS

TERMS = {
    "sweep": "one search of a space of values for training, on one corpus",
    "configuration": "values of all that is searched; it may be trained by several trials",
    "trial": "one training of a configuration, with one seed or several",
    "seed": "one run of chance: initial weights, order of the data, dropout. The same "
    "configuration is trained with several, for results differ from seed to seed",
    "checkpoint": "a configuration after an epoch, written trial@epoch: 12@20 is trial 12 after 20 "
    "epochs",
    "front": "the checkpoints that no other beats in all objectives at once",
    "baseline": "the same network, trained in the same way without de-biasing",
    "floor": "what a checkpoint must reach to count, a share of the baseline's: a model that "
    "always says the same is perfectly fair, and useless",
    "hypervolume": "how much of the plane of objectives the front leaves behind, from a reference "
    "point that hardly counts; more is better",
    "fresh seeds": "seeds that no decision of the search has seen: with the others, luck was "
    "selected together with quality",
    "spread": "standard deviation over seeds",
}


def terms_table(sources: Sequence[Source]) -> Table:
    """Return a table of words: those of `TERMS`, the objectives and the floors of these sweeps."""
    spaces = [source.sweep.space for source in sources]
    named = {name: space.task for space in spaces for name in (*space.objectives, *space.floor)}
    rows = [*TERMS.items(), *((name, _meaning(name, task)) for name, task in named.items())]
    return Table(
        "terms",
        "What the words in this report mean.",
        ["word", "meaning"],
        rows,
        pd.DataFrame(rows, columns=["word", "meaning"]),
        folded=True,
    )


def _meaning(name: str, task: str) -> str:
    metric = METRICS[name]
    low, high = metric.range
    return f"{metric.explanation}; {TASKS[task].words.averaged}{low:g} to {high:g}; {better(name)}"
