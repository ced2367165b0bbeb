import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from search.front.history import History, Moment, history_csv
from search.presentation.front_layout import FRONT_COLOUR
from search.presentation.history_png import history_png
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.trials import EpochRecord, TrialRecord
from tests.support.fake_training import (
    FLOOR,
    OBJECTIVES,
    Killed,
    epoch_record,
    front_of,
    plan_of,
    space_of,
    tradeoff,
    walk,
)

SPACE = space_of(trials=14)
REFERENCE = np.array([-FLOOR.value, 1.0])


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def history(log: Log) -> History:
    return History(log, SPACE.objectives, [FLOOR], REFERENCE)


def walked(folder: LocalStorage, parallel: int) -> Log:
    """A sweep with stops, races, checks and a failure."""

    def train(values: Any, seed: int, epoch: int) -> tuple[float, float] | None:
        fails = float(values["alpha0"]) > 30 and epoch == 2
        return None if fails else tradeoff(values, seed, epoch)

    log = Log(folder)
    walk(log, plan_of(log, SPACE), train, parallel=parallel)
    return log


def replayed(folder: LocalStorage) -> list[tuple[dict[int, TrialRecord], int]]:
    """At each end in the file: the trials that were over as they stood, and lane-epochs."""
    trials: dict[int, TrialRecord] = {}
    moments, trained = [], 0
    for line in map(json.loads, folder.lines(FILE)):
        if line["event"] == "suggested":
            given = {key: line[key] for key in ("values", "seeds", "purpose", "limit")}
            trials[line["trial"]] = TrialRecord(line["trial"], **given)
        elif line["event"] == "epoch":
            fields = {key: line[key] for key in EpochRecord.__dataclass_fields__}
            trials[line["trial"]].epochs.append(EpochRecord(**fields))
            trained += len(trials[line["trial"]].seeds)
        elif line["event"] == "ended":
            trials[line["trial"]].state = line["state"]
            ended = {
                number: dataclasses.replace(trial, epochs=list(trial.epochs))
                for number, trial in trials.items()
                if trial.state != "running"
            }
            moments.append((ended, trained))
    return moments


@pytest.mark.parametrize("parallel", [1, 3])
def test_moments_are_the_fronts_of_the_trials_that_had_ended(
    folder: LocalStorage, parallel: int
) -> None:
    log = walked(folder, parallel)
    moments, expected = history(log).update(), replayed(folder)
    assert {t.state for t in log.trials.values()} == {"complete", "stopped", "failed"}
    assert {t.purpose for t in log.trials.values()} == {"search", "race", "check"}
    assert len(moments) == len(log.trials)
    for moment, (ended, trained) in zip(moments, expected, strict=True):
        front = front_of(ended)
        assert moment.trials == len(ended)
        assert moment.lane_epochs == trained
        assert moment.front_size == len(front.members)
        assert moment.hypervolume == pytest.approx(front.hypervolume)


def test_a_history_that_grows_with_the_log_equals_a_rebuilt_history(
    folder: LocalStorage,
) -> None:
    log = Log(folder)
    plan, growing = plan_of(log, SPACE), history(log)
    while True:
        try:
            walk(log, plan, parallel=2, events=3)
            break
        except Killed:  # only a pause: log and plan go on
            growing.update()
    assert growing.update() == history(log).update() == history(Log(folder)).update()


def test_checks_do_not_move_the_hypervolume(folder: LocalStorage) -> None:
    log = walked(folder, 1)
    moments = history(log).update()
    checks = [t.number for t in log.trials.values() if t.purpose == "check"]
    last = len(moments) - len(checks) - 1
    assert {m.hypervolume for m in moments[last:]} == {moments[last].hypervolume}


def test_without_trials_there_is_no_moment(folder: LocalStorage) -> None:
    assert history(Log(folder)).update() == []


def test_before_anything_is_feasible_the_volume_is_nothing(folder: LocalStorage) -> None:
    log = Log(folder)
    log.suggested(0, {"alpha0": 1.0}, [0, 1], "search", 1)
    log.epoch(0, epoch_record(1, dict(zip(OBJECTIVES, ([0.1, 0.2], [0.0, 0.1]), strict=True))))
    log.ended(0, "complete")
    (moment,) = history(log).update()
    assert (moment.hypervolume, moment.front_size, moment.lane_epochs) == (0.0, 0, 2)


MOMENTS = [Moment(1, 12, 30.5, 0.0, 0), Moment(2, 24, 61.0, 0.125, 3)]


def test_the_table_has_a_row_a_moment() -> None:
    rows = list(csv.DictReader(io.StringIO(history_csv(MOMENTS))))
    assert [{key: float(value) for key, value in row.items()} for row in rows] == [
        {"trials": 1, "lane_epochs": 12, "seconds": 30.5, "hypervolume": 0.0, "front_size": 0},
        {"trials": 2, "lane_epochs": 24, "seconds": 61.0, "hypervolume": 0.125, "front_size": 3},
    ]
    assert history_csv([]).splitlines() == [",".join(vars(MOMENTS[0]))]


def pixels(content: bytes) -> int:
    image = np.asarray(imread(io.BytesIO(content)))
    return int(np.isclose(image[..., :3], to_rgb(FRONT_COLOUR), atol=0.01).all(axis=-1).sum())


def test_the_picture_shows_two_curves_that_rise() -> None:
    flat = [dataclasses.replace(moment, hypervolume=0.0) for moment in MOMENTS]
    assert pixels(history_png(MOMENTS, "sweep")) > pixels(history_png(flat, "sweep")) + 100


def test_the_same_moments_give_the_same_picture() -> None:
    assert history_png(MOMENTS, "sweep") == history_png(MOMENTS, "sweep")


@pytest.mark.parametrize("moments", [[], MOMENTS[:1], [Moment(1, 0, 0.0, 0.0, 0)]])
def test_a_history_that_has_hardly_begun_is_drawn(moments: list[Moment]) -> None:
    assert history_png(moments, "a $ sign").startswith(b"\x89PNG")
