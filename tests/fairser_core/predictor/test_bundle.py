import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from fairser_core.predictor import BundleError, load
from fairser_core.predictor.bundle import DESCRIPTION, MODEL
from tests.support.activation_bundle import TrainedModel
from tests.support.bomb import Bomb, torch_bytes

Change = Callable[[dict[str, Any]], object]


def change(folder: Path, edit: Change) -> None:
    """Edit the description."""
    path = folder / DESCRIPTION
    description = json.loads(path.read_text())
    edit(description)
    path.write_text(json.dumps(description))


def put_model(folder: Path, content: bytes) -> None:
    """Another model, which the description vouches for."""
    (folder / MODEL).write_bytes(content)
    change(folder, lambda values: values.update(model=hashlib.sha256(content).hexdigest()))


def refused(folder: Path, rule: str, name: str = DESCRIPTION) -> None:
    """The bundle is refused; the message names the file and holds the rule."""
    with pytest.raises(BundleError, match=f"^{re.escape(str(folder / name))}.*{re.escape(rule)}"):
        load(folder)


def test_what_is_written_is_what_is_read(trained: TrainedModel, folder: Path) -> None:
    bundle = load(folder).bundle
    for name in ("method", "task", "features", "metrics", "provenance"):
        assert getattr(bundle, name) == getattr(trained.bundle, name)
    for name, tensor in trained.bundle.networks["predictor"].items():
        assert torch.equal(bundle.networks["predictor"][name], tensor)
    assert bundle.files() == trained.bundle.files()


def test_a_bundle_may_lie_anywhere_and_hold_other_files(folder: Path, tmp_path: Path) -> None:
    moved = folder.rename(tmp_path / "ein anderer Ort")
    (moved / "README.md").write_text("words")
    assert load(moved).bundle.task_name == "activation"


@pytest.mark.parametrize("name", [DESCRIPTION, MODEL])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"is no bundle: there is no file {name} in it"):
        load(folder)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe\x00", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[1]", "`the file` must be a table of keys and values, got [1]"),
        (b"{}", "`format` must be from 1 to 5, which this version of fairser reads, got None"),
        (
            b'{"format": 6}',
            "`format` must be from 1 to 5, which this version of fairser reads, got 6",
        ),
        (
            b'{"format": true}',
            "`format` must be from 1 to 5, which this version of fairser reads, got True",
        ),
        (b'{"format": 1, "format": 1}', "a key stands twice"),
        (
            b'{"format": 1, "task": "sing"}',
            "`task` must be one of activation, emotion, category, got 'sing'",
        ),
        (
            b'{"format": 1, "task": ["emotion"]}',
            "`task` must be one of activation, emotion, category",
        ),
        (b'{"format": 1, "task": "activation"}', "`method` is missing"),
        (b'{"format": NaN}', "NaN is not a number"),
        (b" " * 10_000_001, "must be of at most 10,000,000 bytes, is of 10,000,001"),
    ],
)
def test_what_is_no_description_is_named(folder: Path, content: bytes, rule: str) -> None:
    (folder / DESCRIPTION).write_bytes(content)
    refused(folder, rule)


def at(*keys: str, to: Any) -> Change:
    """Sets the value at a path of keys."""

    def edit(values: dict[str, Any]) -> None:
        *path, last = keys
        for key in path:
            values = values[key]
        values[last] = to

    return edit


PROBLEM = ("activation", "problem")
WINDOWS = ("activation", "windows")


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (at("method", to="os.system"), "`method` must be one of baseline, adversarial, nonadversa"),
        (at("method", to="dnn"), "`method` must be one of baseline"),
        (at("settings", to=[]), "`settings` must be a table of keys and values, got []"),
        (
            at("settings", "hidden", to="8"),
            "`settings.hidden` must be a whole number from 0 to 100",
        ),
        (at("settings", "hidden", to=8.5), "`settings.hidden` must be a whole number"),
        (at("settings", "hidden", to=True), "`settings.hidden` must be a whole number"),
        (at("settings", "hidden", to=10**12), "`settings.hidden` must be a whole number from 0 to"),
        (at("settings", "hidden", to=0), "[settings]: `hidden` must be >= 1, got 0"),
        (at("settings", "conv_layers", to=99), "`settings.conv_layers` must be a whole number fr"),
        (at("settings", "dropout", to=1.0), "[settings]: `dropout` must be in [0, 1), got 1.0"),
        (at("settings", "stratified_batches", to=1), "must be true or false, got 1"),
        (at("settings", "run", to="rm -rf /"), "there is no `settings.run` in a bundle of this fo"),
        (at("path", to="../../etc/passwd"), "there is no `path` in a bundle of this format"),
        (lambda values: values["settings"].pop("filters"), "`settings.filters` is missing"),
        (lambda values: values.pop("activation"), "`activation` is missing"),
        (at("features", "mel_scale", to="bark"), "`features.mel_scale` must be one of ('htk', 'sl"),
        (at("features", "sample_rate", to=10**9), "`features.sample_rate` must be a whole number"),
        (at("features", "hop_length", to=0), "[features]: `hop_length` must be >= 1, got 0"),
        (at("features", "coefficients", to=7), "must be 6, as many as [activation] is of, got 7"),
        (at("features", to=0), "`features` must be a table of keys and values, got 0"),
        (at(*PROBLEM, "mean", to="3"), "`activation.problem.mean` must be a finite number, got '3"),
        (at(*PROBLEM, "mean", to=10**400), "`activation.problem.mean` must be a finite number"),
        (at(*PROBLEM, "deviation", to=0), "[activation]: `deviation` must be > 0, got 0.0"),
        (
            at(*PROBLEM, "threshold", to=9),
            "[activation]: `threshold` must be on the scale, got 9.0",
        ),
        (
            at(*PROBLEM, "frames", to=41),
            "[activation]: `frames` must be the windows' own, or 0 for vectors, got 41",
        ),
        (at(*WINDOWS, "padding", to="x"), "`activation.windows.padding` must be one of ('mean',"),
        (at(*WINDOWS, "hop", to=0), "[activation.windows]: `hop` must be >= 1, got 0"),
        (
            at("activation", "mean", to=[0.0] * 5),
            "[activation]: `mean` must be of 6 coefficients, got 5",
        ),
        (
            at("activation", "mean", to=[]),
            "`activation.mean` must be a list of 1 to 100000, got []",
        ),
        (at("activation", "mean", to=[None] * 6), "`activation.mean[0]` must be a finite number"),
        (at("activation", "deviation", to=[-1.0] * 6), "`deviation` must be > 0, got -1.0"),
        (at("activation", "scale", to=[7, 1]), "`scale` must be the lowest label before the high"),
        (at("activation", "scale", to=[1, 4, 7]), "`activation.scale` must be a list of 2, got ["),
        (at("metrics", to=None), "`metrics` must be a table of keys and values, got None"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named_with_it(folder: Path, edit: Change, rule: str) -> None:
    change(folder, edit)
    refused(folder, rule)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_statistics_that_are_no_numbers_are_refused(folder: Path, number: str) -> None:
    change(folder, at("activation", "mean", to=["here"] * 6))
    path = folder / DESCRIPTION
    path.write_text(path.read_text().replace('"here"', number))
    refused(folder, "finite number" if number == "1e999" else f"{number} is not a number")


def test_a_model_that_is_not_the_one_described_is_refused(folder: Path) -> None:
    content = bytearray((folder / MODEL).read_bytes())
    content[-1] ^= 1
    (folder / MODEL).write_bytes(content)
    refused(folder, "is not the model that bundle.json describes: its SHA-256 is", MODEL)


def test_a_pickle_by_the_models_name_is_refused_and_not_executed(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "executed"
    put_model(folder, torch_bytes({"predictor/conv0.weight": Bomb(target)}))
    refused(folder, "is no file of safetensors", MODEL)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"\xff" * 64, b"nonsense" * 9])
def test_a_model_that_is_no_safetensors_is_refused(folder: Path, content: bytes) -> None:
    put_model(folder, content)
    refused(folder, "is no file of safetensors", MODEL)


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    return safetensors.torch.load((folder / MODEL).read_bytes())


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (lambda t: t.pop("predictor/output.bias"), "`predictor/output.bias` is missing"),
        (lambda t: t.update(more=torch.ones(1)), "there is no `more` in a bundle"),
        (
            lambda t: t.update({"predictor/output.bias": torch.ones(2)}),
            "`predictor/output.bias` must be of shape (1,), got (2,)",
        ),
        (
            lambda t: t.update({"predictor/output.bias": torch.ones(1).double()}),
            "`predictor/output.bias` must be of torch.float32, got torch.float64",
        ),
        (
            lambda t: t.update({"predictor/output.bias": torch.tensor([torch.nan])}),
            "`predictor/output.bias` must be finite",
        ),
    ],
)
def test_parameters_must_be_those_of_the_network_described(
    folder: Path, edit: Callable[[dict[str, torch.Tensor]], object], rule: str
) -> None:
    changed = tensors(folder)
    edit(changed)
    put_model(folder, safetensors.torch.save(changed))
    refused(folder, rule, MODEL)


def test_a_description_of_another_size_is_refused_without_its_memory(folder: Path) -> None:
    change(folder, at("settings", "hidden", to=100_000))  # 40 GB
    refused(folder, "`predictor/hidden0.weight` must be of shape (100000, ", MODEL)


def test_what_json_cannot_hold_is_not_written(trained: TrainedModel) -> None:
    bundle = dataclasses.replace(trained.bundle, metrics={"ccc": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        bundle.files()
