"""Preparation of a task's arrays from a corpus: features, normalisation, windows, folds."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.checks import numbers, span
from fairser_core.corpora.corpus import Corpus, default_threshold
from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.times import segments
from fairser_core.datasets.activation import Activation, DataSettings, WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays, vector_arrays
from fairser_core.datasets.category import Category
from fairser_core.datasets.category_arrays import category_arrays
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import emotion_arrays, studied_utterances
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.datasets.vectors import MEAN
from fairser_core.features.cache import features
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.normalisation import z_norm_statistics
from fairser_core.features.speech_model import SpeechModel
from fairser_core.features.utterance_vectors import UtteranceVectors, of_arrays, of_model
from fairser_core.features.variance import layer_notes, unchanging_notes, variance_notes
from fairser_core.features.vectors import LAYERS, Pooling, VectorSettings, moments, pool
from fairser_core.features.vq_wav2vec import VqWav2vec
from fairser_core.files.arrays import FloatArray, read_array
from fairser_core.names import named

RUNS = 4  # of vq-wav2vec at once at most: one takes 2 GB where an utterance is half a minute long

Progress = Callable[[int, int], None]
"""Called with the numbers of utterances done and of all utterances."""


def read_features(paths: Iterable[str]) -> list[FloatArray]:
    """Read precomputed features (frame, coefficient), one .npy file per utterance.

    Raises:
        ValueError: a file is not usable, or the files differ in their number of coefficients.
    """
    arrays = [read_array(path) for path in paths]
    widths = sorted({array.shape[1] for array in arrays})
    if len(widths) > 1:
        raise ValueError(f"feature files must agree in their number of columns, got {widths}")
    return arrays


def utterance_frames(
    table: pd.DataFrame, settings: MfccSettings, progress: Progress | None
) -> list[FloatArray]:
    """Return an array (frame, coefficient) a row: features of the corpus, or else MFCCs."""
    if "features" in table:
        return read_features(table["features"])
    return features(segments(table).tolist(), settings, progress=progress)


def prepare_activation(
    corpus: Corpus,
    settings: MfccSettings,
    windows: WindowSettings,
    progress: Progress | None = None,
    *,
    data: DataSettings | None = None,
    vectors: UtteranceVectors | None = None,
    split: EvaluatedSplit = "validation",
) -> Activation:
    """Prepare the arrays of the activation task of a corpus.

    Arrays of both evaluated splits are normalised with statistics of the training split.

    Args:
        corpus: checked corpus.
        settings: settings of the MFCCs; not used where the corpus has features.
        windows: settings of the windows.
        progress: called after each utterance.
        data: targets; by default activation alone.
        vectors: vectors of the corpus' utterances, which take the place of windows.
        split: evaluated split. A search never asks for `test`.

    Raises:
        ValueError: the corpus has no test split and is asked for it, lacks labels of a target,
            `windows` leave a split without utterances, or no feature of the training utterances
            varies.
    """
    if split == "test":
        check_test_split(corpus)
    table = corpus.utterances
    table = table[table["split"].isin(("train", split))].reset_index(drop=True)
    thresholds = target_thresholds(corpus, data or DataSettings())
    table = with_labels(table, corpus, thresholds)
    groups = {"groups": corpus.groups, "judged": corpus.judged(split)}
    if vectors:
        of_vectors = vector_arrays(table, vectors, thresholds, split=split, **groups)
        notes = layer_notes([*vectors.file.values[:, MEAN]], of_vectors.train.start)
        return dataclasses.replace(of_vectors, notes=tuple(notes))
    frames = utterance_frames(table, settings, progress)
    train = [a for a, name in zip(frames, table["split"], strict=True) if name == "train"]
    notes = variance_notes(train, "of training utterances")
    notes += unchanging_notes(frames, table["id"].tolist())
    statistics = z_norm_statistics(train)
    made = activation_arrays(table, frames, windows, thresholds, statistics, split=split, **groups)
    return dataclasses.replace(made, notes=tuple(notes))


def vectors_of_corpus(
    corpus: Corpus | CategoryCorpus,
    pretrained: SpeechModel | None,
    progress: Progress | None = None,
) -> UtteranceVectors:
    """Return the vectors of all utterances of a corpus, from the cache where it has them.

    Args:
        corpus: checked corpus.
        pretrained: speech model; None where the corpus brings vectors.
        progress: called after each utterance.

    Raises:
        ValueError: the corpus has audio and no model is given, or it brings features and one is.
        AudioError: files cannot be used.
    """
    table = corpus.utterances
    ids, brought = table["id"].tolist(), "features" in table
    if brought == bool(pretrained):
        had = "brings vectors of its own" if brought else "has audio"
        rule = "goes with no --pretrained" if brought else "needs --pretrained FOLDER for vectors"
        raise ValueError(f"corpus {corpus.name} {had}, which {rule}")
    if pretrained is None:
        return of_arrays(ids, table["features"].tolist(), progress)
    return of_model(ids, segments(table).tolist(), pretrained, progress)


def target_thresholds(corpus: Corpus, settings: DataSettings) -> dict[str, float]:
    """Return the threshold of each target of a corpus."""
    defaults = dict.fromkeys(settings.targets, default_threshold(corpus.scale))
    known = {"activation": corpus.threshold, **settings.thresholds}
    return {name: float(known.get(name, value)) for name, value in defaults.items()}


def with_labels(
    table: pd.DataFrame, corpus: Corpus, thresholds: Mapping[str, float]
) -> pd.DataFrame:
    """Return a table whose labels of each target are numbers on the corpus' scale.

    Those of activation were checked when the corpus was made.

    Raises:
        ValueError: a target has no column, or an utterance no such label; names the first.
    """
    low, high = corpus.scale
    for target in sorted(set(thresholds) - {"activation"}):
        if target not in table:
            raise ValueError(
                f"corpus {corpus.name} must have a column {target!r} for this target, its columns "
                f"are {', '.join(table.columns)}"
            )
        labels = numbers(table[target])
        wrong = table["id"][~labels.between(low, high)]
        if len(wrong):
            raise ValueError(
                f"corpus {corpus.name}: {target} must be a number on {span(corpus.scale)} for each "
                f"utterance, is not for {len(wrong):,}: {named(wrong.tolist())}"
            )
        table = table.assign(**{target: labels})
    return table


def check_test_split(corpus: Corpus | CategoryCorpus) -> None:
    """Raise a ValueError unless the corpus has a test split."""
    if not (corpus.utterances["split"] == "test").any():
        raise ValueError(
            f"corpus {corpus.name} must have utterances of the split `test` for models to be "
            "tested on, it has none"
        )


def prepare_category(
    corpus: CategoryCorpus,
    settings: MfccSettings,
    pooling: Pooling,
    progress: Progress | None = None,
    *,
    vectors: UtteranceVectors | None = None,
    split: EvaluatedSplit = "validation",
) -> Category:
    """Prepare the arrays of the category task of a corpus with groups.

    Args:
        corpus: checked corpus with a column `group`, see `CategoryCorpus.grouped`.
        settings: settings of the MFCCs; not used where the corpus has features.
        pooling: pooling of frames into vectors.
        progress: called after each utterance.
        vectors: vectors of the corpus' utterances by a speech model, in place of other features.
        split: evaluated split. A search never asks for `test`.

    Raises:
        ValueError: the corpus has no test split and is asked for it, or no feature of the training
            utterances varies.
    """
    if split == "test":
        check_test_split(corpus)
    table = corpus.utterances
    table = table[table["split"].isin(("train", split))].reset_index(drop=True)
    make = partial(
        category_arrays,
        table,
        corpus.votes,
        classes=corpus.classes,
        groups=corpus.groups,
        judged=corpus.judged(split),
        split=split,
        pooling=pooling,
    )
    if vectors:
        return make(vectors=vectors)
    frames = utterance_frames(table, settings, progress)
    made = make(vectors=[pool(moments(each), pooling) for each in frames])
    still = unchanging_notes(frames, table["id"].tolist())
    return dataclasses.replace(made, notes=(*made.notes, *still))


def extract(
    corpus: RatedCorpus, wav2vec: VqWav2vec, progress: Progress | None = None
) -> list[FloatArray]:
    """Return vq-wav2vec features of the studied utterances, from the cache where it has them.

    Args:
        corpus: checked corpus.
        wav2vec: pretrained network.
        progress: called after each utterance.

    Returns:
        For each utterance the moments of each layer (layer, statistic, channel).

    Raises:
        ValueError: the corpus has no audio.
    """
    table = _studied(corpus)
    if "features" in table:
        raise ValueError(f"vq-wav2vec needs audio, corpus {corpus.name} brings features of its own")
    runs = min(RUNS, os.cpu_count() or 1)
    return features(segments(table).tolist(), wav2vec, workers=runs, progress=progress)


def prepare_emotion(
    corpus: RatedCorpus,
    settings: MfccSettings,
    vectors: VectorSettings,
    wav2vec: VqWav2vec | None = None,
    progress: Progress | None = None,
) -> Emotion:
    """Prepare the arrays of the emotion task of a corpus, without utterances of no ground truth.

    Args:
        corpus: checked corpus.
        settings: settings of the MFCCs; not used where the corpus has features, or with vq-wav2vec.
        vectors: settings of the vectors.
        wav2vec: pretrained network that makes the features; None for MFCCs.
        progress: called after each utterance.

    Raises:
        ValueError: an emotion is missing in a session or nothing is left of features (see
            `emotion_arrays`), or there is no audio for vq-wav2vec.
    """
    table, notes = _studied(corpus), []
    if wav2vec:
        row = LAYERS.index(vectors.layer)
        statistics = [layers[row] for layers in extract(corpus, wav2vec, progress)]
    else:
        frames = utterance_frames(table, settings, progress)
        notes = unchanging_notes(frames, table["id"].tolist())
        statistics = [moments(each) for each in frames]
    pooled = [pool(each, vectors.pooling) for each in statistics]
    made = emotion_arrays(table, pooled, corpus.emotions, vectors.normalisation)
    return dataclasses.replace(made, notes=(*made.notes, *notes))


def _studied(corpus: RatedCorpus) -> pd.DataFrame:
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    return studied_utterances(corpus.utterances, perceived)
