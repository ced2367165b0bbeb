"""Detectors of emotions on their way into a bundle, and what they do in validation sessions."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.emotion import Emotion, studied_utterances
from fairser_core.features.audio import AudioError
from fairser_core.features.vectors import Pooling
from fairser_core.predictor import Recording
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.specification import EmotionTask
from fairser_core.tasks.emotion_answers import DEVIATIONS, SCORES, Columns, answer_metrics, columns
from search.handover.bootstrap import Interval, Rows, intervals

RESAMPLES = 200  # each judges all emotions


def emotion_task_of(data: Emotion, pooling: Pooling) -> EmotionTask:
    """What the predictor must know."""
    return EmotionTask(
        problem=data.problem, emotions=data.emotions, sessions=data.sessions, pooling=pooling
    )


def measure_emotion(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    data: Emotion,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, float], dict[str, Interval | None]]:
    """Metrics of a bundle's detectors, each in its own validation session, and their intervals.

    Neighbours, of which consistency tells, stay those that they are among all utterances.

    Args:
        predictor: of the bundle.
        corpus: that it learned from.
        data: the arrays made of it.
        progress: called with utterances done and utterances in all.

    Raises:
        AudioError: a file cannot be used any more.
    """
    kept = _validation_columns(predictor, _vectors(predictor, corpus, progress), data)

    def measure(rows: Rows) -> dict[str, float]:
        each = {
            name: answer_metrics(kept[place, rows], data, place, rows)
            for place, name in enumerate(data.emotions)
        }
        names = next(iter(each.values()))
        means = {n: float(np.mean([values[n] for values in each.values()])) for n in names}
        return means | {f"{n}_{e}": values[n] for n in names for e, values in each.items()}

    every = np.arange(len(data.session))
    return measure(every), intervals(measure, every, resamples=RESAMPLES)


def _vectors(
    predictor: EmotionPredictor,
    corpus: RatedCorpus,
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.floating]:
    """Normalised features of the corpus' studied utterances, from their files."""
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    table = studied_utterances(corpus.utterances, perceived)
    places = table["features" if "features" in table else "path"]

    def recordings() -> Iterator[Recording]:
        for number, (place, speaker) in enumerate(zip(places, table["speaker"], strict=True)):
            if progress:
                progress(number, len(table))
            yield Recording(place, speaker)

    found = []
    for vector in predictor.vectors(recordings()):
        if isinstance(vector, AudioError):
            raise vector
        found.append(vector)
    return np.stack(found)


def _validation_columns(
    predictor: EmotionPredictor, vectors: NDArray[np.floating], data: Emotion
) -> Columns:
    """Return the columns of the detectors validated on each utterance (emotion, utterance, column).

    These detectors leave out the session before the utterance's; see `emotion_answers.columns`.
    """
    found = np.empty((*data.label.shape, len(SCORES) + len(DEVIATIONS)))
    folds = data.folds()
    for detector, (fold, emotion) in enumerate(data.detectors):
        rows = folds[fold].validation
        with torch.inference_mode():
            said = predictor.answer(detector, torch.from_numpy(vectors[rows]))
        scores = np.stack([getattr(said, name).double().numpy() for name in SCORES], axis=-1)
        found[emotion, rows] = columns(scores, said.latent.numpy(), data.aligned[rows])
    return found
