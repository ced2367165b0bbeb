"""From a corpus to the arrays of its task: features, normalisation, windows."""

from collections.abc import Callable, Iterable

import numpy as np

from fairser_core.corpora.corpus import Corpus
from fairser_core.features.cache import features, z_norm_statistics
from fairser_core.features.mfcc import MfccSettings
from fairser_core.tasks.activation import (
    Activation,
    FloatArray,
    WindowSettings,
    activation_task,
)


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


def prepare(
    corpus: Corpus,
    settings: MfccSettings,
    windows: WindowSettings,
    progress: Callable[[int, int], None] | None = None,
) -> Activation:
    """Arrays of the activation task of a corpus, without its test split.

    Args:
        corpus: checked.
        settings: of the MFCCs; not used where the corpus brings features of its own.
        windows: how utterances are cut.
        progress: called with utterances done and utterances in all.
    """
    table = corpus.utterances[corpus.utterances["split"] != "test"].reset_index(drop=True)
    arrays: list[FloatArray]
    if "features" in table:
        arrays = read_features(table["features"])
    else:
        arrays = features(table["path"].tolist(), settings, progress=progress)
    train = [a for a, split in zip(arrays, table["split"], strict=True) if split == "train"]
    return activation_task(table, arrays, windows, corpus.threshold, z_norm_statistics(train))
