"""Ray Tune's side of a plan: searcher, scheduler and recorder, without Ray running."""

import json
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

sys.path.insert(0, str(Path(__file__).parent))
from fake_training import OBJECTIVES, epoch_record, plan_of, space_of, tradeoff

from search.log import EpochRecord, Log
from search.recorder import Recorder
from search.scheduler import PlanScheduler
from search.searcher import PlanSearcher
from search.storage import LocalStorage
from search.trial import report_of

FINISHED = Searcher.FINISHED
COMMON = {"method": "adversarial", "cpus": 1}
SPACE = space_of(trials=4, epochs=4, race_seeds=0, check_seeds=0)


class Driver:
    """What Ray Tune does with a sweep, one call at a time."""

    def __init__(self, folder: Path, space: Any = SPACE, stopping: bool = False) -> None:
        self.log = Log(LocalStorage(folder))
        self.plan = plan_of(self.log, space, stopping=stopping)
        self.events = 0
        self.searcher = PlanSearcher(self.log, self.plan, COMMON)
        self.recorder = Recorder(self.log, self.count)
        self.scheduler = PlanScheduler(self.recorder, self.plan)

    def count(self) -> None:
        self.events += 1

    def ask(self) -> Any:
        return self.searcher.suggest("ray's own name")

    def report(self, config: dict[str, Any], epoch: int) -> str:
        return self.send(config, report_of(trained(config, epoch)))

    def send(self, config: dict[str, Any], result: dict[str, Any]) -> str:
        trial = SimpleNamespace(config=config)
        return self.scheduler.on_trial_result(None, trial, result)  # type: ignore[arg-type]

    def end(self, config: dict[str, Any]) -> None:
        trial: Any = SimpleNamespace(config=config, error_file=None)
        self.recorder.on_trial_complete(0, [], trial)

    def fail(self, config: dict[str, Any], error_file: Path | None) -> None:
        trial: Any = SimpleNamespace(config=config, error_file=error_file and str(error_file))
        self.recorder.on_trial_error(0, [], trial)

    def train(self, config: dict[str, Any]) -> None:
        for epoch in range(1, config["epochs"] + 1):
            if self.report(config, epoch) == TrialScheduler.STOP:
                break
        self.end(config)


def trained(config: dict[str, Any], epoch: int) -> EpochRecord:
    lanes = [tradeoff(config["values"], seed, epoch) for seed in config["seeds"]]
    return epoch_record(
        epoch, dict(zip(OBJECTIVES, map(list, zip(*lanes, strict=True)), strict=True))
    )


def test_a_trial_is_told_its_number_values_seeds_and_epochs(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    record = driver.log.trials[0]
    assert config == {
        **COMMON,
        "trial": 0,
        "values": record.values,
        "seeds": record.seeds,
        "epochs": record.limit,
    }
    assert Log(LocalStorage(tmp_path)).trials[0].values == record.values  # on disk already


def test_a_sweep_is_over_when_its_plan_is(tmp_path: Path) -> None:
    driver, seen = Driver(tmp_path), []
    while (config := driver.ask()) != FINISHED:
        seen.append(config["trial"])
        driver.train(config)
    assert seen == [0, 1, 2, 3]
    assert {trial.state for trial in driver.log.trials.values()} == {"complete"}


def test_while_others_run_there_may_be_more_to_come(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    configs = [driver.ask() for _ in range(4)]
    assert driver.ask() is None  # not the end: one of them may fail or be stopped
    for config in configs:
        driver.train(config)
    assert driver.ask() == FINISHED


def test_unfinished_trials_come_first_under_their_own_numbers(tmp_path: Path) -> None:
    before = Driver(tmp_path)
    configs = [before.ask() for _ in range(3)]
    before.train(configs[1])
    before.report(configs[0], 1)
    after = Driver(tmp_path)
    assert [after.ask() for _ in range(2)] == [configs[0], configs[2]]
    assert after.ask()["trial"] == 3
    assert after.ask() is None


def test_an_epoch_reported_again_after_a_restart_is_not_written_twice(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    driver.report(config, 1)
    driver.report(config, 2)
    after = Driver(tmp_path)
    config = after.ask()
    assert after.report(config, 2) == TrialScheduler.CONTINUE
    assert after.report(config, 3) == TrialScheduler.CONTINUE
    assert [e.epoch for e in Log(LocalStorage(tmp_path)).trials[0].epochs] == [1, 2, 3]


def test_a_trial_that_falls_behind_is_stopped_and_the_log_says_why(tmp_path: Path) -> None:
    driver = Driver(tmp_path, space_of(trials=8, epochs=6, race_seeds=0, check_seeds=0), True)
    answers: dict[int, list[str]] = {}
    while (config := driver.ask()) != FINISHED:
        for epoch in range(1, 7):
            answers.setdefault(config["trial"], []).append(driver.report(config, epoch))
            if answers[config["trial"]][-1] == TrialScheduler.STOP:
                break
        driver.end(config)  # Ray calls this after a stop, too
    stopped = [n for n, trial in driver.log.trials.items() if trial.state == "stopped"]
    assert stopped
    for number, trial in driver.log.trials.items():
        assert answers[number][:-1] == [TrialScheduler.CONTINUE] * (len(trial.epochs) - 1)
        assert (answers[number][-1] == TrialScheduler.STOP) is (number in stopped)
        assert bool(trial.reason) is (number in stopped)


def test_a_trial_killed_before_its_end_was_written_is_stopped_when_it_reports_again(
    tmp_path: Path,
) -> None:
    space = space_of(trials=8, epochs=6, race_seeds=0, check_seeds=0)
    driver = Driver(tmp_path, space, stopping=True)
    while not any(trial.state == "stopped" for trial in driver.log.trials.values()):
        driver.train(driver.ask())
    path = tmp_path / "trials.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    after = Driver(tmp_path, space, stopping=True)
    config = after.ask()
    assert after.report(config, 1) == TrialScheduler.STOP  # from an older checkpoint
    assert after.log.trials[config["trial"]] == driver.log.trials[config["trial"]]


def test_a_trial_that_cannot_be_counted_fails_with_its_reason(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    driver.report(config, 1)
    assert driver.send(config, {"failed": "ccc undefined in epoch 2"}) == TrialScheduler.CONTINUE
    driver.end(config)  # the trial's function returns
    trial = driver.log.trials[0]
    assert (trial.state, trial.reason) == ("failed", "ccc undefined in epoch 2")
    assert len(trial.epochs) == 1


def test_a_trial_that_raised_fails_with_the_last_line_of_its_error(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    error = tmp_path / "error.txt"
    error.write_text("Traceback:\n  File x\nValueError: no lanes\n\n")
    driver.fail(driver.ask(), error)
    driver.fail(driver.ask(), None)
    reasons = [trial.reason for trial in driver.log.trials.values()]
    assert reasons == ["ValueError: no lanes", "no error was left"]


def test_every_event_is_told_and_what_is_no_result_writes_nothing(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    driver.report(config, 1)
    driver.report(config, 2)
    lines = (tmp_path / "trials.jsonl").read_bytes()
    driver.send(config, {"time_this_iter_s": 1.0})
    assert (tmp_path / "trials.jsonl").read_bytes() == lines
    driver.end(config)
    assert driver.events == 4


def test_what_goes_wrong_in_writing_is_kept_for_the_sweep_to_raise(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    bad = json.loads(report_of(trained(config, 1))["record"])
    with pytest.raises(TypeError, match="unexpected keyword argument 'more'"):
        driver.send(config, {"record": json.dumps({**bad, "more": 1})})
    assert isinstance(driver.recorder.error, TypeError)


def test_what_ray_pickles_for_a_restore_of_its_own_is_empty(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    for part in (driver.searcher, driver.scheduler, driver.recorder):
        assert part.__getstate__() == {}
        assert len(pickle.dumps(part)) < 200


def test_ray_finds_its_own_settings_answered(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    assert driver.searcher.set_search_properties(None, None, {})
    assert driver.scheduler.set_search_properties(None, None)
