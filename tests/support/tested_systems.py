"""Systems with predictions on test data."""

import io

import numpy as np
import pandas as pd
from rich.console import Console

from search.replication.estimates import estimates
from search.replication.estimates_table import estimates_table
from search.replication.systems import System
from search.tasks.speaker_metrics import SpeakerMetrics
from tests.support.replication_tests import activation_values

THRESHOLD = 3.5
SPEECH = SpeakerMetrics("activation", THRESHOLD)
DETECTORS = SpeakerMetrics("emotion")


def predictions_of(seeds: list[int], noise: float, utterances: int = 150) -> pd.DataFrame:
    """Predictions whose error is a seed's own and an utterance's own, alike for all systems."""
    rng = np.random.default_rng(0)
    truth = rng.normal(4, 1, utterances)
    base = truth + rng.normal(0, 0.4, utterances)
    columns = {
        f"prediction-{seed}": base + np.random.default_rng(seed).normal(0, noise, utterances)
        for seed in seeds
    }
    gender = np.where(rng.random(utterances) < 0.4, "female", "male")
    ids = [f"u{number:03d}" for number in range(utterances)]
    speaker = [f"{whose}-{number % 6}" for number, whose in enumerate(gender)]
    about = {"utterance": ids, "speaker": speaker, "gender": gender, "truth": truth}
    return pd.DataFrame({**about, **columns})


def system(name: str, seeds: list[int], noise: float, diverged: int = 0) -> System:
    """System of activation with such predictions."""
    table = predictions_of(seeds, noise)
    rows = [activation_values(table, seed) for seed in seeds]
    metrics = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return System(name, seeds, diverged, metrics, table)


def detectors(seeds: list[int]) -> pd.DataFrame:
    """Predictions of detectors of two emotions."""
    rng, rows = np.random.default_rng(0), []
    for emotion in ("anger", "sadness"):
        for number in range(90):
            s1 = bool(rng.random() < 0.5)
            row = {"utterance": f"u{number}", "session": "1", "emotion": emotion, "s1": s1}
            row["speaker"] = f"s{number % 9}"
            row["truth"] = bool(rng.random() < 0.4)
            row["aligned"] = np.nan if s1 else float(rng.random() < 0.5)
            for seed in seeds:
                row[f"score-{seed}"] = rng.random()
                row[f"deviation_gender-{seed}"] = np.nan if s1 else rng.random()
                row[f"deviation_emotion-{seed}"] = rng.random()
            rows.append(row)
    return pd.DataFrame(rows)


def shown(systems: list[System]) -> str:
    """Table of the estimates of systems of activation, as text."""
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(estimates_table(systems, estimates(systems, SPEECH), "s on [test]"))
    return console.export_text()
