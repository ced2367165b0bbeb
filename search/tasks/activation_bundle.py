"""Specification of a bundle of activation, and its metrics on the validation utterances."""

import contextlib
import dataclasses

import numpy as np
from numpy.typing import NDArray

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.times import segments
from fairser_core.courses.activation_answers import utterance_means
from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.vectors import stored_vectors, vector_statistics
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION, each_target
from fairser_core.metrics.chance import gaps_by_chance
from fairser_core.metrics.metric import measure
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.metrics.speakers import Speakers
from fairser_core.predictor import Recording
from fairser_core.predictor.activation import ActivationPredictor, ActivationSpecification, TooShort
from search.tasks.measurement import Measurement
from search.tasks.task import Progress

CHECKED = 8  # utterances whose vectors are extracted again before a bundle is written
CLOSE = 0.05  # of the labels' deviation: a GPU extracts in half precision


def activation_specification(
    corpus: Corpus, data: Activation, windows: WindowSettings, method: ActivationMethod
) -> ActivationSpecification:
    """Return the specification of the task for the predictor."""
    mean, deviation = data.statistics
    if data.vectors:
        stored = stored_vectors(data.vectors, method.layer, method.pooling)
        mean, deviation = vector_statistics(stored, data.train.start)
    return ActivationSpecification(
        problem=data.problem,
        windows=windows,
        mean=tuple(mean.ravel().tolist()),
        deviation=tuple(deviation.ravel().tolist()),
        scale=corpus.scale,
        targets=data.targets,
    )


def activation_measurement(
    predictor: ActivationPredictor, corpus: Corpus, data: Activation, progress: Progress | None
) -> Measurement:
    """Return how predictions of the validation utterances' files are measured.

    See `Task.measurement`.
    """
    if data.vectors:
        predictions = _of_vectors(predictor, corpus, data, progress)
    else:
        predictions = _of_files(predictor, corpus, progress)
    owner = data.evaluated.owner
    if data.level == "utterance":
        predictions, owner = utterance_means(predictions[None], owner)[0], np.unique(owner)
    group = data.evaluated.group[owner]
    truths = data.evaluated.target[owner].reshape(len(owner), -1).T
    columns = predictions.reshape(len(owner), -1).T
    wholes = {
        name: ActivationPredictions(
            truth,
            column,
            group,
            problem.threshold,
            groups=data.problem.groups,
            judged=data.judged,
            speaker=data.evaluated.speaker_number[owner],
        )
        for name, truth, column, problem in zip(
            data.targets, truths, columns, data.problem.targets, strict=True
        )
    }

    def of_resamples(draws: Draws | None) -> dict[str, Values]:
        each = {
            name: measure(ACTIVATION, dataclasses.replace(whole, draws=draws))
            for name, whole in wholes.items()
        }
        return each_target(ACTIVATION, each)

    speaker = np.array(data.evaluated.speaker)[owner]
    gaps = [metric for metric in ACTIVATION if metric.gap]
    by_chance = {}
    for name, whole in wholes.items():
        levels = gaps_by_chance(gaps, [whole], speaker, "group")
        by_chance[name] = {key: np.asarray(level) for key, level in levels.items()}
    chance = {name: float(value) for name, value in each_target(gaps, by_chance).items()}
    return Measurement(of_resamples, chance, Speakers.of(speaker, group))


def _of_files(
    predictor: ActivationPredictor, corpus: Corpus, progress: Progress | None
) -> NDArray[np.float64]:
    """Predict each window (window, ...) of the validation utterances, from their files."""
    table = corpus.utterances[corpus.utterances["split"] == "validation"]
    windows = []
    for number, segment in enumerate(segments(table), start=1):
        with contextlib.suppress(TooShort):  # not in the task's arrays either
            windows.append(predictor.windows(Recording.of(segment)))
        if progress:
            progress(number, len(table))
    return np.concatenate(windows)


def _of_vectors(
    predictor: ActivationPredictor, corpus: Corpus, data: Activation, progress: Progress | None
) -> NDArray[np.float64]:
    """Predict the validation utterances (utterance, ...) from their stored vectors.

    Extraction takes as long as the audio lasts on a core, so that only the first utterances are
    predicted from their files, too.

    Raises:
        ValueError: a prediction from the file differs from that of the stored vectors.
    """
    assert data.vectors
    method, rows = predictor.method, data.evaluated.start
    stored = stored_vectors(data.vectors, method.layer, method.pooling)[rows]
    predictions = predictor.of_vectors(stored)
    table = corpus.utterances[corpus.utterances["split"] == "validation"]
    for number, segment in enumerate(segments(table)[:CHECKED], start=1):
        anew = predictor.windows(Recording.of(segment))[0]
        if not np.allclose(anew, predictions[number - 1], atol=CLOSE * data.problem.deviation):
            raise ValueError(
                f"{segment.name}: must be predicted as its stored vectors are, "
                f"{predictions[number - 1]}, is {anew}"
            )
        if progress:
            progress(number, min(CHECKED, len(table)))
    return predictions
