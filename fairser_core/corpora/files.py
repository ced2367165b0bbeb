"""Whether the files of a corpus can be used, as far as their headers tell."""

import os
import statistics
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import soundfile


def audio_problems(paths: pd.Series) -> pd.Series:
    """Messages for those audio files that are missing, not audio, or without a sample."""
    with ThreadPoolExecutor() as pool:
        return _messages(paths, list(pool.map(_audio_problem, paths)))


def feature_problems(paths: pd.Series) -> pd.Series:
    """Messages for those .npy files that are not float arrays (frame, coefficient) of one width.

    The right width is that of most files.
    """
    with ThreadPoolExecutor() as pool:
        found = dict(zip(paths, pool.map(_width, paths), strict=True))
    widths = [width for width in found.values() if isinstance(width, int)]
    usual = statistics.mode(widths) if widths else None
    for path, width in found.items():
        if isinstance(width, int):
            differs = f"features must have {usual} coefficients as in most files: {path} ({width})"
            found[path] = "" if width == usual else differs
    return _messages(paths, [str(found[path]) for path in paths])


def _messages(paths: pd.Series, problems: list[str]) -> pd.Series:
    messages = pd.Series(problems, index=paths.index, dtype=object)
    return messages[messages != ""]


def _audio_problem(path: str) -> str:
    """What is wrong with an audio file; empty if nothing."""
    if not os.path.isfile(path):
        return f"no such file: {path}"
    try:
        return "" if soundfile.info(path).frames else f"audio has no samples: {path}"
    except soundfile.LibsndfileError as error:
        return f"audio cannot be read: {path} ({error.error_string})"


def _width(path: str) -> int | str:
    """Coefficients of a feature file, or what is wrong with it."""
    if not os.path.isfile(path):
        return f"no such file: {path}"
    try:
        # Mapped, not read: only the header matters here. Refuses pickled objects.
        array = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        return f"features cannot be read: {path} ({error})"
    if array.ndim != 2 or not array.size or not np.issubdtype(array.dtype, np.floating):
        return (
            "features must be floats (frame, coefficient), at least one: "
            f"{path} ({array.dtype} of shape {array.shape})"
        )
    return int(array.shape[1])
