import numpy as np
import pandas as pd
import pytest
import torch

from fairser_core.tasks.activation import Activation, WindowSettings, activation_task

torch.set_num_threads(1)  # tiny networks: a second thread only waits


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
