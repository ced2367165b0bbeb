"""A sweep of emotions handed over."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairser_core.datasets.emotion import Emotion
from fairser_core.predictor import Recording, load
from search import export
from search.corpus.reading import read_of
from search.space.values import Value
from tests.support.small_sweep import QUIET, small_sweep

SMALL = [("hidden", 8), ("latent", 5), ("learning_rate", 0.01)]
VALUES = [{"dropout": 0.2, "weight_decay": 1e-3}]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hand_over(tmp_path_factory.mktemp("emotions"), "dnn", VALUES, SMALL)


def hand_over(
    folder: Path,
    space: str,
    values: Sequence[Mapping[str, Value]],
    changes: Sequence[tuple[str, Any]],
) -> Path:
    """Leave a sweep on the demo of emotions in the folder, and its bundle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        sweep, data = small_sweep(folder / "results", values, changes, space=space)
        assert isinstance(data, Emotion)
        assert export.main(["toy", "--anyway", "--pick", "knee", "--out", "bundle"]) == 0
        corpus = read_of(sweep.space, sweep.facts.options.corpus, QUIET)
    table = corpus.utterances[["features", "speaker"]].rename(columns={"features": "path"})
    table.to_csv(folder / "table.csv", index=False)
    bundle = load(folder / "bundle").bundle
    trial = sweep.log.trials[bundle.provenance["trial"]]
    lanes = trial.epochs[bundle.provenance["epoch"] - 1].lanes
    place = trial.seeds.index(bundle.provenance["seed"])
    logged = {name: values[place] for name, values in lanes.items()}
    for name, value in logged.items():
        assert bundle.metrics[name]["value"] == pytest.approx(value, abs=1e-6), name
    return folder


def test_detectors_do_what_the_sweep_logged_and_intervals_hold_it(handed: Path) -> None:
    metrics = load(handed / "bundle").bundle.metrics
    for name in ("f1_macro_s1", "f1_all", "f1_positive_all_anger"):
        result = metrics[name]
        assert result["low"] <= result["value"] <= result["high"]
        assert result["low"] < result["high"]


def test_features_that_a_bundle_cannot_compute_are_named(
    handed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(handed / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    facts = tmp_path / "results" / "toy" / "sweep.json"
    content = json.loads(facts.read_text())
    del content["seal"]
    content["checkpoint"] = {"file": "a.pt", "fingerprint": "d", "fairseq": "0.12.3"}
    facts.write_text(json.dumps(content))
    assert export.main(["toy", "--anyway", "--pick", "knee"]) == 2
    assert "learned from vq-wav2vec, which a bundle cannot comp" in capsys.readouterr().err


def recordings(folder: Path) -> list[Recording]:
    rows = (folder / "table.csv").read_text().splitlines()[1:]
    return [Recording(path, speaker) for path, speaker in (row.split(",") for row in rows)]


def test_the_bundle_predicts_features_of_the_corpus(handed: Path) -> None:
    predictor = load(handed / "bundle")
    result = list(predictor.predict(recordings(handed)))
    assert all(isinstance(row, dict) for row in result)
    assert predictor.columns[0] == "emotion"
    anger = [row["anger"] for row in result if isinstance(row, dict)]
    assert np.ptp(np.array(anger, dtype=float)) > 0


def test_the_card_explains_speakers_and_folds(handed: Path) -> None:
    text = (handed / "bundle" / "README.md").read_text()
    for part in (
        "predicts which of neutral, happiness, anger, sadness, frustration **raters perceive**",
        "detectors of 5 folds",
        "Groups are those of the **raters' gender**",
        "name speakers in a column `speaker`",
        "could not be measured",
        "Gender is treated as binary",
        "Synthesised features and votes",
        "python -m fairser_core.predictor . table.csv",
        "| `f1_macro_female` (perceived by women) |",
        "had not been tested on the session that each detector's fold left out",
        "Metrics of single emotions are in `bundle.json`",
    ):
        assert part in text, part
    assert "--perspective" not in text
    assert "f1_macro_all_anger" not in text


def test_a_stage_2_is_exported_with_its_stage_1_and_predicts_either_perspective(
    tmp_path: Path,
) -> None:
    changes = [("units", 6), ("head_hidden", 5), ("floor.f1_macro_s1", 0.1)]
    rest = {"learning_rate": 1e-3, "dropout": 0.2, "weight_decay": 1e-3}
    folder = hand_over(tmp_path, "fairper", [{"lambda": 0.01, **rest}], changes)
    predictor = load(folder / "bundle")
    assert predictor.perspectives == ("gender-free", "male", "female")
    assert set(predictor.bundle.networks) == {"predictor", "stage1"}
    predictions = {}
    for perspective in predictor.perspectives:
        result = predictor.predict(recordings(folder), perspective)
        predictions[perspective] = [row["anger"] for row in result if isinstance(row, dict)]
    assert predictions["male"] != predictions["female"] != predictions["gender-free"]
    text = (folder / "bundle" / "README.md").read_text()
    assert "| `consistency_gender` |" in text
    assert "`--perspective female` or `male` predicts the perception of the women or of" in text
