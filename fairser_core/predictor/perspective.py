"""Whose ears a model predicts with."""

from collections.abc import Sequence

from fairser_core.features.audio import AudioError

GENDER_FREE = "gender-free"
PERSPECTIVES = (GENDER_FREE, "male", "female")

Outcome = dict[str, str | float] | AudioError
"""What is predicted of a recording by names of columns, or why nothing is."""


class PerspectiveError(ValueError):
    """A model does not take this perspective."""


def check_perspective(perspective: str, able: Sequence[str], method: str) -> None:
    """Raise a PerspectiveError unless a model takes a perspective.

    Args:
        perspective: asked for.
        able: those of the model.
        method: that trained it.
    """
    if perspective not in able:
        why = "" if len(able) > 1 else f", the one perspective of the method {method}"
        raise PerspectiveError(
            f"`perspective` must be {' or '.join(able)}{why}, got {perspective!r}"
        )
