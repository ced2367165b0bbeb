"""Features of many audio files in one file that is mapped into memory.

A corpus of 33,000 utterances is read as one file, whose pages the system takes back when memory is
short, and the processes of a machine share.
"""

import hashlib
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from fairser_core.files.resampling import FloatArray
from fairser_core.temporary import replace_file

FEWEST = 500  # sources that are packed
DIGEST_SIZE = 32  # bytes

logger = logging.getLogger(__name__)


def pack_path(folder: Path, keys: Sequence[str]) -> Path:
    """Return the file of features, by the keys of their entries in order."""
    digest = hashlib.blake2b("\n".join(keys).encode(), digest_size=DIGEST_SIZE)
    return folder / "packs" / digest.hexdigest()


def write_pack(path: Path, arrays: Sequence[FloatArray]) -> None:
    """Write features (frame, coefficient) to a file, if they agree in their coefficients.

    A digest comes first, then the number of frames of each array, then all frames.
    """
    if len(arrays) < FEWEST or {a.ndim for a in arrays} != {2}:
        return
    if len({(a.shape[1], a.dtype) for a in arrays}) > 1:
        return
    lengths = np.array([len(each) for each in arrays], dtype=np.int64)
    head = io.BytesIO()
    npy.write_array(head, lengths, allow_pickle=False)
    shape = (int(lengths.sum()), arrays[0].shape[1])
    npy.write_array_header_2_0(
        head, {"descr": arrays[0].dtype.str, "fortran_order": False, "shape": shape}
    )
    flat = (np.ascontiguousarray(each).reshape(-1).view(np.uint8).data for each in arrays)
    parts = [head.getbuffer(), *flat]
    digest = _digest(path, *parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, digest, *parts)


def read_pack(path: Path) -> list[FloatArray] | None:
    """Return the features of a file, mapped and read-only; None if there is none, or a damaged one.

    All of the file is compared with its digest.
    """
    try:
        content = np.memmap(path, np.uint8, "r")
    except (FileNotFoundError, ValueError):  # no file, or an empty one
        return None
    if content[:DIGEST_SIZE].tobytes() != _digest(path, content[DIGEST_SIZE:].data):
        logger.warning("pack %s is damaged and made again", path)
        return None
    with path.open("rb") as file:
        file.seek(DIGEST_SIZE)
        lengths = npy.read_array(file, allow_pickle=False)
        npy.read_magic(file)
        shape, _, dtype = npy.read_array_header_2_0(file)
        frames = np.asarray(content)[file.tell() :].view(dtype).reshape(shape)
    ends = np.cumsum(lengths)
    return [frames[end - length : end] for length, end in zip(lengths, ends, strict=True)]


def _digest(path: Path, *parts: memoryview) -> bytes:
    # The name is part of it: a pack copied over another counts as damaged, too.
    digest = hashlib.sha256(path.name.encode())  # which processors compute by themselves
    for part in parts:
        digest.update(part)
    return digest.digest()
