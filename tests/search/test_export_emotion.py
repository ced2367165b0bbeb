"""A sweep of emotions handed over."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from small_sweep import QUIET, small_sweep

from fairser_core.predictor import Recording, load
from fairser_core.tasks.emotion import Emotion
from search import export
from search.inputs import read_of

SMALL = [("hidden", 8), ("latent", 5), ("learning_rate", 0.01)]
VALUES = [{"dropout": 0.2, "weight_decay": 1e-3}]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sweep on the demo of emotions, and its bundle."""
    folder = tmp_path_factory.mktemp("emotions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRSER_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        sweep, data = small_sweep(folder / "results", VALUES, SMALL, space="dnn")
        assert isinstance(data, Emotion)
        assert export.main(["toy", "--out", "bundle"]) == 0
        corpus = read_of(sweep.space, sweep.facts["options"], QUIET)
    table = corpus.utterances[["features", "speaker"]].rename(columns={"features": "path"})
    table.to_csv(folder / "table.csv", index=False)
    bundle = load(folder / "bundle").bundle
    trial = sweep.log.trials[bundle.provenance["trial"]]
    lanes = trial.epochs[bundle.provenance["epoch"] - 1].lanes
    place = trial.seeds.index(bundle.provenance["seed"])
    logged = {name: values[place] for name, values in lanes.items()}
    for name, value in logged.items():
        if not name.startswith("consistency"):
            assert bundle.metrics[name]["value"] == pytest.approx(value, abs=1e-6), name
    return folder


def test_detectors_do_what_the_sweep_logged_and_intervals_hold_it(handed: Path) -> None:
    metrics = load(handed / "bundle").bundle.metrics
    for name in ("f1_macro_s1", "f1_all", "f1_positive_all_anger"):
        found = metrics[name]
        assert found["low"] <= found["value"] <= found["high"]
        assert found["low"] < found["high"]
    assert not any(name.startswith("consistency") for name in metrics)


def test_the_bundle_predicts_the_corpus_own_features(handed: Path) -> None:
    predictor = load(handed / "bundle")
    rows = (handed / "table.csv").read_text().splitlines()[1:]
    recordings = [Recording(path, speaker) for path, speaker in (row.split(",") for row in rows)]
    found = list(predictor.predict(recordings))
    assert all(isinstance(row, dict) for row in found)
    assert predictor.columns[0] == "emotion"
    anger = [row["anger"] for row in found if isinstance(row, dict)]
    assert np.ptp(np.array(anger, dtype=float)) > 0


def test_the_card_says_how_speakers_and_folds_are_taken(handed: Path) -> None:
    text = (handed / "bundle" / "README.md").read_text()
    for part in (
        "tells which of neutral, happiness, anger, sadness, frustration **raters hear**",
        "detectors of 5 folds",
        "Groups are those of the **raters' gender**",
        "name speakers in a column `speaker`",
        "measured nowhere",
        "Gender is treated as binary",
        "Synthesised features and votes",
        "python -m fairser_core.predictor . table.csv",
        "| `f1_macro_female` (what women hear) |",
        "Each emotion's own figures stand in `bundle.json`",
    ):
        assert part in text, part
    assert "--perspective" not in text
    assert "f1_macro_all_anger" not in text
