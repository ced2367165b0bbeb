"""Perspectives: whose perception a model predicts."""

from collections.abc import Sequence

from fairser_core.files.segment import AudioError

GENDER_FREE = "gender-free"
PERSPECTIVES = (GENDER_FREE, "male", "female")

Outcome = dict[str, str | float] | AudioError
"""Predicted values of a recording by the names of columns, or the error that prevents them."""


class PerspectiveError(ValueError):
    """A model does not take this perspective."""


def check_perspective(perspective: str, choices: Sequence[str], method: str) -> None:
    """Raise a PerspectiveError unless a model takes a perspective.

    Args:
        perspective: requested perspective.
        choices: perspectives of the model.
        method: name of the method that trained the model.
    """
    if perspective not in choices:
        only = "" if len(choices) > 1 else f", the one perspective of the method {method}"
        raise PerspectiveError(
            f"`perspective` must be {' or '.join(choices)}{only}, got {perspective!r}"
        )
