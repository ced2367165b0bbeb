import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from search.presentation.live_screen import Screen
from search.running import live_views as views
from search.running.live_views import Views
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from search.sweep.sweep import Sweep
from tests.support.fake_training import epoch_record
from tests.support.toy_sweep import toy_sweep


class FakeTracking:
    """Stand-in for MLflow that keeps what is written."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self.pause = 0.0
        self.files: list[Mapping[str, bytes]] = []
        self.trials: list[list[int]] = []
        self.closed: list[str] = []

    def update(self, trials: Any, front: Any, moments: Any, files: Any = None) -> None:
        assert not self.closed
        self.trials.append(list(trials))
        self.files.append(files or {})

    def close(self, status: str) -> None:
        self.closed.append(status)


class Shown:
    """Views of a sweep of one trial."""

    def __init__(self, folder: Path) -> None:
        self.sweep: Sweep = toy_sweep(folder / "toy", trials=1, epochs=2)
        self.file, self.tracking = io.StringIO(), FakeTracking()
        console = Console(file=self.file, force_terminal=False, width=100)
        screen = Screen("toy", self.sweep.space.budget, console=console)
        self.views = Views(screen, self.tracking)  # type: ignore[arg-type]
        self.trial = self.sweep.plan().next()

    def train(self, *epochs: int) -> None:
        assert self.trial
        for epoch in epochs:
            lanes = {"ccc": [0.5, 0.6], "recall_gap": [0.2, 0.3]}
            self.sweep.log.epoch(self.trial.number, epoch_record(epoch, lanes))
        if 2 in epochs:
            self.sweep.log.ended(self.trial.number, "complete")

    def changed(self, times: int = 1) -> None:
        for _ in range(times):
            self.views.changed(self.sweep)


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(tmp_path)


def test_a_store_that_fails_is_reported_once_and_once_when_it_is_written_again(
    shown: Shown,
) -> None:
    shown.changed(2)
    assert shown.file.getvalue() == ""
    shown.tracking.problem = "OSError: [disk] full"
    shown.changed(3)
    shown.tracking.problem = "OSError: still full"
    shown.changed(2)
    lines = ["MLflow cannot be written and is tried again: OSError: [disk] full"]
    assert shown.file.getvalue().splitlines() == lines
    shown.tracking.problem = None
    shown.changed(3)
    assert shown.file.getvalue().splitlines() == [*lines, "MLflow is written again"]
    shown.tracking.problem = "OSError: full once more"
    shown.changed(2)
    assert shown.file.getvalue().splitlines()[2:] == [
        "MLflow cannot be written and is tried again: OSError: full once more"
    ]


@pytest.mark.parametrize(("epochs", "status"), [((1,), "interrupted"), ((1, 2), "finished")])
def test_the_end_writes_the_front_and_mlflow_with_the_same_files(
    epochs: tuple[int, ...], status: str, shown: Shown
) -> None:
    shown.train(*epochs)
    shown.views.finish(shown.sweep)
    assert shown.tracking.closed == [status]
    assert shown.tracking.trials == [[0]]
    (files,) = shown.tracking.files
    assert {"front.json", "front.csv", "front.png", "front.html", "history.csv"} <= set(files)
    for name, content in files.items():
        assert shown.sweep.folder.read(name) == content


def test_mlflow_gets_the_end_though_the_results_folder_cannot_be_written(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(storage: LocalStorage, name: str, content: bytes) -> None:
        raise StorageError(f"cannot write {storage.where(name)}: No space left on device")

    shown.train(1, 2)
    monkeypatch.setattr(LocalStorage, "write", full)
    with pytest.raises(StorageError, match=r"cannot write .*: No space left on device"):
        shown.views.finish(shown.sweep)
    assert shown.tracking.closed == ["finished"]
    assert shown.tracking.trials == [[0]]
    assert "front.json" in shown.tracking.files[0]


def test_a_front_that_changed_is_drawn_but_not_at_each_event(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("search.running.live_views.time.monotonic", lambda: now)
    fresh = Views(shown.views._screen, shown.tracking)  # type: ignore[arg-type]
    shown.train(1, 2)
    fresh.changed(shown.sweep)
    assert shown.tracking.files == []
    now += views.TRACKING_SECONDS
    fresh.changed(shown.sweep)
    assert shown.tracking.files == [{}]
    assert shown.sweep.folder.read("front.json") is None
    now += views.FILES_SECONDS
    fresh.changed(shown.sweep)
    assert "front.json" in shown.tracking.files[1]
    assert shown.sweep.folder.read("front.json") == shown.tracking.files[1]["front.json"]
    now += views.FILES_SECONDS
    fresh.changed(shown.sweep)
    assert shown.tracking.files[2] == {}  # nothing new to draw
    shown.tracking.pause = 100.0
    now += 99
    fresh.changed(shown.sweep)
    assert len(shown.tracking.files) == 3  # updates have had their share of the time
    now += 1
    fresh.changed(shown.sweep)
    assert len(shown.tracking.files) == 4


def test_a_long_message_of_a_store_is_reported_in_one_short_line(shown: Shown) -> None:
    shown.tracking.problem = "OperationalError: locked\n[SQL: " + 500 * "INSERT "
    shown.changed()
    (line,) = shown.file.getvalue().splitlines()
    assert line.startswith("MLflow cannot be written and is tried again: OperationalError: locked ")
    assert len(line) < 260
