"""Model of activation trained on a few audio files, and its bundle."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays
from fairser_core.features.mfcc import MfccSettings, mfcc
from fairser_core.features.normalisation import z_norm_statistics
from fairser_core.lanes.lanes import take
from fairser_core.methods import Baseline
from fairser_core.predictor.activation import ActivationSpecification
from fairser_core.predictor.bundle import Bundle
from fairser_core.training.fit import Epoch, fit
from tests.support.audio import load_audio

MFCC = MfccSettings(coefficients=6)
WINDOWS = WindowSettings(frames=40, hop=10)
LANE = 1


def tone(seconds: float, rate: int, seed: int, channels: int = 1) -> np.ndarray:
    """Return noise whose colour and swell depend on the seed (sample,) or (sample, channel)."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, (int(seconds * rate), channels))
    swell = 1 + 0.8 * np.sin(2 * np.pi * (1 + seed % 4) * np.arange(len(noise)) / rate)
    coloured = np.cumsum(noise, axis=0) * 0.05 if seed % 2 else noise
    sound = (coloured - coloured.mean(axis=0)) * swell[:, None] * 0.2
    return sound[:, 0] if channels == 1 else sound


@dataclass(frozen=True)
class TrainedModel:
    """Trained toy model, with its data.

    Attributes:
        table: utterances with `path`.
        data: arrays of the task.
        epoch: last epoch of the training.
        bundle: bundle of the second lane.
    """

    table: pd.DataFrame
    data: Activation
    epoch: Epoch
    bundle: Bundle

    @property
    def validation(self) -> list[str]:
        """Paths of the validation utterances."""
        return self.table["path"][self.table["split"] == "validation"].tolist()

    def means(self) -> np.ndarray:
        """Return the lane's prediction of each validation utterance (utterance,)."""
        assert self.epoch.state.predictions is not None
        windows = self.epoch.state.predictions[LANE].numpy()
        return pd.Series(windows).groupby(self.data.evaluated.owner).mean().to_numpy()


def train_on(folder: Path, windows: WindowSettings = WINDOWS) -> TrainedModel:
    rng = np.random.default_rng(0)
    rows, arrays = [], []
    for number in range(30):
        path = folder / f"{number:02d}.wav"
        soundfile.write(path, tone(rng.uniform(0.4, 2.0), 8000, number), 8000, subtype="PCM_16")
        gender = "female" if number % 3 == 0 else "male"
        split = "train" if number < 18 else "validation"
        rows.append(
            [str(number), str(path), f"{split}-{number % 6}", gender, split, 1.5 + 4 * (number % 2)]
        )
        arrays.append(mfcc(load_audio(path, 8000), MFCC))
    table = pd.DataFrame(rows, columns=["id", "path", "speaker", "gender", "split", "activation"])
    statistics = z_norm_statistics(arrays[:18])
    data = activation_arrays(table, arrays, windows, 3.5, statistics)
    method = Baseline(filters=4, kernel=3, stride=2, hidden=8, batch=16)
    *_, epoch = fit(method, data, [0, 1], epochs=3)
    task = ActivationSpecification(
        problem=data.problem,
        windows=windows,
        mean=tuple(statistics[0].tolist()),
        deviation=tuple(statistics[1].tolist()),
        scale=(1.0, 7.0),
    )
    bundle = Bundle(
        method=method,
        task=task,
        features=MFCC,
        networks={"predictor": take(epoch.state.kept["predictor"], LANE)},
        metrics={"ccc": {"value": 0.5, "low": None, "high": 0.6}},
        provenance={"sweep": "toy"},
    )
    return TrainedModel(table, data, epoch, bundle)


def write_bundle(bundle: Bundle, folder: Path) -> Path:
    folder.mkdir()
    for name, content in bundle.files().items():
        (folder / name).write_bytes(content)
    return folder
