"""Precomputed features in .npy files: read whole, or named with the rule that they break."""

import io
import math
import os
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fairser_core.files.segment import AudioError, open_regular

FloatArray = NDArray[np.float32]

MOST_BYTES = 2**28
"""Largest array that is read: 43 minutes of 512 float32 every 10 ms are half of it."""

RULE = "features must be floats (frame, coefficient), at least one"


def read_array(path: str, content: bytes | None = None) -> FloatArray:
    """Read features (frame, coefficient).

    Args:
        path: path of a .npy file, or any name where the content is given.
        content: content of the file; None to read it.

    Raises:
        AudioError: there is no such regular file; it is not an array of floats with two axes, is
            cut, has more behind it, is larger than `MOST_BYTES`, or has values that are not finite
            as float32; names the first of them.
    """
    if content is not None:
        if not content:
            raise AudioError(f"{path}: is empty")
        return _finite(path, _read(path, io.BytesIO(content), len(content)))
    with open_regular(path) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
        return _finite(path, _read(path, file, os.fstat(descriptor).st_size))


def _read(path: str, file: BinaryIO, size: int) -> NDArray[np.floating]:
    """Return the array as it is stored, of any type of floats."""
    shape, fortran, dtype = _header(path, file)
    if dtype.hasobject:
        raise AudioError(f"{path}: holds Python objects, which may hold code and are not read")
    if len(shape) != 2 or 0 in shape or not np.issubdtype(dtype, np.floating):
        hint = " (save a vector as `vector[None]`)" if len(shape) == 1 else ""
        raise AudioError(f"{path}: {RULE}, got {dtype} of shape {shape}{hint}")
    promised, left = math.prod(shape) * dtype.itemsize, size - file.tell()
    if promised > MOST_BYTES:
        raise AudioError(f"{path}: must be of at most {MOST_BYTES:,} bytes, is of {promised:,}")
    if promised > left:
        raise AudioError(
            f"{path}: is cut: its header promises {promised:,} bytes of {shape}, it has {left:,}"
        )
    if promised < left:
        raise AudioError(
            f"{path}: must end with its array {shape}, has {left - promised:,} bytes behind it: "
            "save each array to a file"
        )
    values = np.frombuffer(file.read(promised), dtype)
    return values.reshape(shape, order="F" if fortran else "C")


def _header(path: str, file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return shape, whether columns are contiguous, and type of the values."""
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except Exception as error:  # of NumPy on damaged headers, which it evaluates as Python literals
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AudioError(f"{path}: is not an array in .npy ({reason})") from error
    if min(shape, default=0) < 0:
        raise AudioError(f"{path}: is not an array in .npy (its shape is {shape})")
    return shape, fortran, dtype


def _finite(path: str, array: NDArray[np.floating]) -> FloatArray:
    """Return the array as float32; refuse values that are not finite there."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(values).all():
        frame, coefficient = np.argwhere(~np.isfinite(values))[0]
        raise AudioError(
            f"{path}: features must be finite, got {array[frame, coefficient]:g} in frame {frame}, "
            f"coefficient {coefficient} (counted from 0)"
        )
    return values
