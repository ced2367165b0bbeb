"""Metrics of a bundle of activation on validation utterances."""

import contextlib
import dataclasses
from collections.abc import Callable

import numpy as np

from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.predictor import Recording
from fairser_core.predictor.activation import ActivationPredictor, TooShort
from fairser_core.predictor.specification import ActivationTask
from fairser_core.tasks.activation_answers import utterance_means
from search.handover.bootstrap import Interval, intervals

Measures = tuple[dict[str, float], dict[str, Interval | None]]
"""Values of metrics and their intervals, by name."""


def activation_task_of(corpus: Corpus, data: Activation, windows: WindowSettings) -> ActivationTask:
    """Return the specification of the task for the predictor."""
    mean, deviation = data.statistics
    return ActivationTask(
        problem=data.problem,
        windows=windows,
        mean=tuple(mean.tolist()),
        deviation=tuple(deviation.tolist()),
        scale=corpus.scale,
    )


def measure_activation(
    predictor: ActivationPredictor,
    corpus: Corpus,
    data: Activation,
    progress: Callable[[int, int], None] | None = None,
) -> Measures:
    """Return a bundle's metrics, with intervals, on the files of the validation utterances.

    Args:
        predictor: predictor of the bundle.
        corpus: corpus that the model learned from.
        data: arrays of the corpus.
        progress: function called with the numbers of utterances done and in all.

    Raises:
        AudioError: a file can no longer be used.
    """
    table = corpus.utterances[corpus.utterances["split"] == "validation"]
    paths = table["features" if "features" in table else "path"].tolist()
    windows = []
    for number, path in enumerate(paths, start=1):
        with contextlib.suppress(TooShort):  # not in the task's arrays either
            windows.append(predictor.windows(Recording(path)))
        if progress:
            progress(number, len(paths))
    predictions, owner = np.concatenate(windows), data.evaluated.owner
    if data.level == "utterance":
        predictions, owner = utterance_means(predictions[None], owner)[0], np.unique(owner)
    evaluated = ActivationPredictions(
        truth=data.evaluated.target[owner].astype(np.float64),
        prediction=predictions,
        female=data.evaluated.female[owner] > 0,
        threshold=data.problem.threshold,
    )

    def measure_draws(draws: Draws) -> dict[str, Values]:
        return measure(ACTIVATION, dataclasses.replace(evaluated, draws=draws))

    values = {name: float(value) for name, value in measure(ACTIVATION, evaluated).items()}
    return values, intervals(measure_draws, owner)
