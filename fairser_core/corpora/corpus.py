"""A corpus: one checked table of utterances. Who holds a Corpus holds a sound one."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fairser_core.corpora import checks

COLUMNS = checks.COLUMNS
PAPER_SCALE = (1.0, 7.0)
PAPER_THRESHOLD = 3.5


@dataclass(frozen=True)
class Corpus:
    """Speech with activation labels, speakers, their genders and disjoint splits.

    Attributes:
        name: of the corpus, e.g. "demo".
        utterances: one row an utterance. `id` (unique), `speaker`, `gender` ("female" or "male"),
            `split` ("train", "validation" or "test"; a speaker is in one only), `activation`
            (float); then either `path` (audio file) or `features` (.npy file, a float array
            (frame, coefficient)), absolute; then columns of the corpus' own.
        scale: lowest and highest possible activation.
        threshold: activation above it is high, at or below it low.
        notes: facts to show to people, e.g. how many utterances were left out and why.
    """

    name: str
    utterances: pd.DataFrame
    scale: tuple[float, float]
    threshold: float
    notes: tuple[str, ...]


class CorpusError(ValueError):
    """A corpus cannot be used. The message lists every problem found, one a line."""


def default_threshold(scale: tuple[float, float]) -> float:
    """Boundary of low and high: 3.5 on 1..7 (Gorrostieta et al. 2019), else the scale's middle."""
    return PAPER_THRESHOLD if scale == PAPER_SCALE else sum(scale) / 2


def make_corpus(
    name: str,
    table: pd.DataFrame,
    *,
    scale: tuple[float, float],
    threshold: float | None = None,
    notes: Sequence[str] = (),
    place: str,
    skip_broken: bool = False,
) -> Corpus:
    """Check a table of utterances: the one way to a Corpus.

    Args:
        name: of the corpus.
        table: `COLUMNS`, and `path` or `features`. Genders and splits in any of
            `checks.SPELLINGS`, labels also as text. The index numbers the rows
            in messages; its name ("line" for lines of a file) says what the numbers are.
        scale: lowest and highest possible activation.
        threshold: activation above it is high; by default `default_threshold(scale)`.
        notes: facts to show to people.
        place: where the table is from: the file or folder that messages name.
        skip_broken: leave out rows with an unusable file, label, gender, speaker or id, and note
            how many. Everything else is always refused.

    Raises:
        CorpusError: lists all of: missing columns; rows (unless `skip_broken`) with an empty or
            repeated id, an empty speaker, an unknown gender, a label that is not a number on the
            scale, a file that is missing, unreadable or empty, features of another width than
            most; unknown splits; speakers in two splits; splits without women or men, for training
            and validation also of low or high activation, whose recall would be undefined; a
            threshold off the scale.
    """
    threshold = default_threshold(scale) if threshold is None else threshold
    clean = checks.standardised(table)
    rows = checks.row_problems(table, clean, scale)
    broken = {row for messages in rows.values() for row in messages.index}
    if skip_broken:
        clean = clean.drop(index=list(broken))
    of_table = checks.table_problems(table, clean, scale, threshold)
    of_rows = [] if skip_broken else [messages.tolist() for messages in rows.values()]
    if any(of_table) or any(of_rows):
        hint = "" if any(of_table) else "(rows like these can be skipped: --skip-broken)"
        raise CorpusError(checks.report(place, [*of_rows, *of_table], hint))
    if broken:
        counts = ", ".join(f"{len(rows[kind]):,} {kind}" for kind in rows if len(rows[kind]))
        notes = (*notes, f"{len(broken):,} of {len(table):,} left out: {counts}")
    return Corpus(name, clean.reset_index(drop=True), scale, threshold, tuple(notes))


def existing(folder: Path | None, expected: str) -> Path:
    """The folder (or file), which must be given and exist.

    Raises:
        CorpusError: it is not given or does not exist; says what is expected there.
    """
    if folder is None or not folder.exists():
        found = "none was given" if folder is None else f"{folder} does not exist"
        raise CorpusError(f"the corpus needs {expected}: {found}")
    return folder.absolute()


def fingerprint(corpus: Corpus) -> str:
    """16 hexadecimal digits that change with the table, the labels or any file's content.

    Covers ids, speakers, genders, splits, labels, scale, threshold, and the name and content of
    each file. The order of the rows and the folder of the files do not count.
    """
    return digits([corpus.scale, corpus.threshold, *file_facts(corpus.utterances, COLUMNS)])


def file_facts(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """For each utterance, in the order of ids: these columns, and its file's name and content."""
    table = table.sort_values("id")
    paths = table["features" if "features" in table else "path"]
    with ThreadPoolExecutor() as pool:
        contents = list(pool.map(_digest, paths))
    rows = zip(*(table[column] for column in columns), strict=True)
    names = (Path(path).name for path in paths)
    return list(zip(rows, names, contents, strict=True))


def digits(facts: object) -> str:
    """16 hexadecimal digits that change with the facts."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
