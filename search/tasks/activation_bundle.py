"""Specification of a bundle of activation, and its metrics on the validation utterances."""

import contextlib
import dataclasses

import numpy as np

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.times import segments
from fairser_core.courses.activation_answers import utterance_means
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.chance import gap_by_chance
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.metrics.speakers import Speakers
from fairser_core.predictor import Recording
from fairser_core.predictor.activation import ActivationPredictor, ActivationSpecification, TooShort
from search.tasks.measurement import Measurement
from search.tasks.task import Progress


def activation_specification(
    corpus: Corpus, data: Activation, windows: WindowSettings
) -> ActivationSpecification:
    """Return the specification of the task for the predictor."""
    mean, deviation = data.statistics
    return ActivationSpecification(
        problem=data.problem,
        windows=windows,
        mean=tuple(mean.tolist()),
        deviation=tuple(deviation.tolist()),
        scale=corpus.scale,
    )


def activation_measurement(
    predictor: ActivationPredictor, corpus: Corpus, data: Activation, progress: Progress | None
) -> Measurement:
    """Return how predictions of the validation utterances' files are measured.

    See `Task.measurement`.
    """
    table = corpus.utterances[corpus.utterances["split"] == "validation"]
    windows = []
    for number, segment in enumerate(segments(table), start=1):
        with contextlib.suppress(TooShort):  # not in the task's arrays either
            windows.append(predictor.windows(Recording.of(segment)))
        if progress:
            progress(number, len(table))
    predictions, owner = np.concatenate(windows), data.evaluated.owner
    if data.level == "utterance":
        predictions, owner = utterance_means(predictions[None], owner)[0], np.unique(owner)
    whole = ActivationPredictions(
        truth=data.evaluated.target[owner].astype(np.float64),
        prediction=predictions,
        group=data.evaluated.group[owner],
        threshold=data.problem.threshold,
        groups=data.problem.groups,
        judged=data.judged,
    )

    def of_resamples(draws: Draws | None) -> dict[str, Values]:
        return measure(ACTIVATION, dataclasses.replace(whole, draws=draws))

    speaker = np.array(data.evaluated.speaker)[owner]
    chance = {m.name: gap_by_chance(m, [whole], speaker, "group") for m in ACTIVATION if m.gap}
    return Measurement(of_resamples, chance, Speakers.of(speaker, whole.group))
