"""Metrics of a bundle of activation on the validation utterances."""

import contextlib
import dataclasses
from collections.abc import Callable

import numpy as np

from fairser_core.corpora.corpus import Corpus
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.chance import gap_by_chance
from fairser_core.metrics.intervals import Speakers
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.predictor import Recording
from fairser_core.predictor.activation import ActivationPredictor, TooShort
from fairser_core.predictor.specification import ActivationTask
from fairser_core.tasks.activation_answers import utterance_means
from search.handover.certainty import Measures, certain


def activation_task_of(corpus: Corpus, data: Activation, windows: WindowSettings) -> ActivationTask:
    """Return what the predictor must know of the task."""
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
    """Return metrics of a bundle on the validation utterances' files, and their intervals.

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
    whole = ActivationPredictions(
        truth=data.evaluated.target[owner].astype(np.float64),
        prediction=predictions,
        female=data.evaluated.female[owner] > 0,
        threshold=data.problem.threshold,
    )

    def measure_draws(draws: Draws | None) -> dict[str, Values]:
        return measure(ACTIVATION, dataclasses.replace(whole, draws=draws))

    speaker = np.array(data.evaluated.speaker)[owner]
    chance = {m.name: gap_by_chance(m, [whole], speaker) for m in ACTIVATION if m.gap}
    return certain(measure_draws, chance, Speakers.of(speaker, whole.female))
