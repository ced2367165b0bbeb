"""A corpus with ratings: three checked tables. Who holds a RatedCorpus holds a sound one."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fairser_core.corpora import checks, rating_checks
from fairser_core.corpora.corpus import CorpusError, digits, file_facts
from fairser_core.corpora.rating_checks import Problems, Tables

PAPER_EMOTIONS = ("neutral", "happiness", "anger", "sadness", "frustration")
"""Of Chien & Lee."""


@dataclass(frozen=True)
class RatedCorpus:
    """Speech whose emotion each rater judged alone, and the raters' genders.

    The tables are joined by id: every rating's utterance and rater is in its table, and every
    utterance has a rating. Not every utterance has raters of both genders.

    Attributes:
        name: of the corpus, e.g. "iemocap".
        utterances: one row an utterance. `id` (unique), `speaker`, `gender` of the speaker
            ("female" or "male"), `session` (a speaker is in one only; at least three); perhaps
            `emotion`, the label that the corpus gives, missing (NaN) where it gives none; then
            either `path` (audio file) or `features` (.npy file, a float array (frame,
            coefficient)), absolute; then columns of the corpus' own.
        ratings: one row a label that a rater gave. `utterance`, `rater`, `label`; a rater who named
            several labels has a row for each.
        raters: one row a rater. `rater` (unique), `gender` ("female" or "male").
        emotions: the labels that are studied, in order; ratings may name others.
        notes: facts to show to people, e.g. how many utterances were left out and why.
    """

    name: str
    utterances: pd.DataFrame
    ratings: pd.DataFrame
    raters: pd.DataFrame
    emotions: tuple[str, ...]
    notes: tuple[str, ...]


def make_rated_corpus(
    name: str,
    tables: Tables,
    *,
    emotions: Sequence[str],
    labels: Sequence[str],
    notes: Sequence[str] = (),
    place: str,
    skip_broken: bool = False,
) -> RatedCorpus:
    """Check tables of utterances, ratings and raters: the one way to a RatedCorpus.

    Args:
        name: of the corpus.
        tables: as a reader made them. Genders in any of `checks.SPELLINGS`, labels in any case.
        emotions: the labels that are studied, in order.
        labels: all that a rating may name, in lower case.
        notes: facts to show to people.
        place: where the tables are from: the file or folder that messages name.
        skip_broken: leave out rows that cannot be used, and what belongs to them, and note how
            many: an utterance's ratings, a rater's ratings, an utterance without any rating left.
            Everything else is always refused.

    Raises:
        CorpusError: lists all of: missing columns; utterances (unless `skip_broken`) with an empty
            or repeated id, an empty speaker or session, an unknown gender or emotion, a file that
            is missing, unreadable or empty, features of another width than most, without a rating;
            raters with an empty or repeated name or an unknown gender; ratings of an unknown
            utterance, by an unknown rater, with an unknown label, of an utterance that the rater
            has rated before; fewer than three sessions; speakers in two sessions; no ratings by
            women or none by men.
    """
    clean = rating_checks.standardised(tables)
    broken = {
        "utterances": rating_checks.utterance_problems(tables, clean, labels),
        "ratings": rating_checks.rating_problems(tables, clean, labels),
        "raters": rating_checks.rater_problems(tables, clean),
    }
    left = rating_checks.usable(clean, broken) if skip_broken else clean
    of_tables = list(rating_checks.table_problems(left))
    of_rows = [
        messages.dropna().tolist()
        for problems in ({} if skip_broken else broken).values()
        for messages in problems.values()
    ]
    if any(of_tables) or any(of_rows):
        hint = "" if any(of_tables) else "(rows like these can be skipped: --skip-broken)"
        raise CorpusError(checks.report(place, [*of_rows, *of_tables], hint))
    return RatedCorpus(
        name,
        left.utterances.reset_index(drop=True),
        left.ratings.drop_duplicates(list(rating_checks.RATINGS)).reset_index(drop=True),
        left.raters.reset_index(drop=True),
        tuple(emotions),
        (*notes, *_left_out(clean, left, broken)),
    )


def _left_out(clean: Tables, left: Tables, broken: dict[str, Problems]) -> list[str]:
    """For each table of which rows were left out a note that says how many and why."""
    notes = []
    for name, problems in broken.items():
        before, after = getattr(clean, name), getattr(left, name)
        if len(after) < len(before):
            counts = [f"{len(rows):,} {kind}" for kind, rows in problems.items() if len(rows)]
            bad = {row for messages in problems.values() for row in messages.index}
            others = len(before.drop(index=list(bad))) - len(after)
            counts += [f"{others:,} {BELONGED[name]}"] if others else []
            gone = len(before) - len(after)
            notes.append(f"{gone:,} of {len(before):,} {name} left out: {', '.join(counts)}")
    return notes


BELONGED = {
    "utterances": "all of whose ratings were left out",
    "ratings": "of an utterance or by a rater left out",
}
"""Why rows are left out that are not broken themselves."""


def fingerprint(corpus: RatedCorpus) -> str:
    """16 hexadecimal digits that change with the tables, the emotions or any file's content.

    Covers ids, speakers, genders, sessions, emotions given, ratings, raters and their genders, the
    emotions that are studied, and the name and content of each file. The order of the rows and the
    folder of the files do not count.
    """
    tables = ((corpus.ratings, rating_checks.RATINGS), (corpus.raters, rating_checks.RATERS))
    rows = [sorted(table[list(columns)].itertuples(index=False)) for table, columns in tables]
    given = ("emotion",) if "emotion" in corpus.utterances else ()
    files = file_facts(corpus.utterances, (*rating_checks.UTTERANCES, *given))
    return digits([corpus.emotions, *rows, *files])
