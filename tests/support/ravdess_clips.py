"""Sixty clips like those of RAVDESS with a CSV, as a user who tries fairser has them."""

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

RATE = 16000
SPLITS = ("train", "train", "train", "train", "validation", "test")
"""Split of each pair of speakers, a woman and a man."""
ACTIVATIONS = (1.5, 2.0, 4.5, 5.5, 6.0)
SECONDS = 1.2


def write_clips(folder: Path) -> Path:
    """Write sixty clips of six women and six men and `clips.csv`; return the CSV's path."""
    rng = np.random.default_rng(0)
    rows = []
    time = np.arange(int(RATE * SECONDS)) / RATE
    for pair, split in enumerate(SPLITS):
        for gender, pitch in (("female", 210.0), ("male", 120.0)):
            for activation in ACTIVATIONS:
                name = f"{pair}-{gender}-{activation}.wav"
                voice = np.sin(2 * np.pi * pitch * (1 + 0.05 * activation) * time)
                noise = rng.normal(0, 0.02, len(time))
                soundfile.write(folder / name, 0.05 * activation * voice + noise, RATE)
                speaker = f"{gender}{pair}"
                rows.append([name, speaker, gender, split, activation])
    columns = ["path", "speaker", "gender", "split", "activation"]
    path = folder / "clips.csv"
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path
