"""Corpus with classes of emotion: utterances and votes, checked when the corpus is made."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairser_core.corpora import category_checks, checks
from fairser_core.corpora.files import content_notes, examine
from fairser_core.corpora.fingerprint import digits, file_facts
from fairser_core.corpora.groups import Grouping, Groups, groups_of, judged
from fairser_core.corpora.problems import (
    CorpusError,
    broken_rows,
    names_left_out,
    refuse_problems,
    skipping_notes,
)


@dataclass(frozen=True)
class CategoryCorpus:
    """Speech with classes of emotion, speakers, their attributes and disjoint splits.

    Attributes:
        name: name of the corpus, e.g. "crema_d".
        utterances: one row an utterance. `id` (unique), `speaker`, `split` ("train", "validation"
            or "test"; a speaker is in one only), `emotion`: the class, missing (NaN) where no class
            has most of the votes or the class is not studied; then either `path` (audio file) or
            `features` (.npy file, a float array (frame, coefficient)), absolute; perhaps `start`
            and `end`, see `Corpus`; then `attributes`.
        votes: one row a label of an utterance. `utterance`, `label`, `votes` (above 0); labels may
            be others than the classes.
        classes: classes that are studied, in order.
        notes: facts to show to people, e.g. how many utterances were left out and why.
        left_out: names of utterances that were left out because they cannot be used.
        grouping: rule by which speakers are grouped; None before `grouped`.
        groups: names of the groups, in order; empty before `grouped`.
    """

    name: str
    utterances: pd.DataFrame
    votes: pd.DataFrame
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    grouping: Grouping | None = None
    groups: tuple[str, ...] = ()

    def grouped(self, grouping: Grouping) -> "CategoryCorpus":
        """Return the corpus with groups, in a column `group`.

        Utterances of an unknown group are left out, and noted.

        Args:
            grouping: rule.

        Raises:
            CorpusError: the corpus, or its training or validation split, has no such groups, or
                only one.
        """
        groups = groups_of(self.utterances, grouping)
        if len(groups.names) < 2:
            raise CorpusError(f"a corpus must have two groups or more, all are {groups.names[0]}")
        named = self.utterances.assign(group=np.array([*groups.names, ""])[groups.index])
        kept = named[groups.index >= 0].reset_index(drop=True)
        out = len(named) - len(kept)
        note = f"{out:,} of {len(named):,} left out: their {grouping} is unknown"
        for split in ("train", "validation"):
            present = kept["group"][kept["split"] == split].unique()
            if len(present) < 2:
                got = " and ".join(present) or "none"
                raise CorpusError(f"{split} must have utterances of two groups or more, has {got}")
        return dataclasses.replace(
            self,
            utterances=kept,
            votes=self.votes[self.votes["utterance"].isin(kept["id"])].reset_index(drop=True),
            notes=(*self.notes, *([note] if out else [])),
            grouping=grouping,
            groups=groups.names,
        )

    def judged(self, split: str) -> list[str]:
        """Return the groups of a split that worst values and gaps are of; see `groups.judged`."""
        assert self.grouping is not None
        rows = self.utterances[(self.utterances["split"] == split).to_numpy()]
        index = np.array([self.groups.index(name) for name in rows["group"]], dtype=np.int64)
        sizes = Groups(self.groups, index).sizes(rows["speaker"].to_numpy())
        return judged(sizes, self.grouping)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Columns that may name groups: of the speaker, or of the utterance."""
        known = (*category_checks.STRUCTURE, *([] if self.grouping is None else ["group"]))
        return tuple(str(name) for name in self.utterances if name not in known)

    def without(self, ids: Collection[str]) -> "CategoryCorpus":
        """Return the corpus without utterances of these names, among those that are left out."""
        return dataclasses.replace(
            self,
            utterances=self.utterances[~self.utterances["id"].isin(ids)].reset_index(drop=True),
            votes=self.votes[~self.votes["utterance"].isin(ids)].reset_index(drop=True),
            left_out=tuple(sorted({*self.left_out, *ids})),
        )

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that change with tables, classes or content of a file.

        They cover ids, speakers, splits, classes, votes, attributes, and the name and content of
        each file; neither the order of rows nor the folders of files.
        """
        columns = (*category_checks.COLUMNS, "emotion", *self.attributes)
        text = self.utterances[[*columns]].astype("string").fillna("")
        rows = sorted(self.votes[[*category_checks.VOTES]].itertuples(index=False, name=None))
        rule = None if self.grouping is None else dataclasses.asdict(self.grouping)
        return digits(
            [self.classes, rule, rows, *file_facts(self.utterances.assign(**text), columns)]
        )


def make_category_corpus(
    name: str,
    table: pd.DataFrame,
    *,
    classes: Sequence[str],
    chosen: Sequence[str] | None = None,
    others: Collection[str] | None = (),
    votes: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
    source: str,
    skip_broken: bool = False,
) -> CategoryCorpus:
    """Check a table of utterances and return its CategoryCorpus; every reader uses this function.

    Args:
        name: name of the corpus.
        table: columns `category_checks.COLUMNS`, and `path` or `features`; perhaps `emotion`, a
            class already given, empty where there is none; further columns are attributes. The
            index numbers the rows in messages; its name is the unit of the numbers, e.g. "line".
        classes: classes of the corpus, in order.
        chosen: classes to study, among `classes`; by default all.
        others: further labels that `emotion` and votes may name; None for any.
        votes: `utterance`, `label`, perhaps `votes` (1 by default), several rows a label are
            summed; by default a vote for each `emotion`. Without a column `emotion` the class is
            the label with more votes than any other.
        notes: facts to show to people.
        source: file or folder that the table is from, for messages.
        skip_broken: leave out rows with an unusable file, speaker, id or class, and note how many.
            Everything else is refused all the same.

    Raises:
        CorpusError: `chosen` names a class that the corpus lacks, or fewer than two; or lists all
            of: missing columns; rows (unless `skip_broken`) with an empty or repeated id, an empty
            speaker, an unknown class, a file that is not usable; votes with an unknown label;
            unknown splits; speakers in two splits; the same audio in two splits; classes without
            utterances in the training or validation split.
    """
    studied = category_checks.chosen_classes(classes, chosen)
    ballots = None if votes is None else category_checks.summed_votes(votes)
    if ballots is not None and "emotion" not in table and "id" in table:
        table = table.assign(emotion=category_checks.elected(ballots, table["id"]))
    labels = None if others is None else {*classes, *others}
    clean = category_checks.standardise(table)
    contents = examine(clean)
    problems = category_checks.row_problems(table, clean, contents, labels)
    kept = clean.drop(index=broken_rows(problems)) if skip_broken else clean
    shared, of_contents = content_notes(kept, contents, "split")
    refuse_problems(
        source,
        [] if skip_broken else [problems],
        [
            *category_checks.table_problems(table, kept, studied),
            category_checks.vote_problems(ballots, labels),
            shared,
        ],
    )
    if ballots is None:
        ballots = category_checks.one_vote_each(kept)
    skipped = skipping_notes(clean, kept, problems)
    notes = (*notes, *skipped, *of_contents, *checks.gender_notes(kept))
    left_out = names_left_out(clean, kept)
    utterances = kept.reset_index(drop=True)
    utterances["emotion"] = utterances["emotion"].where(utterances["emotion"].isin(studied))
    return CategoryCorpus(
        name,
        utterances,
        ballots[ballots["utterance"].isin(utterances["id"])].reset_index(drop=True),
        studied,
        (*notes, *category_checks.undefined_notes(utterances, studied)),
        left_out,
    )
