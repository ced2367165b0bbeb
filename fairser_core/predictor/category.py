"""Predictor of classes of emotion, of each recording alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fairser_core.datasets.category import CategoryProblem
from fairser_core.datasets.vectors import pooled
from fairser_core.features.normalisation import normalise
from fairser_core.features.vectors import Pooling, moments, pool
from fairser_core.files.segment import AudioError
from fairser_core.lanes.lanes import take
from fairser_core.methods.category_method import CategoryMethod, predict_classes
from fairser_core.methods.checks import require
from fairser_core.methods.method import Method, Networks
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, Outcome
from fairser_core.predictor.predictor import Exported, Predictor
from fairser_core.predictor.pretrained import PretrainedModel
from fairser_core.predictor.recording import Recording, features, recording_vectors
from fairser_core.predictor.specification import Shapes, Specification, predictor_shapes


@dataclass(frozen=True, kw_only=True)
class CategorySpecification(Specification):
    """Class of an utterance, from a vector pooled over its frames.

    Attributes:
        problem: facts that the method depends on.
        pooling: pooling of frames into the vector of an utterance.
        mean: mean of each feature over the training utterances.
        deviation: standard deviation of the same.
        layers: layers of the speech model's vectors; 0 for other features.
    """

    name: ClassVar[str] = "category"

    problem: CategoryProblem
    pooling: Pooling
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    layers: int = 0

    def __post_init__(self) -> None:
        problem = self.problem
        for name in ("classes", "groups"):
            values = getattr(problem, name)
            good = len(set(values)) == len(values) >= 2
            require(good, name, "two different names or more", values)
        taken = {"path", "emotion"} & set(problem.classes)  # columns of the output
        require(not taken, "classes", "other names than path and emotion", problem.classes)
        for name, count in (("mean", problem.features), ("deviation", problem.features)):
            rule = f"of {count} features"
            require(len(getattr(self, name)) == count, name, rule, len(getattr(self, name)))
        require(min(self.deviation) > 0, "deviation", "> 0", min(self.deviation))
        even = self.pooling == "mean" or problem.features % 2 == 0
        require(even, "features", "even, for means and deviations", problem.features)
        rule = f"of {len(problem.classes)} classes"
        require(len(problem.shares) == len(problem.classes), "shares", rule, problem.shares)
        require(self.layers >= 0, "layers", ">= 0", self.layers)

    @property
    def coefficients(self) -> int:
        """Number of features of a frame."""
        return self.problem.features // (1 if self.pooling == "mean" else 2)

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Return the shape of each parameter by its name in the file."""
        assert isinstance(method, CategoryMethod)
        if self.layers:
            require(method.layer < self.layers, "layer", "a layer", method.layer)
        return predictor_shapes(method, self.problem)

    def networks_of_seed(self, networks: Networks) -> Networks:
        """Return the network of the seed's only lane."""
        first: Networks = take(networks, 0)
        return first


class CategoryPredictor(Predictor):
    """Predictor of a bundle of the category task: the most probable class, all probabilities."""

    specification = CategorySpecification
    text_columns = ("emotion",)

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        assert isinstance(bundle.method, CategoryMethod)
        assert isinstance(bundle.task, CategorySpecification)
        super().__init__(bundle)
        self.columns = ("emotion", *bundle.task.problem.classes)
        self.perspectives = (GENDER_FREE,)
        self.method, self.task = bundle.method, bundle.task

    def outcomes(self, recordings: Iterable[Recording], perspective: str) -> Iterator[Outcome]:
        """Predict class and probabilities of each recording."""
        for recording in recordings:
            try:
                probability = self.answers(self.vector(recording)[None])[0]
            except AudioError as error:
                yield error
                continue
            classes = self.task.problem.classes
            likeliest = classes[int(probability.argmax())]
            yield {"emotion": likeliest, **dict(zip(classes, probability.tolist(), strict=True))}

    def vector(self, recording: Recording) -> NDArray[np.float32]:
        """Return the normalised vector of a recording (feature,).

        Raises:
            AudioError: the file cannot be used.
        """
        statistics = np.array(self.task.mean), np.array(self.task.deviation)
        return normalise(self._raw(recording), statistics).astype(np.float32)

    def _raw(self, recording: Recording) -> NDArray[np.floating]:
        """Return the vector of a recording (feature,), not normalised."""
        coefficients = self.task.coefficients
        if self.task.layers:
            vectors = recording_vectors(recording, self.model, self.task.layers, coefficients)
            return pooled(vectors, self.method.layer, self.task.pooling)
        assert not isinstance(self.bundle.features, PretrainedModel)  # `read_bundle`
        frames = features(recording, self.bundle.features, coefficients)
        return pool(moments(frames), self.task.pooling)

    def answers(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Predict the probability of each class (utterance, class) of normalised vectors."""
        with torch.inference_mode():
            return self.probabilities(torch.from_numpy(vectors)).double().numpy()

    def probabilities(self, vectors: Tensor) -> Tensor:
        """Predict as `answers`, from and to tensors."""
        parameters = self.bundle.networks["predictor"]
        return predict_classes(self.method, parameters, vectors, self.task.problem)

    def exported(self) -> Exported:
        """Return the network of normalised vectors (utterance, feature)."""
        names = ("vectors", "probabilities")
        return Exported(_Classes(self), (self.task.problem.features,), names)


class _Classes(nn.Module):
    """Probability of each class (utterance, class)."""

    def __init__(self, predictor: CategoryPredictor) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(self, vectors: Tensor) -> Tensor:
        return self.predictor.probabilities(vectors)
