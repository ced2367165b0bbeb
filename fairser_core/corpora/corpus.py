"""Corpus with labels of activation: a table of utterances, checked when the corpus is made."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairser_core.corpora import checks
from fairser_core.corpora.files import content_notes, examine
from fairser_core.corpora.fingerprint import digits, file_facts
from fairser_core.corpora.groups import BY_GENDER, Grouping, Groups, groups_of, judged
from fairser_core.corpora.problems import (
    broken_rows,
    names_left_out,
    refuse_problems,
    skipping_notes,
)

PAPER_SCALE = (1.0, 7.0)
PAPER_THRESHOLD = 3.5


@dataclass(frozen=True)
class Corpus:
    """Speech with labels of activation, speakers, their genders and disjoint splits.

    Attributes:
        name: name of the corpus, e.g. "demo".
        utterances: one row an utterance. `id` (unique), `speaker`, `gender` ("female" or "male"),
            `split` ("train", "validation" or "test"; a speaker is in one only), `activation`
            (float); then either `path` (audio file) or `features` (.npy file, a float array
            (frame, coefficient)), absolute; where an utterance is a part of its file also `start`
            and `end`, in seconds, missing (NaN) for those of the file; then further columns.
        scale: lowest and highest possible activation.
        threshold: greatest activation that is low; above it activation is high.
        notes: facts to show to people, e.g. how many utterances were left out and why.
        left_out: names of utterances that were left out because they cannot be used.
        grouping: rule by which speakers are grouped, by gender unless `grouped` says another; then
            `utterances` have a column `group`.
        groups: names of the groups, in order.
    """

    name: str
    utterances: pd.DataFrame
    scale: tuple[float, float]
    threshold: float
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    grouping: Grouping = BY_GENDER
    groups: tuple[str, ...] = checks.GENDERS

    def grouped(self, grouping: Grouping) -> "Corpus":
        """Return the corpus with other groups than the speakers' genders.

        Utterances of an unknown group are left out, and noted. Of the two genders none is too small
        to be judged by, so that no size matters to them.

        Args:
            grouping: rule.

        Raises:
            CorpusError: the corpus has no such groups, or only one; or training or validation data
                lack low or high activation of one that is judged.
        """
        groups = groups_of(self.utterances, grouping)
        if str(grouping) == str(BY_GENDER):
            if "group" not in self.utterances:
                return self
            table = self.utterances.drop(columns="group")  # an attribute, which nobody asked for
            return dataclasses.replace(self, utterances=table)
        named = self.utterances.assign(group=np.array([*groups.names, ""])[groups.index])
        kept = named[groups.index >= 0].reset_index(drop=True)
        out = len(named) - len(kept)
        note = f"{out:,} of {len(named):,} left out: their {grouping} is unknown"
        notes = (*self.notes, *([note] if out else []))
        changed = dataclasses.replace(
            self, utterances=kept, notes=notes, grouping=grouping, groups=groups.names
        )
        refuse_problems(
            self.name, [], [checks.level_problems(kept, self.threshold, changed.judged)]
        )
        return changed

    def judged(self, split: str) -> list[str]:
        """Return the groups of a split that worst values and gaps are of; see `groups.judged`."""
        if "group" not in self.utterances:
            return [*self.groups]
        rows = self.utterances[self.utterances["split"] == split]
        index = np.array([self.groups.index(name) for name in rows["group"]], dtype=np.int64)
        sizes = Groups(self.groups, index).sizes(rows["speaker"].to_numpy())
        return judged(sizes, self.grouping)

    def without(self, ids: Collection[str]) -> "Corpus":
        """Return the corpus without utterances of these names, among those that are left out."""
        kept = self.utterances[~self.utterances["id"].isin(ids)].reset_index(drop=True)
        left_out = tuple(sorted({*self.left_out, *ids}))
        return dataclasses.replace(self, utterances=kept, left_out=left_out)

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that change with the table, labels or content of a file.

        They cover ids, speakers, genders, splits, labels, scale, threshold, and the name and
        content of each file; neither the order of rows nor the folders of files.
        """
        facts: list[object] = [self.scale, self.threshold]
        if "group" in self.utterances:
            facts.append(dataclasses.asdict(self.grouping))
        columns = (*checks.COLUMNS, *(["group"] if "group" in self.utterances else []))
        return digits([*facts, *file_facts(self.utterances, columns)])


def default_threshold(scale: tuple[float, float]) -> float:
    """Return the greatest low activation: 3.5 on 1..7 (Gorrostieta et al. 2019), else middle."""
    return PAPER_THRESHOLD if scale == PAPER_SCALE else sum(scale) / 2


def make_corpus(
    name: str,
    table: pd.DataFrame,
    *,
    scale: tuple[float, float],
    threshold: float | None = None,
    notes: Sequence[str] = (),
    source: str,
    skip_broken: bool = False,
) -> Corpus:
    """Check a table of utterances and return its Corpus; every reader uses this function.

    Args:
        name: name of the corpus.
        table: columns `checks.COLUMNS`, and `path` or `features`. Genders and splits in any of
            `checks.SPELLINGS`, labels also as text. The index numbers the rows in messages; its
            name is the unit of the numbers, e.g. "line".
        scale: lowest and highest possible activation.
        threshold: greatest activation that is low; by default `default_threshold(scale)`.
        notes: facts to show to people.
        source: file or folder that the table is from, for messages.
        skip_broken: leave out rows with an unusable file, label, gender, speaker or id, and note
            how many. Everything else is refused all the same.

    Raises:
        CorpusError: lists all of: missing columns; rows (unless `skip_broken`) with an empty or
            repeated id, an empty speaker, an unknown gender, a label that is not a number on the
            scale, a file that is not usable (`fairser_core.files.usable`), features of another
            width than most; unknown splits; speakers in two splits; the same audio in two splits;
            splits without women or men, for training and validation also of low or high
            activation, whose recall would be undefined; a threshold off the scale.
    """
    threshold = default_threshold(scale) if threshold is None else threshold
    clean = checks.standardise(table)
    contents = examine(clean)
    problems = checks.row_problems(table, clean, contents, scale)
    kept = clean.drop(index=broken_rows(problems)) if skip_broken else clean
    shared, of_contents = content_notes(kept, contents, "split")
    refuse_problems(
        source,
        [] if skip_broken else [problems],
        [*checks.table_problems(table, kept, scale, threshold), shared],
    )
    skipped = skipping_notes(clean, kept, problems)
    undefined = checks.undefined_notes(kept, threshold)
    notes = (*notes, *skipped, *of_contents, *checks.gender_notes(kept), *undefined)
    left_out = names_left_out(clean, kept)
    return Corpus(name, kept.reset_index(drop=True), scale, threshold, notes, left_out)
