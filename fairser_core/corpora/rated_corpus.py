"""Corpus with ratings by person: three tables, checked when the corpus is made."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from fairser_core.corpora import checks, rating_checks
from fairser_core.corpora.files import content_notes, examine
from fairser_core.corpora.fingerprint import digits, file_facts
from fairser_core.corpora.problems import Problems, names_left_out, refuse_problems, skipping_notes
from fairser_core.corpora.rating_checks import Tables
from fairser_core.corpora.times import time_problems

PAPER_EMOTIONS = ("neutral", "happiness", "anger", "sadness", "frustration")
"""Emotions of Chien & Lee (2023)."""

DEPENDENT = {
    "utterances": "all of whose ratings were left out",
    "ratings": "of an utterance or by a rater left out",
}
"""Reason, by table, for leaving out rows that have no problem themselves."""


@dataclass(frozen=True)
class RatedCorpus:
    """Speech whose emotion each rater judged alone, and the raters' genders.

    The tables are joined by id: every rating's utterance and rater is in its table, and every
    utterance has a rating. Not every utterance has raters of both genders.

    Attributes:
        name: name of the corpus, e.g. "iemocap".
        utterances: one row an utterance. `id` (unique), `speaker`, `gender` of the speaker
            ("female" or "male"), `session` (a speaker is in one only; at least three); perhaps
            `emotion`, the label that the corpus gives, missing (NaN) where it gives none; then
            either `path` (audio file) or `features` (.npy file, a float array (frame,
            coefficient)), absolute; perhaps `start` and `end`, see `Corpus`; then further columns
            of the corpus.
        ratings: one row a label that a rater gave. `utterance`, `rater`, `label`; a rater who named
            several labels has a row for each.
        raters: one row a rater. `rater` (unique), `gender` ("female" or "male").
        emotions: labels that are studied, in order; ratings may name others.
        notes: facts to show to people, e.g. how many utterances were left out and why.
        left_out: names of utterances that were left out because they cannot be used.
    """

    name: str
    utterances: pd.DataFrame
    ratings: pd.DataFrame
    raters: pd.DataFrame
    emotions: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def without(self, ids: Collection[str]) -> "RatedCorpus":
        """Return the corpus without utterances of these names, among those that are left out."""
        return dataclasses.replace(
            self,
            utterances=self.utterances[~self.utterances["id"].isin(ids)].reset_index(drop=True),
            ratings=self.ratings[~self.ratings["utterance"].isin(ids)].reset_index(drop=True),
            left_out=tuple(sorted({*self.left_out, *ids})),
        )

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that change with tables, emotions or content of a file.

        They cover ids, speakers, genders, sessions, given emotions, ratings, raters and their
        genders, the studied emotions, and the name and content of each file; neither the order of
        rows nor the folders of files.
        """
        tables = ((self.ratings, rating_checks.RATINGS), (self.raters, rating_checks.RATERS))
        rows = [sorted(table[list(columns)].itertuples(index=False)) for table, columns in tables]
        given = ("emotion",) if "emotion" in self.utterances else ()
        files = file_facts(self.utterances, (*rating_checks.UTTERANCES, *given))
        return digits([self.emotions, *rows, *files])


def make_rated_corpus(
    name: str,
    tables: Tables,
    *,
    emotions: Sequence[str],
    labels: Sequence[str],
    notes: Sequence[str] = (),
    source: str,
    skip_broken: bool = False,
) -> RatedCorpus:
    """Check tables and return their RatedCorpus; every reader uses this function.

    Args:
        name: name of the corpus.
        tables: utterances, ratings and raters, as a reader made them. Genders in any of
            `checks.SPELLINGS`, labels in any case.
        emotions: labels that are studied, in order.
        labels: all labels that a rating may name, in lower case.
        notes: facts to show to people.
        source: file or folder that the tables are from, for messages.
        skip_broken: leave out rows that cannot be used, and rows that depend on them: an
            utterance's ratings, a rater's ratings, an utterance without any rating left; note how
            many. Everything else is refused all the same.

    Raises:
        CorpusError: lists all of: missing columns; utterances (unless `skip_broken`) with an empty
            or repeated id, an empty speaker or session, an unknown gender or emotion, a file that
            is not usable (`fairser_core.files.usable`), features of another width than most,
            without a rating; the same audio in two sessions;
            raters with an empty or repeated name or an unknown gender; ratings of an unknown
            utterance, by an unknown rater, with an unknown label, of an utterance that the rater
            has rated before; fewer than three sessions; speakers in two sessions; no ratings by
            women or none by men.
    """
    clean = rating_checks.standardise(tables)
    contents = examine(clean.utterances)
    problems = rating_checks.row_problems(tables, clean, contents, labels)
    kept = rating_checks.usable_rows(clean, problems) if skip_broken else clean
    shared, of_contents = content_notes(kept.utterances, contents, "session")
    refuse_problems(
        source,
        [] if skip_broken else problems.values(),
        [*rating_checks.table_problems(kept), time_problems(tables.utterances), shared],
    )
    return RatedCorpus(
        name,
        kept.utterances.reset_index(drop=True),
        kept.ratings.drop_duplicates(list(rating_checks.RATINGS)).reset_index(drop=True),
        kept.raters.reset_index(drop=True),
        tuple(emotions),
        (
            *notes,
            *_skipping_notes(clean, kept, problems),
            *of_contents,
            *checks.gender_notes(kept.utterances),
        ),
        names_left_out(clean.utterances, kept.utterances),
    )


def _skipping_notes(clean: Tables, kept: Tables, problems: Mapping[str, Problems]) -> Iterator[str]:
    """Yield notes on the rows of each table that were left out."""
    for table, kinds in problems.items():
        before, after = getattr(clean, table), getattr(kept, table)
        yield from skipping_notes(before, after, kinds, f" {table}", DEPENDENT.get(table, ""))
