"""From a corpus to the arrays of its task: features, normalisation, windows, folds."""

import os
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated import RatedCorpus
from fairser_core.datasets.activation import Activation, WindowSettings, activation_task
from fairser_core.datasets.emotion import Emotion, emotion_task, studied
from fairser_core.features.audio import FloatArray
from fairser_core.features.cache import features, z_norm_statistics
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.vectors import LAYERS, VectorSettings, moments, pool
from fairser_core.features.vq_wav2vec import VqWav2vec

RUNS = 4  # of vq-wav2vec at once at most: one takes 2 GB where an utterance is half a minute long

Progress = Callable[[int, int], None]


def read_features(paths: Iterable[str]) -> list[FloatArray]:
    """Precomputed features (frame, coefficient), one .npy file per utterance.

    Raises:
        ValueError: if the files differ in their number of coefficients.
    """
    arrays = [np.load(path, allow_pickle=False).astype(np.float32) for path in paths]
    widths = sorted({array.shape[1] for array in arrays})
    if len(widths) > 1:
        raise ValueError(f"feature files must agree in their number of columns, got {widths}")
    return arrays


def _features(
    table: pd.DataFrame, settings: MfccSettings, progress: Progress | None
) -> list[FloatArray]:
    """An array (frame, coefficient) a row: the corpus' own features, or else MFCCs."""
    if "features" in table:
        return read_features(table["features"])
    return features(table["path"].tolist(), settings, progress=progress)


def prepare(
    corpus: Corpus,
    settings: MfccSettings,
    windows: WindowSettings,
    progress: Progress | None = None,
) -> Activation:
    """Arrays of the activation task of a corpus, without its test split.

    Args:
        corpus: checked.
        settings: of the MFCCs; not used where the corpus brings features of its own.
        windows: how utterances are cut.
        progress: called with utterances done and utterances in all.
    """
    table = corpus.utterances[corpus.utterances["split"] != "test"]
    return _prepare(table, corpus.threshold, settings, windows, progress)


def prepare_test(
    corpus: Corpus,
    settings: MfccSettings,
    windows: WindowSettings,
    progress: Progress | None = None,
) -> Activation:
    """Arrays of the activation task in which the test split stands in the place of validation.

    All else is as in `prepare`, and test features are normalised by those of training too. For
    models that were chosen, once; a search never asks for this.

    Args:
        corpus: checked.
        settings: see `prepare`.
        windows: see `prepare`.
        progress: see `prepare`.

    Raises:
        ValueError: the corpus has no test split.
    """
    table = corpus.utterances[corpus.utterances["split"] != "validation"]
    check_test_split(corpus)
    table = table.assign(split=table["split"].replace("test", "validation"))
    return _prepare(table, corpus.threshold, settings, windows, progress)


def check_test_split(corpus: Corpus) -> None:
    """Raise a ValueError unless the corpus has a test split."""
    if not (corpus.utterances["split"] == "test").any():
        raise ValueError(
            f"corpus {corpus.name} must have utterances of the split `test` for models to be "
            "tested on, it has none"
        )


def _prepare(
    table: pd.DataFrame,
    threshold: float,
    settings: MfccSettings,
    windows: WindowSettings,
    progress: Progress | None,
) -> Activation:
    table = table.reset_index(drop=True)
    arrays = _features(table, settings, progress)
    train = [a for a, split in zip(arrays, table["split"], strict=True) if split == "train"]
    return activation_task(table, arrays, windows, threshold, z_norm_statistics(train))


def extract(
    corpus: RatedCorpus, wav2vec: VqWav2vec, progress: Progress | None = None
) -> list[FloatArray]:
    """vq-wav2vec of a corpus' studied utterances, from the cache where it has them.

    Args:
        corpus: checked.
        wav2vec: the checkpoint.
        progress: called with utterances done and utterances in all.

    Returns:
        For each utterance the moments of each layer (layer, statistic, channel).

    Raises:
        ValueError: the corpus has no audio.
    """
    table = _studied(corpus)
    if "features" in table:
        raise ValueError(f"vq-wav2vec needs audio, corpus {corpus.name} brings features of its own")
    runs = min(RUNS, os.cpu_count() or 1)
    return features(table["path"].tolist(), wav2vec, workers=runs, progress=progress)


def prepare_emotion(
    corpus: RatedCorpus,
    settings: MfccSettings,
    vectors: VectorSettings,
    wav2vec: VqWav2vec | None = None,
    progress: Progress | None = None,
) -> Emotion:
    """Arrays of the emotion task of a corpus; utterances without a ground truth are left out.

    Args:
        corpus: checked.
        settings: of the MFCCs; not used where the corpus brings features of its own, or with
            vq-wav2vec.
        vectors: how an utterance becomes a vector.
        wav2vec: the checkpoint that features are made with; None for MFCCs.
        progress: called with utterances done and utterances in all.

    Raises:
        ValueError: an emotion is missing in a session (see `emotion_task`), or there is no audio
            for vq-wav2vec.
    """
    table = _studied(corpus)
    if wav2vec:
        row = LAYERS.index(vectors.layer)
        statistics = [layers[row] for layers in extract(corpus, wav2vec, progress)]
    else:
        statistics = [moments(frames) for frames in _features(table, settings, progress)]
    pooled = [pool(each, vectors.pooling) for each in statistics]
    return emotion_task(table, pooled, corpus.emotions)


def _studied(corpus: RatedCorpus) -> pd.DataFrame:
    return studied(corpus.utterances, perceive(corpus.ratings, corpus.raters, corpus.emotions))
