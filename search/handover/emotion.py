"""Metrics of a bundle of detectors in their validation sessions."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.emotion import Emotion, studied_utterances
from fairser_core.features.audio import AudioError
from fairser_core.features.vectors import Pooling
from fairser_core.metrics.chance import gap_by_chance
from fairser_core.metrics.emotion_table import EMOTION, over_emotions
from fairser_core.metrics.intervals import Speakers
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.predictor import Recording
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.specification import EmotionTask
from fairser_core.tasks.emotion_answers import (
    DEVIATIONS,
    SCORES,
    Columns,
    answer_metrics,
    answer_predictions,
    columns,
)
from search.handover.certainty import Measures, certain


def emotion_task_of(data: Emotion, pooling: Pooling) -> EmotionTask:
    """Return what the predictor must know of the task."""
    return EmotionTask(
        problem=data.problem, emotions=data.emotions, sessions=data.sessions, pooling=pooling
    )


def measure_emotion(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    data: Emotion,
    progress: Callable[[int, int], None] | None = None,
) -> Measures:
    """Return metrics of a bundle's detectors, each in its validation session, and their intervals.

    Neighbours stay those among all utterances.

    Args:
        predictor: of the bundle.
        corpus: that it learned from.
        data: the arrays made of it.
        progress: called with utterances done and utterances in all.

    Raises:
        AudioError: a file cannot be used any more.
    """
    kept = _validation_columns(predictor, _vectors(predictor, corpus, progress), data)
    every = np.arange(len(data.session))

    def measure(draws: Draws | None) -> dict[str, Values]:
        each = {
            name: answer_metrics(kept[place], data, place, every, draws)
            for place, name in enumerate(data.emotions)
        }
        return over_emotions(each)

    speaker = np.array(data.speaker)
    chance = {}
    for place, name in enumerate(data.emotions):
        of = answer_predictions(kept[place], data, place, every)
        gaps = [metric for metric in EMOTION if metric.gap]
        chance[name] = {m.name: np.asarray(gap_by_chance(m, [of], speaker)) for m in gaps}
    by_chance = {name: float(value) for name, value in over_emotions(chance).items()}
    return certain(measure, by_chance, Speakers.of(speaker))


def _vectors(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.floating]:
    """Return normalised features of the corpus' studied utterances, from their files."""
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)
    places = table["features" if "features" in table else "path"]

    def recordings() -> Iterator[Recording]:
        for number, (place, speaker) in enumerate(zip(places, table["speaker"], strict=True)):
            if progress:
                progress(number, len(table))
            yield Recording(place, speaker)

    vectors = []
    for vector in predictor.vectors(recordings()):
        if isinstance(vector, AudioError):
            raise vector
        vectors.append(vector)
    return np.stack(vectors)


def _validation_columns(
    predictor: EmotionPredictor, vectors: NDArray[np.floating], data: Emotion
) -> Columns:
    """Return the columns of the detectors validated on each utterance (emotion, utterance, column).

    These detectors leave out the session before the utterance's; see `emotion_answers.columns`.
    """
    kept = np.empty((*data.label.shape, len(SCORES) + len(DEVIATIONS)))
    folds = data.folds()
    for detector, (fold, emotion) in enumerate(data.detectors):
        rows = folds[fold].validation
        with torch.inference_mode():
            answer = predictor.answer(detector, torch.from_numpy(vectors[rows]))
        scores = np.stack([getattr(answer, name).double().numpy() for name in SCORES], axis=-1)
        kept[emotion, rows] = columns(scores, answer.latent.numpy(), data.aligned[rows])
    return kept
