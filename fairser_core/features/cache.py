"""Features of many audio files, computed once and kept on disk."""

import hashlib
import inspect
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile
import torch
import torchaudio

from fairser_core.cache_folder import cache_folder
from fairser_core.features import audio
from fairser_core.features.audio import AudioError, FloatArray

DIGEST_SIZE = 32  # bytes
FAILURES_SHOWN = 20

logger = logging.getLogger(__name__)


class Extractor(Protocol):
    """Extraction of features from samples; threads share it."""

    @property
    def sample_rate(self) -> int:
        """Sample rate of the audio in Hz."""

    @property
    def fewest_samples(self) -> int:
        """Shortest audio that has features, in samples; used only for audio not in the cache."""

    def facts(self) -> dict[str, Any]:
        """Return all that the features depend on besides audio and code of the class' module."""

    def extract(self, waveform: FloatArray) -> FloatArray:
        """Return finite features of samples in ±1 at `sample_rate` (sample,)."""


def features(
    paths: Sequence[str | os.PathLike[str]],
    extractor: Extractor,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    folder: Path | None = None,
) -> list[FloatArray]:
    """Return features of audio files, from the cache where it has them.

    The key of an entry covers the content of the audio file, the extractor's facts, the versions of
    the libraries and the code that computes the features, so an entry is never out of date. Any
    number of threads and processes may share a folder. A damaged entry is computed again.

    Args:
        paths: audio files.
        extractor: extraction of the features.
        workers: number of threads; by default one a core.
        progress: called in this thread with (files done, files) after each file.
        folder: folder of the entries; by default `features` in the user's cache folder.

    Returns:
        Features of each path, in the order of the paths.

    Raises:
        AudioError: files cannot be used; names the first 20 with the reasons. All files were tried,
            and features of the good ones are in the cache.
    """
    folder = cache_folder() / "features" if folder is None else folder
    outcome = partial(_outcome, extractor=extractor, recipe=_recipe(extractor), folder=folder)
    with _workers(workers) as pool:
        futures = [pool.submit(outcome, path) for path in paths]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()  # an error that is not one file's, such as a full disk, ends the rest
            if progress is not None:
                progress(done, len(paths))
    outcomes = [future.result() for future in futures]
    failures = [str(outcome) for outcome in outcomes if isinstance(outcome, AudioError)]
    if failures:
        lines = failures[:FAILURES_SHOWN]
        if len(failures) > FAILURES_SHOWN:
            lines.append(f"... and {len(failures) - FAILURES_SHOWN} more")
        raise AudioError(
            "\n  ".join([f"{len(failures)} of {len(paths)} audio files cannot be used:", *lines])
        )
    return [outcome for outcome in outcomes if not isinstance(outcome, AudioError)]


@contextmanager
def _workers(count: int | None) -> Iterator[ThreadPoolExecutor]:
    """Start threads: soundfile, hashlib and torch release the lock of the interpreter.

    Each thread uses one core: the threads of torch would compete with them.
    """
    torch_threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(
        count or os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(torch_threads)


def _recipe(extractor: Extractor) -> bytes:
    """Return all that the features depend on besides the audio."""
    modules = (audio, sys.modules[type(extractor).__module__])
    return json.dumps(
        {
            "facts": extractor.facts(),
            "torch": torch.__version__,
            "torchaudio": torchaudio.__version__,
            "libsndfile": soundfile.__libsndfile_version__,
            "code": [inspect.getsource(module) for module in modules],
        },
        sort_keys=True,
    ).encode()


def _outcome(
    path: str | os.PathLike[str], extractor: Extractor, recipe: bytes, folder: Path
) -> FloatArray | AudioError:
    """Return the features of one file, or the error that prevents them."""
    try:
        content = audio.read_audio(path)
        key = hashlib.blake2b(recipe + content, digest_size=DIGEST_SIZE)
        entry = folder / key.hexdigest()[:2] / key.hexdigest()
        array = _read(entry)
        if array is None:
            waveform = audio.decode_audio(
                content, path, extractor.sample_rate, extractor.fewest_samples
            )
            array = extractor.extract(waveform)
            _write(entry, array)
        return array
    except AudioError as error:
        return error


def _digest(entry: Path, payload: bytes) -> bytes:
    # The name is part of it: an entry copied over another counts as damaged, too.
    return hashlib.blake2b(entry.name.encode() + payload, digest_size=DIGEST_SIZE).digest()


def _read(entry: Path) -> FloatArray | None:
    """Return the array of an entry; None if there is no entry, or a damaged one."""
    try:
        content = entry.read_bytes()
    except FileNotFoundError:
        return None
    digest, payload = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
    if digest != _digest(entry, payload):
        logger.warning("cache entry %s is damaged and computed again", entry)
        return None
    array: FloatArray = np.load(io.BytesIO(payload), allow_pickle=False)
    return array


def _write(entry: Path, array: FloatArray) -> None:
    """Put the whole entry in place at once; others may read or write it at the same time."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    payload = buffer.getvalue()
    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=entry.parent, delete=False) as file:
        try:
            file.write(_digest(entry, payload) + payload)
            file.close()
            os.replace(file.name, entry)
        except BaseException:
            os.unlink(file.name)
            raise
