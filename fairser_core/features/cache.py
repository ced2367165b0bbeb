"""Features of many audio files, computed once and kept on disk."""

import hashlib
import inspect
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import torch
import torchaudio

from fairser_core.cache_folder import cache_folder
from fairser_core.features import blocks
from fairser_core.features.blocks import Extractor, extract_blocks
from fairser_core.features.pack import pack_path, read_pack, write_pack
from fairser_core.files import audio, mpeg, resampling
from fairser_core.files.audio import open_audio
from fairser_core.files.ledger import digests, stamp
from fairser_core.files.resampling import FloatArray
from fairser_core.files.segment import AudioError, Segment
from fairser_core.temporary import replace_file

DIGEST_SIZE = 32  # bytes
FAILURES_SHOWN = 20

logger = logging.getLogger(__name__)


def features(
    sources: Sequence[str | Segment],
    extractor: Extractor,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    folder: Path | None = None,
) -> list[FloatArray]:
    """Return features of audio, from the cache where it has them.

    The key of an entry covers the content of the file, the segment's span, the extractor's facts,
    the versions of the libraries and the code that computes the features, so an entry is never out
    of date. Any number of threads and processes may share a folder. A damaged entry is computed
    again. Features of many files are kept in one more file, see `pack`; those are read-only.

    Args:
        sources: audio files, by path, and segments of such files.
        extractor: extraction of the features.
        workers: number of threads; by default one a core.
        progress: called in this thread with (sources done, sources) after each.
        folder: folder of the entries; by default `features` in the user's cache folder.

    Returns:
        Features of each source, in order.

    Raises:
        AudioError: files cannot be used; names the first 20 with the reasons. All files were tried,
            and features of the good ones are in the cache.
    """
    folder = cache_folder() / "features" if folder is None else folder
    segments = [each if isinstance(each, Segment) else Segment(str(each)) for each in sources]
    contents = _contents(segments)
    recipe = hashlib.blake2b(_recipe(extractor), digest_size=DIGEST_SIZE)
    keys = [_key(recipe, contents[segment.path][1], segment) for segment in segments]
    pack = pack_path(folder, keys)
    packed = read_pack(pack)
    if packed is not None:
        if progress is not None:
            progress(len(segments), len(segments))
        return packed
    outcome = partial(_outcome, extractor=extractor, recipe=recipe, folder=folder)
    with _workers(workers) as pool:
        futures = [pool.submit(outcome, each, contents[each.path]) for each in segments]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()  # an error that is not one file's, such as a full disk, ends the rest
            if progress is not None:
                progress(done, len(segments))
    outcomes = [future.result() for future in futures]
    failures = [str(outcome) for outcome in outcomes if isinstance(outcome, AudioError)]
    if failures:
        lines = failures[:FAILURES_SHOWN]
        if len(failures) > FAILURES_SHOWN:
            lines.append(f"... and {len(failures) - FAILURES_SHOWN} more")
        raise AudioError(
            "\n  ".join([f"{len(failures)} of {len(segments)} audio files cannot be used:", *lines])
        )
    arrays = [outcome for outcome in outcomes if not isinstance(outcome, AudioError)]
    write_pack(pack, arrays)
    return arrays


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
    modules = (audio, mpeg, resampling, blocks, sys.modules[type(extractor).__module__])
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


def _contents(segments: Sequence[Segment]) -> dict[str, tuple[str, str | AudioError]]:
    """Return each file's stamp, and after it the digest of its content or its error, by path."""
    stamps = {segment.path: stamp(segment.path) for segment in segments}
    return {path: (stamps[path], digest) for path, digest in digests(stamps).items()}


def _key(recipe: hashlib.blake2b, digest: str | AudioError, segment: Segment) -> str:
    """Return the key of a segment's features: the digest of recipe, content and span."""
    key = recipe.copy()
    key.update(f"{digest} {segment.span}".encode())
    return key.hexdigest()


def _outcome(
    segment: Segment,
    content: tuple[str, str | AudioError],
    extractor: Extractor,
    recipe: hashlib.blake2b,
    folder: Path,
) -> FloatArray | AudioError:
    """Return the features of a segment, or the error that prevents them."""
    before, digest = content
    if isinstance(digest, AudioError):
        return digest
    key = _key(recipe, digest, segment)
    entry = folder / key[:2] / key
    array = _read(entry)
    if array is not None:
        return array
    try:
        with open_audio(segment) as opened:
            array = extract_blocks(extractor, opened)
    except AudioError as error:
        return error
    if stamp(segment.path) != before:
        return AudioError(f"{segment.path}: was changed while it was read")
    _write(entry, array)
    return array


def _digest(entry: Path, payload: memoryview) -> bytes:
    # The name is part of it: an entry copied over another counts as damaged, too.
    digest = hashlib.blake2b(entry.name.encode(), digest_size=DIGEST_SIZE)
    digest.update(payload)  # hours of audio are not copied
    return digest.digest()


def _read(entry: Path) -> FloatArray | None:
    """Return the array of an entry; None if there is no entry, or a damaged one."""
    try:
        content = memoryview(entry.read_bytes())
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
    payload = buffer.getbuffer()
    entry.parent.mkdir(parents=True, exist_ok=True)
    replace_file(entry, _digest(entry, payload), payload)
