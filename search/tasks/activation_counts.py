"""Counts of a corpus of activation."""

from fairser_core.corpora.checks import GENDERS, SPLITS
from fairser_core.corpora.corpus import Corpus
from search.tasks.counts import PEOPLE, Counts, Row


def activation_counts(corpus: Corpus) -> Counts:
    """Count speakers by split and gender, and utterances also by low or high activation."""
    utterances = corpus.utterances
    high = utterances["activation"] > corpus.threshold
    rows: list[Row] = []
    for split in (*SPLITS, "all"):
        chosen = (utterances["split"] == split) | (split == "all")
        cells = [
            int((chosen & (utterances["gender"] == gender) & (high == level)).sum())
            for gender in GENDERS
            for level in (False, True)
        ]
        speakers = [
            int(utterances["speaker"][chosen & (utterances["gender"] == gender)].nunique())
            for gender in GENDERS
        ]
        rows.append((split, [*speakers, int(chosen.sum()), *cells]))
    levels = [f"{PEOPLE[gender]}, {level}" for gender in GENDERS for level in ("low", "high")]
    return Counts(
        f"utterances of {corpus.name}, activation high above {corpus.threshold:g}",
        ["split", *(f"speakers, {PEOPLE[gender]}" for gender in GENDERS), "utterances", *levels],
        rows,
        summed=True,
    )
