"""A bundle at work: what the predictors of all tasks share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, Outcome, check_perspective
from fairser_core.predictor.recording import Recording


class Predictor(ABC):
    """Predictor of a bundle.

    Attributes:
        bundle: bundle that predicts.
        columns: names of the predicted values.
        perspectives: perspectives that the model can take.
    """

    def __init__(self, bundle: Bundle, columns: Sequence[str], perspectives: Sequence[str]) -> None:
        """Keep the bundle, and the names of its values and perspectives."""
        self.bundle, self.columns, self.perspectives = bundle, columns, perspectives

    def predict(
        self, recordings: Iterable[Recording], perspective: str = GENDER_FREE
    ) -> Iterator[Outcome]:
        """Predict recordings in their order.

        Args:
            recordings: recordings to predict.
            perspective: perspective that the model takes.

        Returns:
            For each recording values by `columns`, or the error that prevents them.

        Raises:
            PerspectiveError: the model does not take this perspective.
        """
        check_perspective(perspective, self.perspectives, self.bundle.method_name)
        return self.outcomes(recordings, perspective)

    @abstractmethod
    def outcomes(self, recordings: Iterable[Recording], perspective: str) -> Iterator[Outcome]:
        """Predict as `predict`, from a perspective that the model takes."""
