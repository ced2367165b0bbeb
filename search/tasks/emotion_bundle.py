"""Specification of a bundle of detectors, and its metrics on their validation sessions."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.times import segments
from fairser_core.courses.emotion_answers import (
    DEVIATIONS,
    SCORES,
    Columns,
    answer_metrics,
    answer_predictions,
    columns,
)
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import studied_utterances
from fairser_core.features.vectors import Pooling
from fairser_core.files.segment import AudioError
from fairser_core.metrics.chance import gaps_by_chance
from fairser_core.metrics.emotion_table import EMOTION, over_emotions
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.metrics.speakers import Speakers
from fairser_core.predictor import Recording
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.emotion_specification import EmotionSpecification
from search.tasks.measurement import Measurement
from search.tasks.task import Progress


def emotion_specification(data: Emotion, pooling: Pooling) -> EmotionSpecification:
    """Return the specification of the task for the predictor."""
    mean, deviation = (
        (None, None)
        if data.statistics is None
        else (tuple(tuple(row.tolist()) for row in values) for values in data.statistics)
    )
    return EmotionSpecification(
        problem=data.problem,
        emotions=data.emotions,
        sessions=data.sessions,
        pooling=pooling,
        normalisation=data.normalisation,
        mean=mean,
        deviation=deviation,
    )


def emotion_measurement(
    predictor: EmotionPredictor, corpus: RatedCorpus, data: Emotion, progress: Progress | None
) -> Measurement:
    """Return how the predictions of detectors, each in its validation session, are measured.

    Neighbours stay those among all utterances. See `Task.measurement`.
    """
    answers = _validation_columns(predictor, _vectors(predictor, corpus, progress), data)
    utterances = np.arange(len(data.session))

    def of_resamples(draws: Draws | None) -> dict[str, Values]:
        each = {
            name: answer_metrics(answers[index], data, index, utterances, draws)
            for index, name in enumerate(data.emotions)
        }
        return over_emotions(each)

    speaker, chance = np.array(data.speaker), {}
    gaps = [metric for metric in EMOTION if metric.gap]
    for index, name in enumerate(data.emotions):
        predictions = answer_predictions(answers[index], data, index, utterances)
        levels = gaps_by_chance(gaps, [predictions], speaker, "aligned")
        chance[name] = {key: np.asarray(level) for key, level in levels.items()}
    by_chance = {name: float(value) for name, value in over_emotions(chance).items()}
    return Measurement(of_resamples, by_chance, Speakers.of(speaker))


def _vectors(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    progress: Progress | None,
) -> NDArray[np.floating]:
    """Return features of the studied utterances, read from their files."""
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)

    def recordings() -> Iterator[Recording]:
        rows = zip(segments(table), table["speaker"], table["session"], strict=True)
        for number, (segment, speaker, session) in enumerate(rows):
            if progress:
                progress(number, len(table))
            yield Recording.of(segment, speaker, session)

    vectors = []
    for vector in predictor.vectors(recordings()):
        if isinstance(vector, AudioError):
            raise vector
        vectors.append(vector)
    return np.stack(vectors)


def _validation_columns(
    predictor: EmotionPredictor, vectors: NDArray[np.floating], data: Emotion
) -> Columns:
    """Return columns of each utterance's validation detectors (emotion, utterance, column).

    These detectors leave out the session before the utterance's; see `emotion_answers.columns`.
    """
    answers = np.empty((*data.label.shape, len(SCORES) + len(DEVIATIONS)))
    folds = data.folds()
    for detector, (fold, emotion) in enumerate(data.detectors):
        rows = folds[fold].validation
        with torch.inference_mode():
            answer = predictor.answer(detector, torch.from_numpy(vectors[rows]))
        scores = np.stack([getattr(answer, name).double().numpy() for name in SCORES], axis=-1)
        answers[emotion, rows] = columns(scores, answer.latent.numpy(), data.aligned[rows])
    return answers
