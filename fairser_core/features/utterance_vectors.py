"""Vectors of a corpus' utterances: of a pretrained speech model, or brought by the corpus."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.cache_folder import cache_folder
from fairser_core.features import speech_model
from fairser_core.features.blocks import extract_blocks
from fairser_core.features.layer_file import (
    LayerFile,
    Writer,
    folder_of,
    key,
    read,
    siblings,
    size,
    writing,
)
from fairser_core.features.speech_model import SpeechModel, require_transformers
from fairser_core.files.arrays import read_array
from fairser_core.files.audio import open_audio
from fairser_core.files.ledger import digests, stamp
from fairser_core.files.resampling import FloatArray
from fairser_core.files.segment import AudioError, Segment

FAILURES_SHOWN = 20
HALF, SINGLE = "float16", "float32"

Progress = Callable[[int, int], None]
"""Called with the numbers of utterances done and of all utterances."""


@dataclass(frozen=True)
class UtteranceVectors:
    """Vectors of utterances, layer by layer, on disk.

    Attributes:
        file: file of the vectors.
        row: row of each utterance in the file, by name.
    """

    file: LayerFile
    row: dict[str, int]

    def rows(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the row of each utterance in the file."""
        return np.array([self.row[name] for name in ids], dtype=np.int64)

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.file.shape[0]

    @property
    def statistics(self) -> int:
        """Statistics of each layer: 1 for the mean alone, 2 with the standard deviation."""
        return self.file.shape[1]

    @property
    def width(self) -> int:
        """Values of a layer."""
        return self.file.shape[2]


@dataclass(frozen=True)
class Plan:
    """Extraction that is to be done.

    Attributes:
        rows: utterances in all.
        bytes: size of the file on disk.
        free: free bytes of the disk.
        device: device that the model runs on.
        processes: processes that run it.
    """

    rows: int
    bytes: int
    free: int
    device: str
    processes: int


def of_model(
    ids: Sequence[str],
    segments: Sequence[Segment],
    model: SpeechModel,
    progress: Progress | None = None,
    processes: int | None = None,
) -> UtteranceVectors:
    """Return the vectors of audio by a speech model; those in the cache are not extracted again.

    The key of a row covers the content of the audio's file, the span, the model's content and the
    precision, so that a row is never out of date. Values are stored in half precision, whose step
    is 0.05 % of a value.

    Args:
        ids: names of the utterances.
        segments: audio of each utterance.
        model: speech model.
        progress: called after each utterance.
        processes: processes that run the model; by default one a core, one on a GPU.

    Raises:
        AudioError: files cannot be used; names the first 20. Vectors of all others are kept.
        SpeechModelError: the model cannot be loaded.
        LayerFileError: another command extracts the same vectors.
    """
    keys = _contents(segments)
    here = speech_model.precision(speech_model.device())
    for precision in sorted({here, torch.float32, torch.bfloat16}, key=lambda p: p != here):
        recipe = {**model.facts(), "precision": str(precision)}
        file = read(folder_of(recipe, _rows(recipe, keys)))
        if file:
            return _named(file, ids, _rows(recipe, keys), recipe, keys)
    require_transformers()
    recipe = {**model.facts(), "precision": str(here)}
    rows = _rows(recipe, keys)
    of_row = {key(recipe, text): segment for text, segment in zip(keys, segments, strict=True)}

    def produce(missing: Sequence[int]) -> Iterator[tuple[int, FloatArray | AudioError]]:
        return _extracted(model, [(n, of_row[rows[n]]) for n in missing], processes)

    file = _built(recipe, rows, model.shape, HALF, produce, progress)
    return _named(file, ids, rows, recipe, keys)


def plan(segments: Sequence[Segment], model: SpeechModel) -> Plan:
    """Return what the extraction of audio would take."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    on = speech_model.device()
    return Plan(
        rows=len(segments),
        bytes=size(len(segments), model.shape, HALF),
        free=shutil.disk_usage(folder).free,
        device=on.type,
        processes=_processes(None),
    )


def of_arrays(
    ids: Sequence[str], paths: Sequence[str], progress: Progress | None = None
) -> UtteranceVectors:
    """Return the vectors that a corpus brings, one .npy file (layer, feature) per utterance.

    Values are stored in single precision, as they are read.

    Raises:
        AudioError: files cannot be used, or differ in shape; names the first 20.
    """
    segments = [Segment(path) for path in paths]
    keys = _contents(segments)
    recipe = {"vectors": "of the corpus", "recipe": 1}
    rows = _rows(recipe, keys)
    file = read(folder_of(recipe, rows))
    if file is None:
        of_row = {key(recipe, text): path for text, path in zip(keys, paths, strict=True)}
        layers, width = read_array(paths[0]).shape
        shape = (layers, 1, width)

        def produce(missing: Sequence[int]) -> Iterator[tuple[int, FloatArray | AudioError]]:
            return ((n, _brought(of_row[rows[n]], layers, width)) for n in missing)

        file = _built(recipe, rows, shape, SINGLE, produce, progress)
    return _named(file, ids, rows, recipe, keys)


def _brought(path: str, layers: int, width: int) -> FloatArray | AudioError:
    try:
        array = read_array(path)
    except AudioError as error:
        return error
    if array.shape != (layers, width):
        return AudioError(
            f"{path}: must hold vectors (layer, feature) of shape {(layers, width)} as the first "
            f"utterance's, has {array.shape}"
        )
    return array[:, None]


def _contents(segments: Sequence[Segment]) -> list[str]:
    """Return the digest and the span of each segment.

    Raises:
        AudioError: a file cannot be read.
    """
    contents = digests(segment.path for segment in segments)
    for content in contents.values():
        if isinstance(content, AudioError):
            raise content
    return [f"{contents[segment.path]} {segment.span}" for segment in segments]


def _rows(recipe: object, keys: Iterable[str]) -> list[bytes]:
    """Return the keys of the file's rows: each content once, in an order of its own."""
    return sorted({key(recipe, text) for text in keys})


def _named(
    file: LayerFile, ids: Sequence[str], rows: Sequence[bytes], recipe: object, keys: Sequence[str]
) -> UtteranceVectors:
    number = {row: n for n, row in enumerate(rows)}
    return UtteranceVectors(
        file, {name: number[key(recipe, text)] for name, text in zip(ids, keys, strict=True)}
    )


def _built(
    recipe: object,
    rows: Sequence[bytes],
    shape: tuple[int, int, int],
    dtype: str,
    produce: Callable[[Sequence[int]], Iterator[tuple[int, FloatArray | AudioError]]],
    progress: Progress | None,
) -> LayerFile:
    """Return the file of all rows, made of what is there and of what is produced."""
    folder, failures = folder_of(recipe, rows), []
    with writing(folder):
        writer = Writer(folder, rows, shape, dtype)
        for other in siblings(folder):
            writer.copy_from(other, rows)
        missing = writer.missing.tolist()
        done = len(rows) - len(missing)
        try:
            for row, values in produce(missing):
                done += 1
                if isinstance(values, AudioError):
                    failures.append(str(values))
                else:
                    writer.put([row], values[None])
                if progress is not None:
                    progress(done, len(rows))
        finally:
            writer.sync()
        if failures:
            shown = failures[:FAILURES_SHOWN]
            more = [f"... and {len(failures) - FAILURES_SHOWN} more"]
            lines = shown + more * (len(failures) > FAILURES_SHOWN)
            count = f"{len(failures):,} of {len(rows):,} files cannot be used:"
            raise AudioError("\n  ".join([count, *lines]))
        return writer.finish()


def _processes(count: int | None) -> int:
    on_gpu = speech_model.device().type != "cpu"
    return count or (1 if on_gpu else len(os.sched_getaffinity(0)))


def _extracted(
    model: SpeechModel, tasks: Sequence[tuple[int, Segment]], processes: int | None
) -> Iterator[tuple[int, FloatArray | AudioError]]:
    """Yield the vectors of segments as they are ready, each process with one thread."""
    if not tasks:
        return
    count = min(_processes(processes), len(tasks))
    if count == 1:
        for row, segment in tasks:
            yield row, vectors_of(model, segment)
        return
    context = multiprocessing.get_context("spawn")  # a fork would inherit torch's threads
    with ProcessPoolExecutor(count, context, _start, (model.folder.path,)) as pool:
        rest = iter(tasks)
        running: dict[Future[FloatArray | AudioError], int] = {}
        try:
            while True:
                for row, segment in islice(rest, 2 * count - len(running)):
                    running[pool.submit(_work, segment)] = row
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(cancel_futures=True)


_model: SpeechModel | None = None  # of a process of the pool


def _start(path: Path) -> None:
    global _model
    torch.set_num_threads(1)
    _model = SpeechModel(path)


def _work(segment: Segment) -> FloatArray | AudioError:
    assert _model
    return vectors_of(_model, segment)


def vectors_of(model: SpeechModel, segment: Segment) -> FloatArray | AudioError:
    """Return the vectors (layer, statistic, feature) of audio, or the error that prevents them."""
    before = stamp(segment.path)
    try:
        with open_audio(segment) as opened:
            values = extract_blocks(model, opened)
    except AudioError as error:
        return error
    if stamp(segment.path) != before:
        return AudioError(f"{segment.path}: was changed while it was read")
    return as_stored(values)


def as_stored(values: FloatArray) -> FloatArray:
    """Return values as half precision holds them: those beyond its range become its greatest."""
    most = np.finfo(HALF).max
    return np.clip(values, -most, most).astype(HALF).astype(np.float32)
