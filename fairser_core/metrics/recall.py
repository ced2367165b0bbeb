"""Recall of a level."""

from fairser_core.metrics.checks import Booleans, check_boolean, check_equal_length
from fairser_core.metrics.resampling import Draws, Values, mean, within


def recall(
    truth: Booleans, prediction: Booleans, level: bool, draws: Draws | None = None
) -> Values:
    """Return the share of the rows truly at a level that are predicted to be at it.

    Args:
        truth: true level (False low, True high), shape (row,).
        prediction: predicted level, shape (row,).
        level: level whose recall is taken.
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        In [0, 1], 1 is best. NaN if no row is truly at this level.

    Raises:
        ValueError: the arrays differ in length, are not one-dimensional or are not boolean.
    """
    check_equal_length(truth=truth, prediction=prediction)
    check_boolean(truth=truth, prediction=prediction)
    at_level = truth == level
    return mean(prediction[at_level] == level, within(draws, at_level))
