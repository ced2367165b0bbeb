"""A model of activation on its way into a bundle, and what it does on validation utterances."""

import contextlib
from collections.abc import Callable

import numpy as np

from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.metrics.activation import activation_metrics
from fairser_core.predictor import Recording
from fairser_core.predictor.activation import ActivationPredictor, TooShort
from fairser_core.predictor.specification import ActivationTask
from fairser_core.tasks.activation_answers import utterance_means
from search.handover.bootstrap import Interval, Rows, intervals

Measured = tuple[dict[str, float], dict[str, Interval | None]]


def activation_task_of(corpus: Corpus, data: Activation, windows: WindowSettings) -> ActivationTask:
    """What the predictor must know."""
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
) -> Measured:
    """Metrics of a bundle on the validation utterances' own files, and their intervals.

    Args:
        predictor: of the bundle.
        corpus: that it learned from.
        data: the arrays made of it.
        progress: called with utterances done and utterances in all.

    Raises:
        AudioError: a file cannot be used any more.
    """
    table = corpus.utterances[corpus.utterances["split"] == "validation"]
    paths = table["features" if "features" in table else "path"].tolist()
    windows = []
    for number, path in enumerate(paths, start=1):
        with contextlib.suppress(TooShort):  # left out of the task's arrays too
            windows.append(predictor.windows(Recording(path)))
        if progress:
            progress(number, len(paths))
    predictions, owner = np.concatenate(windows), data.evaluated.owner
    if data.level == "utterance":
        predictions, owner = utterance_means(predictions[None], owner)[0], np.unique(owner)
    truth = data.evaluated.target[owner].astype(np.float64)
    female = data.evaluated.female[owner] > 0

    def measure(rows: Rows) -> dict[str, float]:
        threshold = data.problem.threshold
        return activation_metrics(truth[rows], predictions[rows], female[rows], threshold)

    return measure(np.arange(len(owner))), intervals(measure, owner)
