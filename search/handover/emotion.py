"""Metrics of a bundle of detectors on their validation sessions."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.emotion import Emotion, studied_utterances
from fairser_core.features.audio import AudioError
from fairser_core.features.vectors import Pooling
from fairser_core.metrics.emotion_table import over_emotions
from fairser_core.metrics.resampling import Draws, Values
from fairser_core.predictor import Recording
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.specification import EmotionTask
from fairser_core.tasks.emotion_answers import DEVIATIONS, SCORES, Columns, answer_metrics, columns
from search.handover.bootstrap import Interval, intervals

RESAMPLES = 200  # few, because each measures all emotions


def emotion_task_of(data: Emotion, pooling: Pooling) -> EmotionTask:
    """Return the specification of the task for the predictor."""
    return EmotionTask(
        problem=data.problem, emotions=data.emotions, sessions=data.sessions, pooling=pooling
    )


def measure_emotion(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    data: Emotion,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, float], dict[str, Interval | None]]:
    """Return metrics, with intervals, of a bundle's detectors, each on its validation session.

    Resamples keep the neighbours that utterances have among all utterances.

    Args:
        predictor: predictor of the bundle.
        corpus: corpus that the detectors learned from.
        data: arrays of the corpus.
        progress: function called with the numbers of utterances done and in all.

    Raises:
        AudioError: a file can no longer be used.
    """
    answers = _validation_columns(predictor, _vectors(predictor, corpus, progress), data)
    utterances = np.arange(len(data.session))

    def measure(draws: Draws | None) -> dict[str, Values]:
        return over_emotions(
            {
                emotion: answer_metrics(answers[index], data, index, utterances, draws)
                for index, emotion in enumerate(data.emotions)
            }
        )

    values = {name: float(value) for name, value in measure(None).items()}
    return values, intervals(measure, utterances, resamples=RESAMPLES)


def _vectors(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.floating]:
    """Return normalised features of the studied utterances, read from their files."""
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)
    paths = table["features" if "features" in table else "path"]

    def recordings() -> Iterator[Recording]:
        for number, (path, speaker) in enumerate(zip(paths, table["speaker"], strict=True)):
            if progress:
                progress(number, len(table))
            yield Recording(path, speaker)

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
