"""Detectors of emotions trained on a few feature files, and their bundle."""

import dataclasses
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.emotion_arrays import emotion_arrays
from fairser_core.features.normalisation import Normalisation
from fairser_core.lanes.lanes import tree_map
from fairser_core.methods import Dnn
from fairser_core.predictor import Recording
from fairser_core.predictor.bundle import Bundle
from fairser_core.training.fit import Epoch, fit
from search.tasks.emotion_bundle import emotion_specification

EMOTIONS = ("anger", "sadness", "neutral")
FEATURES = 6


@dataclasses.dataclass(frozen=True)
class TrainedDetectors:
    """Trained detectors, with their data."""

    table: pd.DataFrame
    data: Emotion
    epoch: Epoch
    bundle: Bundle

    @property
    def recordings(self) -> list[Recording]:
        """All utterances."""
        rows = zip(*(self.table[name] for name in ("features", "speaker", "session")), strict=True)
        return [Recording(path, speaker, session=session) for path, speaker, session in rows]


def train_on(
    folder: Path, normalisation: Normalisation | Literal["auto"] = "auto"
) -> TrainedDetectors:
    rng = np.random.default_rng(0)
    count = 90
    truth = np.array(EMOTIONS)[rng.integers(0, 3, count)]
    table = pd.DataFrame(
        {
            "id": [f"{n}" for n in range(count)],
            "speaker": [f"s{n % 6}" for n in range(count)],
            "session": [f"S{n % 3}" for n in range(count)],
            "truth": truth,
            "subset": np.where(rng.random(count) < 0.5, "S1", "S2"),
            "features": [str(folder / f"{n}.npy") for n in range(count)],
        }
    )
    aligned = pd.Series(rng.choice(["female", "male"], count))
    table["aligned"] = aligned.where(table["subset"] == "S2")
    table["consensus_female"] = table["consensus_male"] = table["truth"]
    arrays = []
    for path, emotion in zip(table["features"], truth, strict=True):
        shift = (EMOTIONS.index(emotion) - 1) * np.linspace(-1, 1, FEATURES)
        arrays.append((rng.normal(size=(4, FEATURES)) + shift).astype(np.float32))
        np.save(path, arrays[-1])
    vectors = [array.mean(axis=0, dtype=float) for array in arrays]
    data = emotion_arrays(table, vectors, EMOTIONS, normalisation)
    method = Dnn(hidden=8, latent=5, batch=8, learning_rate=0.02)
    *_, epoch = fit(method, data, [0, 1], epochs=10)
    task = emotion_specification(data, "mean")
    detectors = len(data.detectors)
    networks = tree_map(lambda tensor: tensor[detectors:], epoch.state.kept)  # of seed 1
    bundle = Bundle(
        method=method, task=task, features=None, networks=networks, metrics={}, provenance={}
    )
    return TrainedDetectors(table, data, epoch, bundle)
