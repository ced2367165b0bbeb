"""A bundle at work: what the predictors of all tasks share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from torch import nn

from fairser_core.features.speech_model import SpeechModel
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, Outcome, check_perspective
from fairser_core.predictor.recording import Recording
from fairser_core.predictor.specification import Specification


class Exported(NamedTuple):
    """A bundle's networks as one module, for programs without torch.

    Attributes:
        module: the module.
        shape: of a row of its input.
        names: of its input and of its outputs.
    """

    module: nn.Module
    shape: tuple[int, ...]
    names: tuple[str, ...]


class Predictor(ABC):
    """Predictor of a bundle.

    Attributes:
        specification: class of what its bundles hold of the task.
        text_columns: predicted values that are text; all others are numbers.
        bundle: bundle that predicts.
        model: pretrained speech model that the bundle needs; None where it needs none.
        columns: names of the predicted values.
        perspectives: perspectives that the model can take.
    """

    specification: ClassVar[type[Specification]]
    text_columns: Sequence[str] = ()

    columns: Sequence[str]
    perspectives: Sequence[str]

    def __init__(self, bundle: Bundle) -> None:
        """Keep the bundle."""
        self.bundle = bundle
        self.model: SpeechModel | None = None

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

    @abstractmethod
    def exported(self) -> Exported:
        """Return the networks as one module."""
