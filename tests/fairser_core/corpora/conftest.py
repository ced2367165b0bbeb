from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile


def noise(path: Path, rate: int = 8000, channels: int = 1) -> str:
    """A short audio file whose content depends on its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(path.name.encode())
    shape = (400, channels)
    soundfile.write(path, np.random.default_rng(seed).uniform(-0.5, 0.5, shape), rate)
    return str(path)


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """A sound table: in each split two women and two men, each with a low and a high utterance.

    Row numbers are lines 2 to 25 of a file.
    """
    rows = [
        {
            "id": f"{split}-{gender}{number}-{activation}",
            "speaker": f"{split}-{gender}{number}",
            "gender": gender,
            "split": split,
            "activation": activation,
            "path": noise(tmp_path / "audio" / f"{split}-{gender}{number}-{activation}.wav"),
        }
        for split in ("train", "validation", "test")
        for gender in ("female", "male")
        for number in (1, 2)
        for activation in (2.0, 5.0)
    ]
    return pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name="line"))
