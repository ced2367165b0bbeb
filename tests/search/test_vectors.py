"""Sweeps on vectors, from a manifest or a folder, to a bundle that predicts."""

import json
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.datasets.activation import DIMENSIONS
from fairser_core.features import utterance_vectors
from fairser_core.features.speech_model import SpeechModel
from fairser_core.predictor import BundleError, Recording, load
from search import export, extract
from tests.support.run_command import local_command, refused
from tests.support.speech_models import bare, needs_transformers, tiny

LEAST = (
    "--trials=2", "--epochs=2", "--seeds=2", "--race-seeds=2", "--check-seeds=0", "--name=s",
    "--set=batch=8", "--set=hidden=4", "--set=floor.worst_recall=0.01", "--set=floor.ccc=0.01",
    "--set=learning_rate=0.03",
)  # fmt: skip
LAYERS = "--set=search.layer={low=0,high=2}"


pytestmark = pytest.mark.usefixtures("results_database")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def rows(count: int = 48) -> list[tuple[str, str, str, float, float]]:
    """Speaker, gender, split, activation and valence of each utterance."""
    table = []
    for number in range(count):
        gender = ("female", "male")[number % 2]
        split = ("train", "train", "validation", "test")[number // 2 % 4]
        activation = 2.0 + 3.0 * (number // 8 % 2) + number % 5 * 0.1
        speaker = f"{split}-{gender}-{number % 3}"
        table.append((speaker, gender, split, activation, 7.9 - activation))
    return table


def write_manifest(folder: Path, files: list[str], column: str) -> list[str]:
    """Write the table of the utterances in these files, and return the options that name it."""
    lines = [f"{column},speaker,gender,split,activation,valence"]
    lines += [",".join([file, *map(str, row)]) for file, row in zip(files, rows(), strict=True)]
    (folder / "manifest.csv").write_text("\n".join(lines))
    return ["--corpus=manifest", f"--corpus-dir={folder / 'manifest.csv'}", "--scale=1,7"]


@pytest.fixture
def brought(tmp_path: Path) -> list[str]:
    """A manifest of vectors of three layers, of which the middle one follows activation."""
    rng, names = np.random.default_rng(0), []
    for number, (*_, activation, _) in enumerate(rows()):
        vectors = rng.normal(size=(3, 5))
        vectors[1, 0] = activation
        names.append(f"{number}.npy")
        np.save(tmp_path / names[-1], vectors.astype(np.float32))
    return write_manifest(tmp_path, names, "features")


@pytest.fixture
def recorded(tmp_path: Path) -> list[str]:
    """A manifest of tones that are higher and louder where activation is high, in noise."""
    rng, names = np.random.default_rng(0), []
    for number, (*_, activation, _) in enumerate(rows()):
        names.append(f"{number}.wav")
        tone = np.sin(np.arange(1600 + number) * activation / 10)
        sound = 0.05 * activation * (tone + rng.normal(0, 0.1, len(tone)))
        soundfile.write(tmp_path / names[-1], sound, 16000)
    return write_manifest(tmp_path, names, "path")


def stand_in(model: SpeechModel, waveform: np.ndarray) -> np.ndarray:
    """Return vectors without a network: loudness, more in higher layers."""
    loudness = np.log(np.square(waveform).mean())
    steps = np.arange(1, 1 + np.prod(model.shape)).reshape(model.shape)
    return (loudness * steps / steps.max()).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of a model that needs no transformers to extract."""
    monkeypatch.setattr(SpeechModel, "extract", stand_in)
    monkeypatch.setattr(utterance_vectors, "require_transformers", lambda: None)
    monkeypatch.setattr(utterance_vectors, "_processes", lambda count: 1)
    return str(bare(tmp_path / "wavlm", num_hidden_layers=2))


def row_of(line: str) -> list[str]:
    """Return speaker, gender, split, activation and valence of a line of the manifest."""
    return line.split(",")[1:]


def exported(tmp_path: Path, pick: str = "fairest") -> Path:
    assert export.main(["s", f"--pick={pick}", "--anyway"]) == 0
    (bundle,) = (tmp_path / "results" / "s" / "exports").iterdir()
    return bundle


def test_vectors_of_a_manifest_go_from_a_sweep_to_a_prediction(
    tmp_path: Path, brought: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    local_command(tmp_path, capsys, "--space=nonadversarial_vectors", *LEAST, LAYERS, *brought)
    facts = json.loads((tmp_path / "results" / "s" / "sweep.json").read_text())
    assert facts["searched"]["data"]["features"] == "vectors"
    assert facts["features"]["layers"] == 3
    bundle = exported(tmp_path)
    predictor = load(bundle)
    (outcome,) = predictor.predict([Recording(str(tmp_path / "0.npy"))])
    assert not isinstance(outcome, Exception)
    assert set(outcome) == {"activation", "level"}
    assert "model.onnx" not in [path.name for path in bundle.iterdir()]
    np.save(tmp_path / "other.npy", np.ones((2, 5), np.float32))
    (error,) = predictor.predict([Recording(str(tmp_path / "other.npy"))])
    assert r"of shape (3, 5), is of shape (2, 5)" in str(error)


def test_several_targets_go_from_a_sweep_to_a_prediction(
    tmp_path: Path, brought: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    targets = '--set=target=["activation","valence"]'
    space = "--space=adversarial_vectors"
    weight = "--set=search.valence_weight={choices=[2.0]}"
    local_command(tmp_path, capsys, space, *LEAST, LAYERS, targets, weight, *brought)
    lines = (tmp_path / "results" / "s" / "trials.jsonl").read_text()
    for name in ("ccc_activation", "ccc_valence", "recall_gap_activation", "recall_gap_valence"):
        assert f'"{name}"' in lines
    bundle = exported(tmp_path)
    (outcome,) = load(bundle).predict([Recording(str(tmp_path / "0.npy"))])
    assert not isinstance(outcome, Exception)
    assert list(outcome) == ["activation", "activation_level", "valence", "valence_level"]
    as_format_4(bundle / "bundle.json")
    assert [*load(bundle).predict([Recording(str(tmp_path / "0.npy"))])] == [outcome]


def as_format_4(file: Path) -> None:
    """Take out what the fourth format of bundles had not: names and weights of targets."""
    content = json.loads(file.read_text())
    problem = content["activation"]["problem"]
    assert [p.pop("target") for p in (problem, *problem["further"])] == ["activation", "valence"]
    weights = {name: content["settings"].pop(f"{name}_weight") for name in DIMENSIONS}
    assert weights == {"activation": 1.0, "valence": 2.0, "dominance": 1.0}
    file.write_text(json.dumps({**content, "format": 4}))


def test_a_folders_vectors_are_extracted_once_and_its_bundle_asks_for_the_folder(
    tmp_path: Path, recorded: list[str], folder: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert extract.main([*recorded, f"--pretrained={folder}"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "48 utterances, 0.0 hours of audio, 3 layers of 16 values: 0.00 GB on disk" in output
    assert "48 utterances have vectors of 3 layers" in output
    with monkeypatch.context() as patch:
        patch.setattr(SpeechModel, "extract", lambda *_: pytest.fail("extracted again"))
        local_command(
            tmp_path, capsys, "--space=baseline_vectors", *LEAST[:8], LAYERS,
            "--set=pooling=mean_std",
            *recorded, f"--pretrained={folder}",
        )  # fmt: skip
    bundle = exported(tmp_path, "most-accurate")
    content = json.loads((bundle / "bundle.json").read_text())
    fingerprint = SpeechModel(Path(folder)).folder.fingerprint
    assert content["features"]["pretrained"] == fingerprint
    assert "wavlm (SHA-256" in (bundle / "README.md").read_text()
    with pytest.raises(BundleError, match="name its folder, --pretrained FOLDER"):
        load(bundle)
    other = bare(tmp_path / "other", num_hidden_layers=3)
    with pytest.raises(BundleError, match="must hold the pretrained model that this one learned"):
        load(bundle, other)
    (outcome,) = load(bundle, folder).predict([Recording(str(tmp_path / "0.wav"))])
    assert not isinstance(outcome, Exception)
    assert np.isfinite(outcome["activation"])
    command = ["s", "--pick=most-accurate", "--anyway"]
    assert export.main([*command, "--register"]) == 2
    output = " ".join(capsys.readouterr().err.split())
    assert "add --with-pretrained, or leave --register out" in output
    (Path(folder) / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    assert export.main([*command, "--with-pretrained", "--out=held"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "the bundle holds wavlm, which is under cc-by-nc-4.0: pass it on only as its" in output
    assert output.endswith("held FILES...")
    kept = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    shutil.rmtree(folder)
    assert [*load("held").predict([Recording(str(tmp_path / "0.wav"))])] == [outcome]
    assert {path.name: path.read_bytes() for path in Path("held/pretrained").iterdir()} == kept
    Path("held/pretrained/config.json").rename("config.json")
    Path("held/pretrained/config.json").symlink_to(tmp_path / "config.json")
    with pytest.raises(BundleError, match=r"config\.json must lie in the bundle, but is a link"):
        load("held")


def test_classes_are_learned_from_a_layer_of_a_folder(
    tmp_path: Path, recorded: list[str], folder: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    table = (tmp_path / "manifest.csv").read_text().splitlines()
    classes = ["emotion", *(("anger", "sadness")[float(r[3]) < 4] for r in map(row_of, table[1:]))]
    lines = [f"{line},{name}" for line, name in zip(table, classes, strict=True)]
    (tmp_path / "manifest.csv").write_text("\n".join(lines))
    options = [option for option in recorded if not option.startswith("--scale")]
    space = ["--space=classifier_penalty_vectors", *LEAST[:6], "--set=floor.worst_macro_f1=0.01"]
    one_layer = [*space, "--set=layer=1", *options, f"--pretrained={folder}", "--min-group=1,1"]
    local_command(tmp_path, capsys, *one_layer)
    bundle = exported(tmp_path, "most-accurate")
    content = json.loads((bundle / "bundle.json").read_text())
    assert content["category"]["layers"] == 3
    assert content["settings"]["layer"] == 1
    assert "--pretrained FOLDER" in (bundle / "README.md").read_text()
    with monkeypatch.context() as patch:
        patch.setattr(SpeechModel, "extract", lambda model, sound: 3.0 * stand_in(model, sound))
        (changed,) = load(bundle, folder).predict([Recording(str(tmp_path / "0.wav"))])
    (outcome,) = load(bundle, folder).predict([Recording(str(tmp_path / "0.wav"))])
    assert not isinstance(outcome, Exception)
    assert outcome["anger"] + outcome["sadness"] == pytest.approx(1.0)
    assert changed != outcome


@needs_transformers
def test_a_model_of_transformers_goes_from_extraction_to_a_prediction(
    tmp_path: Path, recorded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    tiny("wavlm", tmp_path / "wavlm")
    named = ["--pretrained=wavlm"]
    weighted = ["--set=layer=0", "--set=pooling=weighted"]
    local_command(
        tmp_path, capsys, "--space=baseline_vectors", *LEAST[:8], *weighted, *recorded, *named
    )
    bundle = exported(tmp_path, "most-accurate")
    (outcome,) = load(bundle, "wavlm").predict([Recording(str(tmp_path / "0.wav"))])
    assert not isinstance(outcome, Exception)
    assert np.isfinite(outcome["activation"])


@pytest.mark.slow  # MLflow logs and loads a model
@pytest.mark.filterwarnings("default")  # MLflow's models warn of MLflow's own code
@needs_transformers
def test_mlflow_serves_a_bundle_with_its_speech_model(
    tmp_path: Path, recorded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    tiny("wavlm", tmp_path / "wavlm")
    weighted = ["--set=layer=0", "--set=pooling=weighted"]
    sweep = ["--space=baseline_vectors", *LEAST[:8], *weighted, *recorded, "--pretrained=wavlm"]
    local_command(tmp_path, capsys, *sweep)
    command = ["s", "--pick=most-accurate", "--anyway", "--with-pretrained", "--register"]
    before = mlflow.get_tracking_uri()
    assert export.main([*command, "--out=held"]) == 0
    try:
        mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}")
        model = mlflow.pyfunc.load_model("models:/s@most-accurate")
    finally:
        mlflow.set_tracking_uri(before)
    assert "transformers==" in mlflow_requirements(tmp_path / "results")
    sound = tmp_path / "0.wav"
    result = model.predict(pd.DataFrame({"content": [sound.read_bytes()]})).to_dict("records")
    assert result == [*load("held").predict([Recording(str(sound))])]


def mlflow_requirements(results: Path) -> str:
    """Return the requirements of the one model that is logged."""
    (manifest,) = (results / "mlartifacts").rglob("MLmodel")
    return (manifest.parent / "requirements.txt").read_text()


def test_a_sweep_on_vectors_of_a_manifest_has_no_model_to_hold(
    tmp_path: Path, brought: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    local_command(tmp_path, capsys, "--space=nonadversarial_vectors", *LEAST, LAYERS, *brought)
    assert export.main(["s", "--anyway", "--with-pretrained"]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "sweep s learned from no pretrained model: leave --with-pretrained out" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--space nonadversarial_vectors", "corpus manifest brings vectors of its own, which goes"),
        ("--space nonadversarial --pretrained .", "--pretrained goes with vectors, the space lear"),
    ],
)
def test_what_does_not_go_together_is_named(
    brought: list[str], folder: str, capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    more = " --pretrained wavlm" if "pretrained" not in options else ""
    assert message in refused(f"{options}{more} {' '.join(brought)}", capsys)


def test_a_layer_and_a_target_that_there_is_not_are_named(
    brought: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    space = f"--space nonadversarial_vectors {' '.join(brought)}"
    assert "`layer` must be from 0 to 2, as the vectors have 3 layers, got 12" in refused(
        space, capsys
    )
    assert "must have a column 'dominance' for this target" in refused(
        f"{space} --set target=dominance {LAYERS}", capsys
    )
    assert "`target` must be of activation, valence, dominance, got 'joy'" in refused(
        f"{space} --set target=joy", capsys
    )


def test_resuming_needs_no_option(
    tmp_path: Path, brought: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    local_command(tmp_path, capsys, "--space=nonadversarial_vectors", *LEAST, LAYERS, *brought)
    for _ in range(2):  # with a trial to train, and with none
        local_command(tmp_path, capsys, "--resume=s", "--trials=3")


def test_a_layer_of_classes_needs_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused("--space classifier --set layer=1", capsys)
    assert "`layer` 1 is of a speech model, which needs --pretrained FOLDER" in message
