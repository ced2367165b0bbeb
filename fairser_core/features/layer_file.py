"""File of the vectors of many utterances, layer by layer, read through memory mapping.

A sweep that searches the layer reads the slice of one layer and no more. Rows are written in any
order and synced before they count as written, so an interrupted extraction goes on where it was.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairser_core.cache_folder import cache_folder
from fairser_core.documents import read_json

VALUES, KEYS, WRITTEN, WHOLE, LOCK = "values", "keys", "written", "whole.json", "lock"
KEY_SIZE = 32  # bytes
SYNCED = 64  # rows written between syncs: an interruption loses no more
CHUNK = 4096  # rows copied at once from another file

Array = NDArray[np.floating]
Shape = tuple[int, int, int]
"""Layers, statistics and width of the vectors of an utterance."""


class LayerFileError(ValueError):
    """A file of vectors is damaged, in use, or gone; the message names it."""


def key(recipe: object, content: str) -> bytes:
    """Return the key of an utterance's vectors: a digest of the recipe and of its audio."""
    text = json.dumps([recipe, content], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=KEY_SIZE).digest()


@dataclass(frozen=True)
class LayerFile:
    """Whole file of vectors.

    Attributes:
        folder: folder of the file.
        shape: layers, statistics and width of an utterance's vectors.
        rows: number of utterances.
        dtype: type of the stored values.
        digests: digest of each slice, by layer and statistic.
    """

    folder: Path
    shape: Shape
    rows: int
    dtype: str
    digests: tuple[tuple[str, ...], ...]

    @cached_property
    def values(self) -> Array:
        """All values (layer, statistic, row, feature), of which no more is read than is used."""
        return _values(self.folder, self.shape, self.rows, self.dtype, "c")  # torch wants to write

    def slice(self, layer: int, statistic: int) -> Array:
        """Map the vectors of a layer (row, feature), and check that they are as they were written.

        Raises:
            LayerFileError: the slice is damaged, or the file is not on this machine.
        """
        try:
            values: Array = self.values[layer, statistic]
        except (OSError, ValueError) as error:
            raise LayerFileError(
                f"{self.folder / VALUES}: cannot be read ({error}); on a cluster FAIRSER_CACHE "
                "must be a folder that all machines share"
            ) from error
        if _digest(values) != self.digests[layer][statistic]:
            raise LayerFileError(
                f"{self.folder}: layer {layer} is damaged; remove this folder, and its vectors are "
                "extracted again"
            )
        return values

    def __getstate__(self) -> dict[str, Any]:
        """Leave the mapping out: a copy in another process maps the file itself."""
        return {name: value for name, value in vars(self).items() if name != "values"}


class Writer:
    """File of vectors that is being written; several commands take turns.

    Attributes:
        folder: folder of the file.
        shape: layers, statistics and width of an utterance's vectors.
        missing: rows that are not written yet.
    """

    def __init__(self, folder: Path, keys: Sequence[bytes], shape: Shape, dtype: str) -> None:
        """Open or make the file.

        Args:
            folder: folder of the file.
            keys: key of each row.
            shape: layers, statistics and width of an utterance's vectors.
            dtype: type of the values.
        """
        self.folder, self.shape, self._dtype = folder, shape, dtype
        self._rows = len(keys)
        if not (folder / WRITTEN).exists():
            _allocate(folder / VALUES, size(len(keys), shape, dtype))
            (folder / KEYS).write_bytes(b"".join(keys))
            _allocate(folder / WRITTEN, len(keys))
        self._values = _values(folder, shape, len(keys), dtype, "r+")
        self._written = np.memmap(folder / WRITTEN, np.uint8, "r+", shape=(len(keys),))
        self._fresh: list[int] = []

    @property
    def missing(self) -> NDArray[np.intp]:
        """Rows that are not written yet."""
        return np.flatnonzero(self._written == 0)

    def put(self, rows: Sequence[int], values: Array) -> None:
        """Write the vectors of rows (row, layer, statistic, feature)."""
        self._values[:, :, rows] = np.moveaxis(values, 0, 2)
        self._fresh.extend(rows)
        if len(self._fresh) >= SYNCED:
            self.sync()

    def sync(self) -> None:
        """Sync the values, then count their rows as written."""
        if self._fresh:
            self._values.flush()  # type: ignore[attr-defined]
            self._written[self._fresh] = 1
            self._written.flush()
            self._fresh.clear()

    def copy_from(self, other: LayerFile, keys: Sequence[bytes]) -> None:
        """Copy the rows that another file has."""
        content = (other.folder / KEYS).read_bytes()
        there = {content[n : n + KEY_SIZE]: n // KEY_SIZE for n in range(0, len(content), KEY_SIZE)}
        pairs = [(row, there[keys[row]]) for row in self.missing.tolist() if keys[row] in there]
        for first in range(0, len(pairs), CHUNK):
            here, source = zip(*pairs[first : first + CHUNK], strict=True)
            self.put(here, np.moveaxis(other.values[:, :, list(source)], 2, 0))
        self.sync()

    def finish(self) -> LayerFile:
        """Return the whole file, with digests of its slices."""
        self.sync()
        digests = [[_digest(each) for each in layer] for layer in self._values]
        facts = {"shape": self.shape, "rows": self._rows, "dtype": self._dtype, "digests": digests}
        beside = self.folder / f".{WHOLE}"
        beside.write_text(json.dumps(facts))
        os.replace(beside, self.folder / WHOLE)
        whole = read(self.folder)
        assert whole
        return whole


def read(folder: Path) -> LayerFile | None:
    """Return the whole file in a folder; None if there is none, or it is not whole yet."""
    try:
        facts = read_json((folder / WHOLE).read_bytes())
        return LayerFile(
            folder,
            tuple(facts["shape"]),
            facts["rows"],
            facts["dtype"],
            tuple(map(tuple, facts["digests"])),
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LayerFileError(f"{folder / WHOLE}: is damaged; remove the folder") from error


def folder_of(recipe: object, keys: Iterable[bytes]) -> Path:
    """Return the folder of a file in the cache, beside those of other corpora."""
    first = hashlib.blake2b(json.dumps(recipe, sort_keys=True).encode(), digest_size=16)
    second = hashlib.blake2b(b"".join(keys), digest_size=16)
    return cache_folder() / "layers" / first.hexdigest() / second.hexdigest()


def siblings(folder: Path) -> Iterator[LayerFile]:
    """Yield the whole files of other corpora made by the same recipe."""
    for other in sorted(folder.parent.iterdir()):
        if other != folder and (whole := read(other)):
            yield whole


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keep others from writing the file meanwhile.

    Raises:
        LayerFileError: another command writes it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LayerFileError(
                f"{folder}: another command extracts these vectors right now; wait for it"
            ) from error
        yield


def size(rows: int, shape: Shape, dtype: str) -> int:
    """Return the bytes that the vectors of utterances take on disk."""
    return rows * int(np.prod(shape)) * np.dtype(dtype).itemsize


def _allocate(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _values(folder: Path, shape: Shape, rows: int, dtype: str, mode: Any) -> Array:
    layers, statistics, width = shape
    return np.memmap(folder / VALUES, dtype, mode, shape=(layers, statistics, rows, width))


def _digest(values: Array) -> str:
    return hashlib.blake2b(values.data, digest_size=16).hexdigest()
