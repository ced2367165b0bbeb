"""A bundle as an MLflow model: logged, registered, loaded again and served."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from fairser_core.predictor import Recording, load
from search import export
from search.store.local_storage import LocalStorage
from search.tracking import registry
from search.tracking.registry import alias_of, description, register
from search.tracking.store import TrackingError
from search.tracking.sweep_run import restore_tracking, store_address
from tests.support.small_sweep import small_sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # MLflow's models warn of MLflow's own code
]
VALUES = {"alpha0": 0.1, "adversary_learning_rate": 1e-3}


@pytest.fixture(scope="module")
def registered(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path
) -> Iterator[tuple[Path, str]]:
    """A folder with a bundle of a sweep that MLflow knows, and the store's URI."""
    folder = tmp_path_factory.mktemp("registered")
    results = folder / "results"
    storage = LocalStorage(results)
    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRSER_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        sweep, _ = small_sweep(results, [VALUES], space="adversarial")
        (results / "mlflow.db").write_bytes(empty_database.read_bytes())
        address = store_address(None, storage)
        with pytest.raises(TrackingError, match="has no run of sweep"):
            register({}, address, sweep, "knee")
        restore_tracking(sweep, address)
        full = MlflowException("no room at http://me:secret@host")
        with pytest.MonkeyPatch.context() as fail:
            fail.setattr(registry, "load", Mock(side_effect=full))
            with pytest.raises(TrackingError, match=r"^no room at http://host$"):
                register({}, address, sweep, "knee")
        assert (
            export.main(["toy", "--anyway", "--pick", "knee", "--out", "bundle", "--register"]) == 0
        )
    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    runs = client.search_runs([e.experiment_id for e in client.search_experiments()])
    assert {run.info.status for run in runs} == {"FINISHED"}
    yield folder, f"sqlite:///{results / 'mlflow.db'}"
    mlflow.set_tracking_uri(before)


def recordings(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "demo").rglob("*.wav"))[:3]


def inputs(folder: Path) -> pd.DataFrame:
    return pd.DataFrame({"content": [path.read_bytes() for path in recordings(folder)]})


@pytest.fixture
def model(registered: tuple[Path, str]) -> Any:
    mlflow.set_tracking_uri(registered[1])
    return mlflow.pyfunc.load_model("models:/toy@knee")


def test_the_registered_model_predicts_what_the_bundle_does(
    registered: tuple[Path, str], model: Any
) -> None:
    folder, _ = registered
    result = model.predict(inputs(folder)).to_dict("records")
    paths = [Recording(str(path)) for path in recordings(folder)]
    assert result == list(load(folder / "bundle").predict(paths))


def test_it_stands_under_the_sweeps_run_and_holds_no_pickle(registered: tuple[Path, str]) -> None:
    folder, uri = registered
    client = MlflowClient(uri)
    version = client.get_model_version_by_alias("toy", "knee")
    assert client.get_run(version.run_id).info.run_name == "toy"
    (manifest,) = (folder / "results" / "mlartifacts").rglob("MLmodel")
    files = [path for path in manifest.parent.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {
        "", ".py", ".json", ".yaml", ".txt", ".md", ".safetensors",
    }  # fmt: skip
    assert not any(path.read_bytes().startswith(b"\x80") for path in files)
    needed = (manifest.parent / "requirements.txt").read_text()
    for name in ("torch==", "safetensors==", "soundfile=="):
        assert name in needed
    assert "ray" not in needed
    assert "optuna" not in needed


def test_the_signature_names_what_goes_in_and_out(model: Any) -> None:
    signature = model.metadata.signature
    assert signature.inputs.input_names() == ["content", "speaker", "session"]
    assert signature.outputs.input_names() == ["activation", "level"]
    assert [param.name for param in signature.params] == ["perspective"]
    assert model.input_example is not None


def test_mlflow_has_all_that_is_needed_to_use_the_model(registered: tuple[Path, str]) -> None:
    mlflow.set_tracking_uri(registered[1])
    info = mlflow.models.get_model_info("models:/toy@knee")
    assert info.signature
    assert [param.name for param in info.signature.params] == ["perspective"]
    assert info.saved_input_example_info
    assert set(info.flavors["python_function"]["env"]) == {"conda", "virtualenv"}
    logged = MlflowClient(registered[1]).get_logged_model(info.model_id)
    assert logged.name == info.metadata["member"]
    assert logged.params["method"] == "adversarial"
    assert float(logged.params["alpha0"]) == VALUES["alpha0"]
    assert logged.tags["member"] == logged.name


def test_a_version_is_described_and_has_every_alias_of_its_member(
    registered: tuple[Path, str],
) -> None:
    folder, uri = registered
    client = MlflowClient(uri)
    version = client.get_model_version_by_alias("toy", "knee")
    member = version.tags["member"]
    # The only member of the front is its knee, its fairest and its most accurate.
    aliases = {"knee", "fairest", "most-accurate", alias_of(member)}
    assert aliases <= set(version.aliases) <= aliases | {"fairest-within"}
    text = version.description or ""
    assert text.startswith(f"# toy, {member}\n")
    assert "| `ccc` |" in text
    facts = json.loads((folder / "results" / "toy" / "sweep.json").read_text())
    assert version.tags["sweep"] == "toy"
    assert version.tags["corpus_fingerprint"] == facts["corpus"]["fingerprint"]
    assert version.tags["git_revision"] == (facts["git"] or {}).get("revision", "")
    assert int(version.tags["seed"]) in (0, 1)
    assert "the sweep toy" in client.get_registered_model("toy").description


def test_a_card_that_is_too_long_loses_its_last_sections(
    registered: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load(registered[0] / "bundle").bundle
    whole = description(bundle)
    monkeypatch.setattr("search.tracking.registry.LONGEST", len(whole) - 1)
    cut = description(bundle)
    assert whole.startswith(cut)
    assert whole[len(cut) :].startswith("\n## ")


def test_a_members_name_is_an_alias_too() -> None:
    assert alias_of("knee") == "knee"
    assert alias_of("12@20") == "trial-12-epoch-20"


def ask(port: int, body: dict[str, Any]) -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.slow
def test_it_is_served_over_http(registered: tuple[Path, str]) -> None:
    folder, uri = registered
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/toy@knee",
               "--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]  # fmt: skip
    binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    server = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "MLFLOW_TRACKING_URI": uri, "PATH": binaries},
    )  # fmt: skip
    rows = [[base64.b64encode(path.read_bytes()).decode()] for path in recordings(folder)]
    table = {"columns": ["content"], "data": rows}
    try:
        for _ in range(300):
            try:
                status, text = ask(port, {"dataframe_split": table})
                break
            except OSError:
                time.sleep(0.5)
        refused = ask(port, {"dataframe_split": table, "params": {"perspective": "male"}})
    finally:
        server.terminate()
        server.wait(30)
    paths = [Recording(str(path)) for path in recordings(folder)]
    assert status == 200
    assert json.loads(text)["predictions"] == list(load(folder / "bundle").predict(paths))
    assert refused[0] == 400
    assert "`perspective` must be gender-free" in refused[1]


@pytest.mark.parametrize("killed_in", ["_describe", "aliases_of"])
def test_a_version_whose_registration_was_killed_is_removed_by_the_next(
    registered: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    folder, uri = registered
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FAIRSER_CACHE", str(folder / "cache"))
    client = MlflowClient(uri)

    def versions() -> set[str]:
        return {each.version for each in client.search_model_versions("name = 'toy'")}

    before = versions()
    with monkeypatch.context() as killed:
        killed.setattr(registry, killed_in, Mock(side_effect=KeyboardInterrupt))
        assert (
            export.main(["toy", "--anyway", "--pick", "knee", "--out", "bundle", "--register"])
            == 130
        )
    (half_made,) = versions() - before
    assert export.main(["toy", "--anyway", "--pick", "knee", "--out", "bundle", "--register"]) == 0
    after = versions()
    assert half_made not in after
    assert len(after) == len(before) + 1
    assert client.get_model_version_by_alias("toy", "knee").version in after - before
