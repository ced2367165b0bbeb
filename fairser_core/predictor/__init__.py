"""Predictors: a bundle predicts with torch and audio files alone, without the search.

>>> predictor = load("bundle")
>>> list(predictor.predict([Recording("speech.wav")]))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairser_core.predictor.fields import BundleError
    from fairser_core.predictor.loading import PREDICTORS, load, predictor_of
    from fairser_core.predictor.perspective import GENDER_FREE, PERSPECTIVES, PerspectiveError
    from fairser_core.predictor.predictor import Predictor
    from fairser_core.predictor.recording import Recording

_HOMES = {
    "GENDER_FREE": "perspective",
    "PERSPECTIVES": "perspective",
    "PREDICTORS": "loading",
    "BundleError": "fields",
    "PerspectiveError": "perspective",
    "Predictor": "predictor",
    "Recording": "recording",
    "load": "loading",
    "predictor_of": "loading",
}
"""Module of each name, imported when the name is asked for: torch takes seconds to import."""


def __getattr__(name: str) -> Any:
    """Return a name of the package.

    Raises:
        AttributeError: the package has no such name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "GENDER_FREE",
    "PERSPECTIVES",
    "PREDICTORS",
    "BundleError",
    "PerspectiveError",
    "Predictor",
    "Recording",
    "load",
    "predictor_of",
]
