"""Counts of a corpus of activation."""

from fairser_core.corpora.checks import SPLITS
from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation_arrays import group_column
from search.tasks.counts import PEOPLE, Counts, Row


def activation_counts(corpus: Corpus) -> Counts:
    """Count speakers by split and group, and utterances also by low or high activation."""
    utterances = corpus.utterances
    group = group_column(utterances)
    high = utterances["activation"] > corpus.threshold
    rows: list[Row] = []
    for split in (*SPLITS, "all"):
        chosen = (utterances["split"] == split) | (split == "all")
        cells = [
            int((chosen & (group == name) & (high == level)).sum())
            for name in corpus.groups
            for level in (False, True)
        ]
        speakers = [
            int(utterances["speaker"][chosen & (group == name)].nunique()) for name in corpus.groups
        ]
        rows.append((split, [*speakers, int(chosen.sum()), *cells]))
    people = [PEOPLE.get(name, name) for name in corpus.groups]
    levels = [f"{group}, {level}" for group in people for level in ("low", "high")]
    return Counts(
        f"utterances of {corpus.name}, activation high above {corpus.threshold:g}",
        ["split", *(f"speakers, {group}" for group in people), "utterances", *levels],
        rows,
        summed=True,
    )
