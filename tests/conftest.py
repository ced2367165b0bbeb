import numpy as np
import pandas as pd
import pytest
import torch

from fairser_core.tasks.activation import Activation, WindowSettings, activation_task
from fairser_core.tasks.emotion import Emotion, emotion_task

torch.set_num_threads(1)  # tiny networks: a second thread only waits


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs all that starts Ray, one after the other: each takes the whole machine."""
    for item in items:
        if item.get_closest_marker("ray"):
            item.add_marker(pytest.mark.xdist_group("ray"))


def toy_table(utterances: int = 90, seed: int = 0) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Utterances whose features follow activation, the women's less so."""
    rng = np.random.default_rng(seed)
    activation = rng.normal(3.8, 1.2, utterances).clip(1, 7).astype(np.float32)
    female = rng.random(utterances) < 0.4
    features = [
        (
            rng.normal(size=(rng.integers(20, 50), 6))
            + (value - 3.8) * np.linspace(-1, 1, 6) * (0.3 if woman else 1.0)
        ).astype(np.float32)
        for value, woman in zip(activation, female, strict=True)
    ]
    table = pd.DataFrame(
        {
            "id": [f"utterance-{i}" for i in range(utterances)],
            "activation": activation,
            "gender": np.where(female, "female", "male"),
            "split": np.where(np.arange(utterances) < 0.7 * utterances, "train", "validation"),
        }
    )
    return table, features


@pytest.fixture(scope="session")
def toy_task() -> Activation:
    table, features = toy_table()
    windows = WindowSettings(frames=32, hop=4)
    return activation_task(table, features, windows, 3.5, (np.zeros(6), np.ones(6)))


@pytest.fixture(scope="session")
def small_net() -> dict[str, int]:
    """Settings of a network that suits the toy task's 6 x 32 windows."""
    return {"filters": 4, "kernel": 3, "stride": 2, "hidden": 8, "batch": 16}


def toy_studied(sizes: tuple[int, ...] = (30, 37, 44), seed: int = 0) -> pd.DataFrame:
    """Utterances of so many sessions of unequal sizes, as `studied` makes them."""
    rng = np.random.default_rng(seed)
    session = np.repeat(np.arange(len(sizes)), sizes)
    count = len(session)
    truth = np.array(["anger", "sadness", "neutral"])[rng.integers(0, 3, count)]
    kind = rng.choice(["both", "female", "male", "neither"], count, p=[0.4, 0.25, 0.25, 0.1])
    table = pd.DataFrame(
        {
            "id": [f"utterance-{i}" for i in range(count)],
            "speaker": [f"s{s}{'fm'[i % 2]}" for i, s in enumerate(session)],
            "session": [f"S{s}" for s in session],
            "truth": truth,
            "subset": np.where(kind == "both", "S1", "S2"),
            "aligned": pd.Series(kind).where(np.isin(kind, ["female", "male"])),
        }
    )
    for gender in ("female", "male"):
        agrees = np.isin(kind, ["both", gender])
        table[f"consensus_{gender}"] = pd.Series(truth).where(agrees)
    return table


@pytest.fixture(scope="session")
def toy_emotion() -> Emotion:
    """Three emotions, of which the features tell much."""
    table, rng = toy_studied(), np.random.default_rng(1)
    centres = {"anger": 1.0, "sadness": -1.0, "neutral": 0.0}
    vectors = [
        rng.normal(size=(3, 6)).mean(axis=0) + centres[truth] * np.linspace(-1, 1, 6)
        for truth in table["truth"]
    ]
    return emotion_task(table, vectors, ("anger", "sadness", "neutral"))


@pytest.fixture(scope="session")
def small_dnn() -> dict[str, int]:
    """Settings of a network that suits the toy task of emotions."""
    return {"hidden": 8, "latent": 5, "batch": 8}
