"""Recordings of a command line: files, folders and tables of paths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fairser_core.files.audio import open_audio
from fairser_core.files.segment import AudioError, Segment
from fairser_core.files.tree import ARRAYS, AUDIO, TABLES, UNREADABLE, Tree
from fairser_core.predictor.recording import Recording

if TYPE_CHECKING:  # files and folders need no pandas
    import pandas as pd

KNOWN = ("path", "features", "speaker", "session", "start", "end", "offset", "duration", "channel")
"""Columns of a table that are read."""


class ListingError(ValueError):
    """A folder or table holds no recordings, or cannot be read."""


@dataclass
class Listing:
    """Recordings of a command line.

    Attributes:
        recordings: recordings in order.
        notes: notes on files in folders, and columns of tables, that are not taken.
    """

    recordings: list[Recording] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def list_recordings(paths: Sequence[str], suffixes: set[str]) -> Listing:
    """List recordings in order.

    Args:
        paths: paths, each of a file; of a folder, in which all files with one of the `suffixes` are
            taken, also in folders within; or of a table (see `corpora.tables`) with a column `path`
            (relative to the table) and perhaps `speaker`, `session`, `start` and `end` in seconds.
        suffixes: suffixes of recordings, in lower case.

    Raises:
        ListingError: a folder holds no recording, or a table cannot be read or has no such column.
    """
    listing = Listing()
    for name in paths:
        path = Path(name)
        if path.is_dir():
            _add_folder(path, suffixes, listing)
        elif path.suffix.lower() in TABLES:
            listing.recordings += _of_table(path, suffixes, listing.notes)
        else:
            listing.recordings.append(Recording(str(path)))  # predicting will show if it is usable
    return listing


def _add_folder(folder: Path, suffixes: set[str], listing: Listing) -> None:
    tree = Tree(str(folder))
    taken = tree.recordings(suffixes, lambda suffix: _reason(suffix, suffixes))
    if not taken:
        notes = "".join(f"\n  {note}" for note in tree.notes())
        ends = ", ".join(sorted(suffixes))
        raise ListingError(f"{folder}: holds no file that ends in {ends}{notes}")
    listing.notes += tree.notes()
    listing.recordings += [Recording(path) for path in taken]


def _reason(suffix: str, suffixes: set[str]) -> str:
    """Return why a file is not taken."""
    if suffix in TABLES:
        return "name a table itself to have its recordings"
    if suffix in AUDIO | ARRAYS:
        return f"this model takes {'audio' if suffixes is AUDIO else '.npy'}"
    return UNREADABLE


def _of_table(path: Path, suffixes: set[str], notes: list[str]) -> Iterator[Recording]:
    """Yield the recordings of a table, and add notes on columns that are not read."""
    from fairser_core.corpora.checks import as_text  # all of which import pandas
    from fairser_core.corpora.problems import CorpusError, column_problems
    from fairser_core.corpora.tables import noting_columns, read_table, unread_notes
    from fairser_core.corpora.times import add_segments, segments, time_problems, unknown_times

    try:
        with noting_columns() as unread:
            table = read_table(path, KNOWN)
    except CorpusError as error:
        raise ListingError(str(error)) from error
    notes += unread_notes(unread)
    column = "features" if "features" in table and suffixes is ARRAYS else "path"
    if column not in table:
        raise ListingError(f"{path}: {'; '.join(column_problems(table, ['path']))}")
    if table.empty:
        raise ListingError(f"{path}: has a header and no rows")
    written = as_text(table[column])
    for row in written.index[written == ""]:
        raise ListingError(f"{path}: {table.index.name} {row}: `{column}` is empty")
    table = table.drop(columns={"path", "features"} & set(table))
    table["path"] = [str(path.parent / name) for name in written]
    _check_channels(path, table)
    of_rows = [message for each in unknown_times(table).values() for message in each.dropna()]
    for problem in [*time_problems(table), *of_rows]:
        raise ListingError(f"{path}: {problem}")
    groups = [
        as_text(table[name]) if name in table else [""] * len(table)
        for name in ("speaker", "session")
    ]
    for segment, speaker, session in zip(segments(add_segments(table)), *groups, strict=True):
        yield Recording.of(segment, speaker or None, session or None)


def _check_channels(path: Path, table: "pd.DataFrame") -> None:
    """Refuse a channel of a recording with several, of which the mean is read."""
    if "channel" not in table:
        return
    for row, file, channel in zip(table.index, table["path"], table["channel"], strict=True):
        try:
            with open_audio(Segment(file)) as audio:
                several = audio.channels > 1
        except AudioError:  # which predicting will show
            continue
        if several and str(channel).strip() not in ("", "nan", "None"):
            raise ListingError(
                f"{path}: {table.index.name} {row}: `channel` must be empty: the mean of all "
                f"channels is read; write each channel to a file, got {channel!r}"
            )
