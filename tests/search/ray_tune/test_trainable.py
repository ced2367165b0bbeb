"""What a trial reports and leaves on disk, without Ray."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from fairser_core.datasets.activation import Activation
from fairser_core.lanes.lanes import tree_map
from fairser_core.training.state import State
from search.planning.failures import GPU_FULL, reason_of
from search.ray_tune import trainable as trial
from search.ray_tune.searcher import PlanSearcher
from search.store import snapshots
from search.store.local_storage import LocalStorage
from search.store.models import kept_epochs, load_model
from search.store.seal import Place
from search.store.storage import StorageError
from tests.support.local_training import AnyNumber
from tests.support.toy_sweep import toy_data, toy_sweep

EPOCHS = 5
Report = dict[str, Any]
Config = dict[str, Any]


@pytest.fixture(scope="module")
def data() -> Activation:
    return toy_data()


@pytest.fixture(autouse=True)
def every_epoch_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SNAPSHOT_SECONDS", 0.0)


def config_in(folder: Path) -> Config:
    """What Ray hands to the first trial of a sweep."""
    sweep = toy_sweep(folder, trials=1, epochs=EPOCHS)
    common = {
        "method": sweep.space.method,
        "settings": sweep.space.fixed,
        "objectives": list(sweep.space.objectives),
        "floors": sweep.policy.bounds,
        "keep": "feasible",
        "sweep": sweep.facts.name,
        "folder": sweep.folder.uri,
        "cpus": 1,
        "gpus": 0,
    }
    asked = PlanSearcher(sweep.log, sweep.plan(), common, AnyNumber()).suggest("ray")
    assert isinstance(asked, dict)
    return asked


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path / "parts")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, data: Activation) -> tuple[Path, list[Report]]:
    """Folder and reports of a trial that is not interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, list(trial._reports(config_in(folder), data))


def cut(config: Config, data: Activation, epochs: int) -> list[Report]:
    """Reports of a trial that is killed after so many."""
    reports: Iterator[Report] = trial._reports(config, data)
    taken = [next(reports) for _ in range(epochs)]
    reports.close()  # type: ignore[attr-defined]
    return taken


def again(config: Config, data: Activation) -> list[Report]:
    return list(trial._reports({**config, "again": True}, data))


def records(reports: list[Report]) -> list[dict[str, Any]]:
    """Every record but its seconds."""
    result = [json.loads(report["record"]) for report in reports if "record" in report]
    return [{k: v for k, v in record.items() if k != "seconds"} for record in result]


def resumed(report: Report) -> dict[str, Any]:
    return dict(json.loads(report["resumed"]))


def place_in(folder: Path) -> Place:
    """The place of the first trial."""
    sweep = toy_sweep(folder, trials=1, epochs=EPOCHS)
    return sweep.place(sweep.log.trials[0])


def final(folder: Path) -> State:
    snapshot, _ = snapshots.load(LocalStorage(folder), place_in(folder))
    assert snapshot
    return snapshot.state


def assert_same(left: Any, right: Any) -> None:
    """Bit for bit."""
    equal = tree_map(torch.equal, left, right)
    assert all(all(network.values()) for network in equal.values())
    assert equal


def assert_ended_like(folder: Path, other: Path) -> None:
    """The same final parameters, generators and models."""
    a, b = final(folder), final(other)
    assert a.epoch == b.epoch == EPOCHS
    assert_same(a.networks, b.networks)
    assert_same(a.kept, b.kept)
    for left, right in zip(a.streams, b.streams, strict=True):
        assert all(torch.equal(left[name], right[name]) for name in left)
    ours, theirs = LocalStorage(folder), LocalStorage(other)
    assert kept_epochs(ours, 0) == kept_epochs(theirs, 0) != []
    for epoch in kept_epochs(ours, 0):
        pair = (load_model(s, place_in(s.path), epoch).networks for s in (ours, theirs))
        assert_same(*pair)


def state_files(config: Config) -> list[Path]:
    return sorted(Path(config["folder"], "trials", "0000").glob("*.state"))


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def test_a_fresh_trial_reports_each_epoch_once(whole: tuple[Path, list[Report]]) -> None:
    _, reports = whole
    assert [set(report) for report in reports] == [{"record"}] * EPOCHS
    answers = records(reports)
    assert [record["epoch"] for record in answers] == [1, 2, 3, 4, 5]
    for record in answers:
        assert record["metrics"]["ccc"] == pytest.approx(sum(record["lanes"]["ccc"]) / 2)


@pytest.mark.parametrize("epochs", range(1, EPOCHS + 1))
def test_killed_after_any_epoch_and_resumed_a_trial_equals_the_uninterrupted_one(
    whole: tuple[Path, list[Report]], config: Config, data: Activation, epochs: int
) -> None:
    folder, reports = whole
    before = cut(config, data, epochs)
    after = again(config, data)
    assert resumed(after[0]) == {"epoch": epochs, "damaged": []}
    assert records(after[:1]) == records(before[-1:])  # should the log lack it
    assert [set(report) for report in after[1:]] == [{"record"}] * (EPOCHS - epochs)
    assert records(before + after[1:]) == records(reports)
    assert_ended_like(Path(config["folder"]), folder)


def test_killed_after_every_epoch_a_trial_equals_the_uninterrupted_one(
    whole: tuple[Path, list[Report]], config: Config, data: Activation
) -> None:
    folder, reports = whole
    taken = cut(config, data, 1)
    for epoch in range(1, EPOCHS):
        taken.append(cut({**config, "again": True}, data, 2)[1])
        assert records(taken[-1:])[0]["epoch"] == epoch + 1
    assert records(taken) == records(reports)
    assert_ended_like(Path(config["folder"]), folder)


@pytest.mark.parametrize("epochs", range(1, EPOCHS))
def test_killed_before_it_was_saved_a_trial_begins_anew_and_says_so(
    whole: tuple[Path, list[Report]],
    config: Config,
    data: Activation,
    monkeypatch: pytest.MonkeyPatch,
    epochs: int,
) -> None:
    folder, reports = whole
    monkeypatch.setattr(trial, "SNAPSHOT_SECONDS", 3600.0)
    cut(config, data, epochs)
    assert state_files(config) == []
    after = again(config, data)
    assert set(after[0]) == {"resumed"}
    assert resumed(after[0]) == {"epoch": 0, "damaged": []}
    assert records(after) == records(reports)
    assert_ended_like(Path(config["folder"]), folder)  # the last epoch is always saved


def test_a_torn_snapshot_is_named_and_the_trial_goes_on_from_the_one_before(
    whole: tuple[Path, list[Report]], config: Config, data: Activation
) -> None:
    folder, reports = whole
    cut(config, data, 3)
    newest = state_files(config)[-1]
    tear(newest)
    after = again(config, data)
    assert resumed(after[0])["epoch"] == 2
    (note,) = resumed(after[0])["damaged"]
    assert str(newest) in note
    assert "SHA-256" in note
    assert records(after) == records(reports)[1:]
    assert_ended_like(Path(config["folder"]), folder)


def test_with_no_whole_snapshot_a_trial_begins_anew_and_names_the_torn(
    whole: tuple[Path, list[Report]], config: Config, data: Activation
) -> None:
    folder, reports = whole
    cut(config, data, 3)
    files = state_files(config)
    for file in files:
        tear(file)
    after = again(config, data)
    assert resumed(after[0])["epoch"] == 0
    notes = resumed(after[0])["damaged"]
    assert len(notes) == 2
    assert all(any(str(file) in note for note in notes) for file in files)
    assert records(after) == records(reports)
    assert_ended_like(Path(config["folder"]), folder)


def test_no_note_tells_of_a_snapshot_that_is_not_there(config: Config, data: Activation) -> None:
    cut(config, data, 1)
    tear(state_files(config)[0])
    (note,) = resumed(again(config, data)[0])["damaged"]
    assert "before it is used" not in note


def test_a_torn_snapshot_is_named_though_the_log_has_no_epoch_yet(
    config: Config, data: Activation
) -> None:
    cut(config, data, 1)  # killed before it was logged
    newest = state_files(config)[0]
    tear(newest)
    first = next(trial._reports(config, data))
    assert str(newest) in str(first.get("resumed"))


def test_a_trial_that_diverges_says_so_and_reports_no_such_epoch(
    config: Config, data: Activation
) -> None:
    config["settings"] = {**config["settings"], "learning_rate": 1e30}
    *before, last = trial._reports(config, data)
    epoch = len(before) + 1
    assert set(last) == {"diverged"}
    assert f"undefined in epoch {epoch}: seed 0: diverged: " in last["diverged"]
    assert all(set(report) == {"record"} for report in before)
    assert not any(file.name >= f"epoch-{epoch:05d}" for file in state_files(config))


def test_a_trial_that_diverges_later_keeps_the_snapshot_before(
    config: Config, data: Activation
) -> None:
    cut(config, data, 2)
    config["settings"] = {**config["settings"], "learning_rate": 1e30}
    for _ in range(2):  # the same again and again
        first, *_, last = again(config, data)
        assert resumed(first)["epoch"] == 2
        assert "undefined in epoch 3" in last["diverged"]
    assert [file.name for file in state_files(config)] == [
        "epoch-00001.state",
        "epoch-00002.state",
    ]


def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(
    config: Config, data: Activation
) -> None:
    Path(config["folder"], "trials").write_text("in the way")
    with pytest.raises(StorageError, match=r"cannot write .*parts/trials/0000"):
        list(trial._reports(config, data))


def test_a_folder_that_cannot_be_written_is_reported_to_the_sweep_and_raises_nothing(
    config: Config, data: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(config["folder"], "trials").write_text("in the way")
    answers: list[Report] = []
    monkeypatch.setattr("search.ray_tune.trainable.tune.report", answers.append)
    trial.train_trial(config, data)
    (report,) = answers
    assert set(report) == {"storage"}
    assert "parts/trials/0000" in report["storage"]


@pytest.mark.parametrize(
    ("there", "gpus", "device", "share"),
    [
        (True, 0.25, "cuda", 0.225),
        (True, 1.0, "cuda", None),
        (True, 2.0, "cuda", None),
        (True, 0.0, "cpu", None),
        (False, 0.25, "cpu", None),  # a GPU that is only logical
    ],
)
def test_a_trial_with_a_part_of_a_gpu_may_fill_that_part_of_its_memory(
    monkeypatch: pytest.MonkeyPatch, there: bool, gpus: float, device: str, share: float | None
) -> None:
    shares: list[float] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", shares.append)
    assert trial._device(gpus) == device
    assert shares == ([] if share is None else [pytest.approx(share)])


def test_a_trial_trains_on_its_device_and_without_memory_it_fails_alone(
    config: Config, data: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices: list[str] = []

    def full(*given: Any, device: str, **options: Any) -> Iterator[Any]:
        devices.append(device)
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        yield

    monkeypatch.setattr(trial, "fit", full)
    monkeypatch.setattr(trial, "_device", lambda gpus: "cuda")
    with pytest.raises(torch.cuda.OutOfMemoryError) as error:
        trial.train_trial(config, data)
    assert devices == ["cuda"]
    assert reason_of(f"{type(error.value).__name__}: {error.value}\n") == GPU_FULL
