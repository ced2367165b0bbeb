"""Generated corpus of emotions with few utterances and many raters, each of whom rated few."""

from pathlib import Path

import numpy as np
import pandas as pd

from fairser_core.corpora.rating_checks import Tables

EMOTIONS = ("anger", "calm", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
SESSIONS, UTTERANCES, RATERS = 5, 300, 114
VOTES = 6  # ratings of an utterance
AGREEMENT = 0.4  # share of the ratings that name the utterance's emotion
FEATURES = 3


def crowd_tables(seed: int = 0) -> Tables:
    """Draw 300 utterances of ten speakers in five sessions, each rated by 6 of 114 raters."""
    rng = np.random.default_rng(seed)
    number = np.arange(UTTERANCES)
    speaker = number % (2 * SESSIONS)
    utterances = pd.DataFrame(
        {
            "id": [f"u{n:03}" for n in number],
            "features": [f"u{n:03}.npy" for n in number],
            "speaker": [f"s{n}" for n in speaker],
            "gender": np.where(speaker % 2, "male", "female"),
            "session": [f"{n // 2 + 1}" for n in speaker],
        }
    )
    raters = pd.DataFrame({"rater": [f"r{n:03}" for n in range(RATERS)]})
    raters["gender"] = np.where(np.arange(RATERS) % 2, "male", "female")
    rows = []
    for name, emotion in zip(utterances["id"], rng.choice(EMOTIONS, UTTERANCES), strict=True):
        for rater in rng.choice(raters["rater"], VOTES, replace=False):
            label = emotion if rng.random() < AGREEMENT else rng.choice(EMOTIONS)
            rows.append((name, rater, label))
    return Tables(utterances, pd.DataFrame(rows, columns=["utterance", "rater", "label"]), raters)


def write_crowd(folder: Path) -> Path:
    """Write the corpus as a manifest with ratings, and return its folder."""
    tables, rng = crowd_tables(), np.random.default_rng(1)
    folder.mkdir(exist_ok=True)
    for name in tables.utterances["features"]:
        np.save(folder / name, rng.normal(size=(2, FEATURES)).astype(np.float32))
    for name, table in (
        ("manifest", tables.utterances), ("ratings", tables.ratings), ("raters", tables.raters)
    ):  # fmt: skip
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder
