"""Sweeps whose replications were tested, written without training."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.f1 import confusion, f1, f1_macro, f1_weighted
from fairser_core.metrics.metric import measure
from search.corpus.facts import InputFacts
from search.replication import test_record
from search.replication.replication import FOLDER
from search.replication.test_record import RecordedTest
from search.reporting.sweep_source import Source
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.sweep.facts import SweepFacts
from search.sweep.head import SweepHead
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts
from tests.support.detectors import detection_metrics

THRESHOLD = 3.5
EMOTIONS = ("anger", "sadness")


def sweep_of(folder: Path, name: str, space: str = "adversarial", corpus: str = "toy") -> Sweep:
    """Return a sweep of a named space; an unknown name stands for a copy of `adversarial`."""
    try:
        loaded = load(space)
    except ValueError:
        loaded = dataclasses.replace(load("adversarial"), name=space)
    inputs = InputFacts(CorpusFacts(corpus, corpus, threshold=THRESHOLD), None, {})
    facts = SweepFacts(name, f"id of {name}", loaded.name, inputs)
    return Sweep(SweepHead(name, LocalStorage(folder / name), loaded, facts), SearchPolicy())


def source_of(sweep: Sweep, baseline: Sweep | None = None) -> Source:
    return Source(Sweep(sweep.head, sweep.policy, sweep.log, baseline))


def activation_predictions(
    seeds: Sequence[int], noise: float, utterances: int = 80
) -> pd.DataFrame:
    """Return predictions with errors that are partly of the utterance, alike for all systems."""
    rng = np.random.default_rng(0)
    truth = rng.normal(4, 1, utterances)
    base = truth + rng.normal(0, 0.4, utterances)
    columns = {
        f"prediction-{seed}": base + np.random.default_rng(seed).normal(0, noise, utterances)
        for seed in seeds
    }
    gender = np.where(np.arange(utterances) % 3 == 0, "female", "male")
    ids = [f"u{number:03d}" for number in range(utterances)]
    speaker = [f"{whose}-{number % 7}" for number, whose in enumerate(gender)]
    table = {"utterance": ids, "speaker": speaker, "gender": gender, "truth": truth}
    return pd.DataFrame({**table, **columns})


def activation_values(predictions: pd.DataFrame, seed: int) -> dict[str, float]:
    female = (predictions["gender"] == "female").to_numpy()
    predicted = predictions[f"prediction-{seed}"].to_numpy()
    truth, speakers = predictions["truth"].to_numpy(), predictions["speaker"]
    of = ActivationPredictions.of_genders(truth, predicted, female, THRESHOLD)
    of = dataclasses.replace(of, speaker=np.unique(speakers, return_inverse=True)[1])
    return {name: float(value) for name, value in measure(ACTIVATION, of).items()}


def emotion_predictions(
    seeds: Sequence[int], skill: float = 1.0, utterances: int = 120
) -> pd.DataFrame:
    """Return predictions of detectors of two emotions in two sessions; without skill none fires."""
    rng, tables = np.random.default_rng(0), []
    for emotion in EMOTIONS:
        s1 = rng.random(utterances) < 0.4
        truth = rng.random(utterances) < (0.3 if emotion == "anger" else 0.4)
        aligned = np.where(s1, np.nan, (rng.random(utterances) < 0.45).astype(float))
        table = {
            "utterance": [f"u{number:03d}" for number in range(utterances)],
            "speaker": [f"s{number % 10}" for number in range(utterances)],
            "session": np.where(np.arange(utterances) < 50, "1", "2"),
            "emotion": emotion,
            "truth": truth,
            "s1": s1,
            "aligned": aligned,
            "heard_female": np.where(rng.random(utterances) < 0.2, np.nan, truth),
            "heard_male": np.where(rng.random(utterances) < 0.1, np.nan, ~truth | s1 & truth),
        }
        for seed in seeds:
            draws = np.random.default_rng(seed)
            for name in ("score", "female", "male"):
                score = 0.35 * truth + 0.65 * draws.random(utterances)
                table[f"{name}-{seed}"] = skill * score
            table[f"deviation_gender-{seed}"] = np.where(s1, np.nan, draws.random(utterances))
            table[f"deviation_emotion-{seed}"] = draws.random(utterances)
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


def emotion_values(predictions: pd.DataFrame, seed: int) -> dict[str, float]:
    by_emotion: dict[str, dict[str, float]] = {}
    for emotion, rows in predictions.groupby("emotion", sort=False):
        columns = ("truth", f"score-{seed}", "s1", "aligned")
        values = detection_metrics(*(rows[name].to_numpy() for name in columns))
        for gender in ("female", "male"):
            judged = rows[rows[f"heard_{gender}"].notna()]
            perceived = judged[f"heard_{gender}"].to_numpy() == 1
            counts = confusion(perceived, judged[f"{gender}-{seed}"].to_numpy() > 0.5)
            kinds = {"f1": f1_weighted, "f1_positive": f1, "f1_macro": f1_macro}
            values |= {f"{name}_{gender}": float(of(counts)) for name, of in kinds.items()}
        both = [values[f"f1_macro_{gender}"] for gender in ("female", "male")]
        values["f1_macro_views"] = float(np.mean(both))
        for name in ("gender", "emotion"):
            values[f"consistency_{name}"] = 1 - rows[f"deviation_{name}-{seed}"].mean()
        by_emotion[str(emotion)] = values
    names = next(iter(by_emotion.values()))
    means = {
        name: float(np.mean([values[name] for values in by_emotion.values()])) for name in names
    }
    return means | {f"{n}_{e}": values[n] for n in names for e, values in by_emotion.items()}


def log_trial(folder: LocalStorage, test: RecordedTest) -> None:
    """Log the complete trial whose models a test is of."""
    log = Log(folder)
    log.suggested(test.trial, test.values, [*test.seeds, *test.diverged], "replicate", test.epoch)
    log.ended(test.trial, "complete")


def add_test(
    sweep: Sweep,
    member: str,
    predictions: pd.DataFrame,
    seeds: Sequence[int],
    represented: pd.DataFrame | None = None,
    diverged: Sequence[int] = (),
) -> None:
    """Record a test of a member of a sweep, or of a baseline."""
    values = emotion_values if "emotion" in predictions else activation_values
    rows = [values(predictions, seed) for seed in seeds]
    folder = sweep.folder.folder(FOLDER)
    number = len(test_record.read(folder))
    metrics: dict[str, list[Any]] = {
        name: [None if np.isnan(row[name]) else float(row[name]) for row in rows]
        for name in (rows[0] if rows else {})
    }
    path = f"trials/{number:04d}"
    settings: dict[str, Any] = {} if member == "baseline" else {"alpha0": 0.5 + number}
    test = RecordedTest(
        member, number, settings, 2, list(seeds), list(diverged), metrics,
        f"{path}/test.parquet", "2026-11-25T10:00:00Z", "python x",
        f"{path}/represented.parquet" if represented is not None else "",
    )  # fmt: skip
    log_trial(folder, test)
    test_record.add(folder, test, predictions, represented)


def representation(predictions: pd.DataFrame, apart: float, units: int = 6) -> pd.DataFrame:
    """Return units of S2 utterances with an aligned gender; the groups differ in the first unit."""
    rows = predictions[predictions["aligned"].notna()]
    values = np.random.default_rng(0).normal(0, 1, (len(rows), units))
    values[:, 0] += apart * rows["aligned"].to_numpy()
    table = rows[["utterance", "session", "emotion"]].reset_index(drop=True)
    names = [f"unit-{unit}" for unit in range(units)]
    return pd.concat([table, pd.DataFrame(values.astype(np.float16), columns=names)], axis=1)
