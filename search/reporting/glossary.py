"""Words that a report uses, for readers who did not run it."""

from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.directions import DIRECTIONS
from search.presentation.wording import better
from search.reporting.blocks import Table
from search.reporting.sweep_source import Source

METRICS = {
    "ccc": "concordance correlation coefficient of predicted and rated activation, at most 1: how "
    "near predictions lie to the ratings, in order, level and spread",
    "recall_gap": "|recall of women - of men| among utterances of low activation, plus the same "
    "among those of high; 0 to 2: how far it is from equality of odds",
    "worst_recall": "the least of four recalls, of women and of men among utterances of low and of "
    "high activation; 0 to 1: of a model that finds nobody low it is 0, however equal the genders",
    "f1_macro_s1": "F1 of the detectors, mean over emotions and over detecting and not detecting, "
    "on utterances of S1, where the women and the men among the raters agree; 0 to 1",
    "parity_s2": "|P(detected given men's) - P(detected given women's)|, mean over emotions, on "
    "utterances of S2 whose ground truth is only the men's or only the women's perception; 0 to 1",
    "f1_macro_views": "F1 of the detectors in what each gender of the raters hears, mean over "
    "emotions, over detecting and not detecting, and over both genders; 0 to 1",
    "consistency_gender": "share of the 20 nearest in the embedding that are of the same gender's "
    "perception; 0 to 1, by chance about 0.5",
}
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
    """The words, the objectives and the floors of these sweeps."""
    spaces = [source.sweep.space for source in sources]
    named = dict.fromkeys(name for space in spaces for name in (*space.objectives, *space.floor))
    rows = list(TERMS.items())
    rows += [(name, _metric(name)) for name in named]
    return Table(
        "terms",
        "What the words in this report mean.",
        ["word", "meaning"],
        rows,
        pd.DataFrame(rows, columns=["word", "meaning"]),
        folded=True,
    )


def _metric(name: str) -> str:
    told = f"{METRICS[name]}; " if name in METRICS else ""
    return told + (better(name) if name in DIRECTIONS else "")
