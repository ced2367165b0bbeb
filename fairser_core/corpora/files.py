"""Files of a corpus' utterances, examined by content."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.times import segments
from fairser_core.files.ledger import digests, facts_of
from fairser_core.files.segment import AudioError, Segment
from fairser_core.files.usable import ArrayFacts, AudioFacts
from fairser_core.names import named

SILENT = "are silent (their samples, or the mean of their channels, vary by no more than dither)"


def existing_path(path: Path | None, needed: str) -> Path:
    """Return the absolute path of a folder or file.

    Args:
        path: folder or file.
        needed: files that the corpus needs, as the error names them.

    Raises:
        CorpusError: the path is None, or leads to nothing.
    """
    if path is None:
        raise missing(needed, "none was given")
    if not path.exists():
        raise missing(needed, f"{path} does not exist")
    return path.absolute()


def missing(needed: str, fact: str) -> CorpusError:
    """Return the error of a corpus that lacks files.

    Args:
        needed: files that the corpus needs.
        fact: fact that stands in their way.
    """
    return CorpusError(f"the corpus needs {needed}: {fact}")


@dataclass(frozen=True)
class Contents:
    """Contents of the files of utterances, indexed by the rows of their table.

    Attributes:
        segments: files, or parts of files.
        facts: `AudioFacts` or `ArrayFacts` of each.
        digests: digest of each file; missing (NaN) where it cannot be read.
    """

    segments: pd.Series
    facts: pd.Series

    @property
    def problems(self) -> pd.Series:
        """Messages for files that are not usable, see `fairser_core.files.usable`.

        Precomputed features must also have the number of coefficients of most files.
        """
        widths = [f.coefficients for f in self.facts if isinstance(f, ArrayFacts) and not f.problem]
        usual = statistics.mode(widths) if widths else None
        messages = [
            f"{segment.path}: features must have {usual} coefficients as in most files, has "
            f"{facts.coefficients}"
            if isinstance(facts, ArrayFacts) and facts.coefficients != usual and not facts.problem
            else facts.problem
            for segment, facts in zip(self.segments, self.facts, strict=True)
        ]
        problems = pd.Series(messages, self.facts.index, dtype=object)
        return problems[problems != ""]

    def digests(self) -> pd.Series:
        """Return the digest of each row's file; missing (NaN) where it cannot be read."""
        contents = digests(segment.path for segment in self.segments)
        return self.segments.map(
            lambda segment: (
                None if isinstance(contents[segment.path], AudioError) else contents[segment.path]
            )
        )

    def recordings(self, rows: pd.Index) -> pd.Series:
        """Return a name of the recording in each row's file; missing (NaN) where it has none.

        Files of the same samples in several formats are the same recording. That is looked into
        where parts of files of the same length are used; whole files are compared by their facts.
        """
        contents, segments, facts = self.digests()[rows], self.segments[rows], self.facts[rows]
        lengths = facts.map(
            lambda f: f"{f.rate} {f.file_frames}" if isinstance(f, AudioFacts) else None
        )
        parts = {row for row, segment in segments.items() if not segment.whole}
        alike: list[Any] = []
        for same in _alike(lengths):
            if not parts.isdisjoint(same) and contents[same].nunique() > 1:
                alike.extend(same)
        whole = facts_of([Segment(segments[row].path) for row in alike], AudioFacts)
        for row, f in zip(alike, whole, strict=True):
            if f.samples and not f.silent:
                contents[row] = f.samples
        return contents

    def audio_notes(self, ids: pd.Series) -> list[str]:
        """Return notes on the utterances that are silent, and on those whose files may be cut.

        Args:
            ids: names of the utterances that are used.
        """
        rows: dict[str, list[str]] = {}
        for row in ids.index:
            facts = self.facts[row]
            if isinstance(facts, AudioFacts) and facts.silent:
                rows.setdefault(SILENT, []).append(ids[row])
            if isinstance(facts, AudioFacts) and facts.doubt:
                rows.setdefault(f"may be cut (the file {facts.doubt})", []).append(ids[row])
        return [
            f"{len(names):,} of {len(ids):,} utterances {fact}: {named(names)}"
            for fact, names in rows.items()
        ]


def examine(table: pd.DataFrame) -> Contents | None:
    """Examine the files of a table's `path` or `features`; None if there are no such columns.

    Args:
        table: standard table of utterances.
    """
    kind = "path" if "path" in table else "features" if "features" in table else None
    if kind is None:
        return None
    of_rows = segments(table)
    listed = of_rows.tolist()
    facts: Sequence[AudioFacts | ArrayFacts] = (
        facts_of(listed, AudioFacts) if kind == "path" else facts_of(listed, ArrayFacts)
    )
    return Contents(of_rows, pd.Series(facts, table.index, dtype=object))


def content_notes(
    table: pd.DataFrame, contents: Contents | None, column: str
) -> tuple[list[str], list[str]]:
    """Return errors and notes on the contents of the files of the utterances that are used.

    Args:
        table: standard table of these utterances.
        contents: contents of their files.
        column: column whose values must not share audio: `split` or `session`.
    """
    if contents is None or "id" not in table or column not in table:
        return [], []
    errors, notes = same_audio(table, contents, column)
    return errors, [*notes, *contents.audio_notes(table["id"])]


def same_audio(table: pd.DataFrame, contents: Contents, column: str) -> tuple[list[str], list[str]]:
    """Return errors and notes on audio that several utterances share.

    Args:
        table: standard table of the utterances that are used, with `id`.
        contents: contents of their files.
        column: column whose values must not share audio: the splits, or the sessions.

    Returns:
        A message for each pair of utterances of different splits whose audio is the same or
        overlaps; and a note on those that share audio within a split.
    """
    errors, shared = [], []
    recordings = contents.recordings(table.index)
    for first, second in [
        *_overlaps(contents, recordings),
        *_copies(table, contents, recordings),
    ]:
        pair = f"{table['id'][first]!r} and {table['id'][second]!r}"
        part, other = table[column][first], table[column][second]
        if pd.notna(part) and pd.notna(other) and part != other:
            errors.append(f"{pair} are of the same audio, in {column} {part} and {column} {other}")
        else:
            shared.append(pair)
    notes = [
        f"{len(shared):,} utterances share audio with another of their {column}: {named(shared)}"
    ]
    return errors, notes if shared else []


def _overlaps(contents: Contents, recordings: pd.Series) -> Iterator[tuple[Any, Any]]:
    """Yield pairs of rows of the same recording, of which their parts overlap."""
    for rows in _alike(recordings):
        # By beginning, each overlaps with one before it if it does with the one that ends last.
        ordered = sorted(rows, key=lambda row: contents.segments[row].start)
        latest = ordered[0]
        for row in ordered[1:]:
            first, second = contents.segments[latest], contents.segments[row]
            if _overlap(first, second):
                yield latest, row
            if _end(second) > _end(first):
                latest = row


def _copies(
    table: pd.DataFrame, contents: Contents, recordings: pd.Series
) -> Iterator[tuple[Any, Any]]:
    """Yield pairs of rows of the same samples in different recordings, unless silent."""
    samples = contents.facts[table.index].map(
        lambda facts: (
            facts.samples or None if isinstance(facts, AudioFacts) and not facts.silent else None
        )
    )
    for first, *others in _alike(samples):
        yield from ((first, row) for row in others if recordings[row] != recordings[first])


def _alike(values: pd.Series) -> list[list[Any]]:
    """Return the rows of each value that several rows have; missing values are like no other."""
    rows: dict[Any, list[Any]] = {}
    for row, value in values.dropna().items():
        rows.setdefault(value, []).append(row)
    return [alike for alike in rows.values() if len(alike) > 1]


def _end(segment: Segment) -> float:
    return float("inf") if segment.end is None else segment.end


def _overlap(first: Segment, second: Segment) -> bool:
    return second.start < _end(first)
