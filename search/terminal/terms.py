"""Terms of fairser in a line each, for tables, reports and `--help`."""

import textwrap
from collections.abc import Iterable

WIDTH = 78
"""Columns of texts that stand as they are, without a terminal."""

TERMS = {
    "sweep": "one search of a space of values for training, on one corpus",
    "configuration": "a value for each searched setting; several trials may train it",
    "trial": "one training of a configuration, with one seed or several",
    "seed": "start of the random numbers of a training: initial weights, order of the data, "
    "dropout. Each configuration is trained with several seeds, because results differ",
    "lane": "one seed of a configuration in training",
    "candidate": "a configuration after an epoch, written trial@epoch: 12@20 is trial 12 after 20 "
    "epochs",
    "front": "the candidates that no other beats in all objectives at once, its members",
    "baseline": "the same network, trained in the same way without de-biasing. Any of its epochs "
    "may be chosen, as of a trial: baseline@12 is the baseline after 12 epochs",
    "floor": "least value that a candidate must have to count, a share of the baseline's value: a "
    "model that always predicts the same is perfectly fair, and useless",
    "rung": "number of epochs at which trials are ranked, and the low-ranked ones stopped",
    "hypervolume": "volume of the region of objectives between the front and a poor reference "
    "point; more is better",
    "fresh seeds": "seeds that no decision of the search has used: results of the other seeds are "
    "optimistic, because the search selected their luck together with their quality",
    "spread": "standard deviation over seeds",
    "P": "probability that endless seeds keep a candidate on the front",
}


def term_lines(terms: Iterable[str]) -> list[str]:
    """Return terms with their meanings, further lines of one indented.

    Args:
        terms: keys of `TERMS`.
    """
    texts = (f"  {term}: {TERMS[term]}" for term in terms)
    return [line for text in texts for line in textwrap.wrap(text, WIDTH, subsequent_indent="    ")]
