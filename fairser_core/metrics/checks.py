"""Checks of the arrays that metrics are taken of."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Booleans = npt.NDArray[np.bool_]


def check_equal_length(**arrays: npt.NDArray[Any]) -> None:
    """Raise a ValueError unless all arrays are one-dimensional and of the same length."""
    for name, array in arrays.items():
        if array.ndim != 1:
            raise ValueError(f"`{name}` must be one-dimensional, got shape {array.shape}")
    if len({len(array) for array in arrays.values()}) > 1:
        lengths = ", ".join(f"`{name}` has {len(array)}" for name, array in arrays.items())
        raise ValueError(f"the arrays differ in length: {lengths} values")


def check_finite(**arrays: Floats) -> None:
    """Raise a ValueError that names the first value that is not finite, if there is one."""
    for name, array in arrays.items():
        bad = np.flatnonzero(~np.isfinite(array))
        if len(bad):
            raise ValueError(
                f"`{name}` must be finite, got {array[bad[0]]} at index {bad[0]}"
                f" ({len(bad)} of {len(array)} values are not)"
            )


def check_boolean(**arrays: npt.NDArray[Any]) -> None:
    """Raise a ValueError unless all arrays are boolean."""
    for name, array in arrays.items():
        if array.dtype != np.bool_:
            raise ValueError(f"`{name}` must be boolean, got dtype {array.dtype}")
