"""Files of a corpus, checked by their headers."""

import os
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from fairser_core.corpora.problems import CorpusError


def existing_path(path: Path | None, needed: str) -> Path:
    """Return the absolute path of a folder or file.

    Args:
        path: folder or file.
        needed: files that the corpus needs, as the error names them.

    Raises:
        CorpusError: the path is None, or leads to nothing.
    """
    if path is None:
        raise missing(needed, "none was given")
    if not path.exists():
        raise missing(needed, f"{path} does not exist")
    return path.absolute()


def missing(needed: str, fact: str) -> CorpusError:
    """Return the error of a corpus that lacks files.

    Args:
        needed: files that the corpus needs.
        fact: fact that stands in their way.
    """
    return CorpusError(f"the corpus needs {needed}: {fact}")


def audio_problems(paths: pd.Series) -> pd.Series:
    """Return messages for audio files that are missing, not audio, or without a sample."""
    with ThreadPoolExecutor() as pool:
        return _messages(paths, list(pool.map(_audio_problem, paths)))


def feature_problems(paths: pd.Series) -> pd.Series:
    """Return messages for .npy files that are not float arrays (frame, coefficient) of one width.

    The right width is that of most files.
    """
    with ThreadPoolExecutor() as pool:
        widths = dict(zip(paths, pool.map(_width, paths), strict=True))
    numbers = [width for width in widths.values() if isinstance(width, int)]
    usual = statistics.mode(numbers) if numbers else None
    return _messages(paths, [_width_problem(path, widths[path], usual) for path in paths])


def _messages(paths: pd.Series, problems: list[str]) -> pd.Series:
    messages = pd.Series(problems, index=paths.index, dtype=object)
    return messages[messages != ""]


def _width_problem(path: str, width: int | str, usual: int | None) -> str:
    """Return the problem of a feature file; empty if its width is the usual one."""
    if isinstance(width, str):
        return width
    differs = f"features must have {usual} coefficients as in most files: {path} ({width})"
    return "" if width == usual else differs


def _audio_problem(path: str) -> str:
    """Return the problem of an audio file; empty if there is none."""
    if not os.path.isfile(path):
        return f"no such file: {path}"
    try:
        return "" if soundfile.info(path).frames else f"audio has no samples: {path}"
    except soundfile.LibsndfileError as error:
        return f"audio cannot be read: {path} ({error.error_string})"


def _width(path: str) -> int | str:
    """Return the number of coefficients of a feature file, or the problem of the file."""
    if not os.path.isfile(path):
        return f"no such file: {path}"
    try:
        # Mapped, not read: only the header matters here. Pickled objects are refused.
        array = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        return f"features cannot be read: {path} ({error})"
    if array.ndim != 2 or not array.size or not np.issubdtype(array.dtype, np.floating):
        return (
            "features must be floats (frame, coefficient), at least one: "
            f"{path} ({array.dtype} of shape {array.shape})"
        )
    return int(array.shape[1])
