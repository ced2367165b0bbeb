"""Ledger of files: digests and facts of content, kept so that no file is decoded twice.

A file of the same path, size, times and inode has the same content. Facts are kept by the digest of
the content and the code that established them.
"""

import hashlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from fairser_core.cache_folder import cache_folder
from fairser_core.documents import read_json
from fairser_core.files.segment import AudioError, Segment, note_opened, open_regular
from fairser_core.files.usable import FactsT, definition, from_json, to_json

FILE = "files.sqlite"
BATCH = 200  # rows written or read at once: an interruption loses no more
FRESH = 2.0
"""Seconds: a file that changed so lately may change again without another time."""

TABLES = """
CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, stamp TEXT, digest TEXT);
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, facts TEXT);
"""

logger = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Stamp = str
"""Size, times and inode of a file."""


Progress = Callable[[int, int], None]
"""Called with the numbers of files done and of all files."""
_PROGRESS: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def showing(progress: Progress) -> Iterator[None]:
    """Report to `progress` how many files were read or decoded inside the context."""
    token = _PROGRESS.set(progress)
    try:
        yield
    finally:
        _PROGRESS.reset(token)


def stamp(path: str) -> Stamp:
    """Return the stamp of a file; empty if there is none."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"


def digests(paths: Iterable[str]) -> dict[str, str | AudioError]:
    """Return the digest of each file's content, BLAKE2b in hexadecimal digits, or its error."""
    stamps = {path: stamp(path) for path in dict.fromkeys(paths)}
    note_opened(stamps)
    with closing(_open()) as ledger:
        rows = _select(ledger, "path, stamp, digest FROM files", [*map(os.fsencode, stamps)])
        known = {os.fsdecode(path): digest for path, at, digest in rows if _is(stamps, path, at)}
        fresh = time.time() - FRESH
        results: dict[str, str | AudioError] = dict(known)
        missing = [path for path in stamps if path not in known]
        for part in _computed(missing, _digest):
            results |= part
            kept = [
                (os.fsencode(path), stamps[path], digest)
                for path, digest in part.items()
                if isinstance(digest, str) and _changed(stamps[path]) < fresh
            ]
            _insert(ledger, "files VALUES (?, ?, ?)", kept)
    return {path: results[path] for path in stamps}


def facts_of(segments: Sequence[Segment], kind: type[FactsT]) -> list[FactsT]:
    """Return the facts of each file or part of one; content that was examined is not decoded again.

    Args:
        segments: files and parts of files.
        kind: kind of the facts.
    """
    contents = digests(segment.path for segment in segments)
    recipe = hashlib.blake2b(json.dumps(definition(kind)).encode(), digest_size=16).hexdigest()
    keys: dict[Segment, str] = {}
    results: dict[Segment, FactsT] = {}
    for segment in dict.fromkeys(segments):
        digest = contents[segment.path]
        if isinstance(digest, AudioError):
            results[segment] = kind(problem=str(digest))
        else:
            keys[segment] = f"{recipe} {segment.span} {digest}"
    with closing(_open()) as ledger:
        rows = _select(ledger, "key, facts FROM facts", [*keys.values()])
        known: dict[str, str] = dict(rows)
        missing = []
        for segment, key in keys.items():
            if key in known:
                results[segment] = from_json(kind, read_json(known[key]), segment.path)
            else:
                missing.append(segment)
        for part in _computed(missing, kind.of):
            results |= part
            kept = [(keys[s], json.dumps(to_json(facts, s.path))) for s, facts in part.items()]
            _insert(ledger, "facts VALUES (?, ?)", kept)
    return [results[segment] for segment in segments]


def _is(stamps: dict[str, Stamp], path: bytes, at: Stamp) -> bool:
    return bool(at) and stamps[os.fsdecode(path)] == at


def _changed(at: Stamp) -> float:
    """Return the later of the times of a stamp, in seconds."""
    return max(map(int, at.split()[1:3])) / 1e9 if at else time.time()


def _digest(path: str) -> str | AudioError:
    try:
        with open_regular(path) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()
    except AudioError as error:
        return error
    except OSError as error:
        return AudioError(f"{path}: cannot be read ({error.strerror})")


def _computed(items: Sequence[K], work: Callable[[K], V]) -> Iterator[dict[K, V]]:
    """Yield results by item, a batch after the other, computed by one thread a core."""
    progress = _PROGRESS.get()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, len(items), BATCH):
            batch = items[first : first + BATCH]
            results: dict[K, V] = {}
            for item, result in zip(batch, pool.map(work, batch), strict=True):
                results[item] = result
                if progress:
                    progress(first + len(results), len(items))
            yield results


def _open() -> sqlite3.Connection:
    """Open the ledger; where it cannot be used, an empty one that is forgotten."""
    path = cache_folder() / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _with_tables(path)
    except (OSError, sqlite3.Error) as error:
        _warn(path, error)
        return _with_tables(Path(":memory:"))


def _with_tables(path: Path) -> sqlite3.Connection:
    ledger = sqlite3.connect(path, timeout=60)
    try:
        ledger.executescript(TABLES)
    except sqlite3.Error:
        ledger.close()
        raise
    return ledger


def _select(ledger: sqlite3.Connection, what: str, keys: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows whose first column is among the keys."""
    column = what.split(",")[0]
    rows: list[tuple[Any, ...]] = []
    try:
        for first in range(0, len(keys), BATCH):
            batch = keys[first : first + BATCH]
            marks = ",".join("?" * len(batch))
            rows += ledger.execute(f"SELECT {what} WHERE {column} IN ({marks})", batch).fetchall()
    except sqlite3.Error as error:
        _warn(cache_folder() / FILE, error)
        return []
    return rows


def _insert(ledger: sqlite3.Connection, what: str, rows: Sequence[tuple[Any, ...]]) -> None:
    try:
        with ledger:
            ledger.executemany(f"INSERT OR REPLACE INTO {what}", rows)
    except sqlite3.Error as error:
        _warn(cache_folder() / FILE, error)


def _warn(path: Path, error: Exception) -> None:
    logger.warning("%s cannot be used, files are examined without it: %s", path, error)
