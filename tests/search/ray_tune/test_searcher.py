"""Ray Tune's side of a plan: searcher, scheduler and recorder, without Ray running."""

import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from search.planning.failures import Failures
from search.ray_tune.recorder import Recorder
from search.ray_tune.scheduler import PlanScheduler
from search.ray_tune.searcher import Limit, PlanSearcher
from search.ray_tune.trainable import report_of
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.trials import EpochRecord
from tests.support.fake_training import OBJECTIVES, epoch_record, plan_of, space_of, tradeoff
from tests.support.local_training import AnyNumber

FINISHED = Searcher.FINISHED


class Counter:
    """A limit that a test sets, and the answers to whether more would run."""

    def __init__(self, trials: int) -> None:
        self.limit, self.wanted = trials, False

    def trials(self) -> int:
        return self.limit

    def ask(self, wanted: Callable[[], bool]) -> None:
        self.wanted = wanted()


COMMON = {"method": "adversarial", "cpus": 1}
SPACE = space_of(trials=4, epochs=4, race_seeds=0, check_seeds=0)


class Driver:
    """What Ray Tune does with a sweep, one call at a time."""

    def __init__(
        self,
        folder: Path,
        space: Any = SPACE,
        stopping: bool = False,
        most: int = 2,
        limit: Limit | None = None,
    ) -> None:
        storage = LocalStorage(folder)
        self.log = Log(storage)
        self.plan = plan_of(self.log, space, stopping=stopping)
        self.searcher = PlanSearcher(self.log, self.plan, COMMON, limit or AnyNumber())
        failures = Failures(storage, self.log, most)
        self.recorder = Recorder(self.log, failures, lambda: None, lambda: None, lambda text: False)
        self.scheduler = PlanScheduler(self.recorder, self.plan)
        self.asked = 0
        self.ray_ids: dict[int, str] = {}

    def ask(self) -> Any:
        """Configuration of a trial that is Ray's from now on, under a name of Ray's own."""
        self.asked += 1
        config = self.searcher.suggest(f"ray-{self.asked}")
        if isinstance(config, dict):
            self.ray_ids[config["trial"]] = f"ray-{self.asked}"
        return config

    def of_ray(self, config: dict[str, Any], error_file: Path | None = None) -> Any:
        ray_id = self.ray_ids[config["trial"]]
        return SimpleNamespace(
            config=config, trial_id=ray_id, error_file=error_file and str(error_file)
        )

    def report(self, config: dict[str, Any], epoch: int) -> str:
        return self.send(config, report_of(trained(config, epoch)))

    def send(self, config: dict[str, Any], result: dict[str, Any]) -> str:
        return self.scheduler.on_trial_result(None, self.of_ray(config), result)

    def end(self, config: dict[str, Any]) -> None:
        trial = self.of_ray(config)
        self.searcher.on_trial_complete(trial.trial_id)  # Ray tells its searcher first
        self.recorder.on_trial_complete(0, [], trial)

    def fail(self, config: dict[str, Any], error_file: Path | None = None) -> None:
        trial = self.of_ray(config, error_file)
        self.searcher.on_trial_complete(trial.trial_id, error=True)
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


def test_a_trial_receives_its_number_values_seeds_and_epochs(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    record = driver.log.trials[0]
    assert config == {
        **COMMON,
        "trial": 0,
        "values": record.values,
        "seeds": record.seeds,
        "epochs": record.limit,
        "again": False,
    }
    assert Log(LocalStorage(tmp_path)).trials[0].values == record.values  # on disk already


def test_a_sweep_is_over_when_its_plan_is(tmp_path: Path) -> None:
    driver, seen = Driver(tmp_path), []
    while (config := driver.ask()) != FINISHED:
        seen.append(config["trial"])
        driver.train(config)
    assert seen == [0, 1, 2, 3]
    assert {trial.state for trial in driver.log.trials.values()} == {"complete"}


def test_no_more_trials_are_suggested_than_there_is_room_for_at_that_moment(
    tmp_path: Path,
) -> None:
    room = Counter(2)
    driver = Driver(tmp_path, limit=room)
    first, second = driver.ask(), driver.ask()
    assert not room.wanted
    assert driver.ask() is None
    assert room.wanted  # more would run
    assert len(driver.log.trials) == 2  # no values are chosen before there is room
    room.limit = 3  # a node joins
    third = driver.ask()
    assert (third["trial"], driver.ask()) == (2, None)
    room.limit = 1  # nodes leave
    driver.train(first)
    driver.train(second)
    assert driver.ask() is None
    driver.train(third)
    assert driver.ask()["trial"] == 3
    assert driver.ask() is None
    assert not room.wanted  # nothing is left


def test_a_trial_whose_node_left_runs_again_as_soon_as_there_is_room(tmp_path: Path) -> None:
    room = Counter(1)
    driver = Driver(tmp_path, limit=room)
    config = driver.ask()
    room.limit = 0
    driver.fail(config)
    assert driver.ask() is None
    assert room.wanted
    room.limit = 1
    assert driver.ask()["trial"] == config["trial"]


def test_while_others_run_there_may_be_more_to_come(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    configs = [driver.ask() for _ in range(4)]
    assert driver.ask() is None  # not the end: one of them may fail or be stopped
    for config in configs:
        driver.train(config)
    assert driver.ask() == FINISHED


def test_unfinished_trials_come_first_under_their_numbers(tmp_path: Path) -> None:
    before = Driver(tmp_path)
    configs = [before.ask() for _ in range(3)]
    before.train(configs[1])
    before.report(configs[0], 1)
    after = Driver(tmp_path)
    assert [after.ask() for _ in range(2)] == [{**configs[0], "again": True}, configs[2]]
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
    path.with_name("log.json").unlink()  # which states the lines that were written
    after = Driver(tmp_path, space, stopping=True)
    config = after.ask()
    assert after.report(config, 1) == TrialScheduler.STOP  # from an older snapshot
    assert after.log.trials[config["trial"]] == driver.log.trials[config["trial"]]


def test_a_trial_that_diverged_comes_again_once_and_before_any_new_one(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    driver.report(config, 1)
    assert driver.send(config, {"diverged": "ccc undefined"}) == TrialScheduler.CONTINUE
    assert driver.ask()["trial"] == 1  # Ray has not done with the diverged one
    driver.end(config)  # its function returns
    assert driver.log.trials[0].state == "running"
    assert driver.ask() == {**config, "again": True}
    assert driver.ask()["trial"] == 2


def test_a_trial_that_raised_comes_again_as_it_was_asked_for(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    driver.fail(config)
    assert driver.ask() == config  # not again: it has no epoch yet
    assert driver.ask()["trial"] == 1


def test_a_trial_begun_again_is_trained_to_its_end(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    config = driver.ask()
    driver.report(config, 1)
    driver.fail(config)
    driver.train(driver.ask())
    trial = driver.log.trials[0]
    assert trial.state == "complete"
    assert [epoch.epoch for epoch in trial.epochs] == [1, 2, 3, 4]


def test_a_trial_that_failed_for_good_does_not_come_again(tmp_path: Path) -> None:
    driver = Driver(tmp_path, most=1)
    for _ in range(2):
        config = driver.ask()
        assert config["trial"] == 0
        driver.send(config, {"diverged": "ccc undefined in epoch 1"})
        driver.end(config)
    assert (driver.log.trials[0].state, driver.log.trials[0].reason) == (
        "failed",
        "ccc undefined in epoch 1",
    )
    assert driver.ask()["trial"] == 1


def test_the_sweep_is_not_over_while_a_failed_trial_is_to_come_again(tmp_path: Path) -> None:
    driver = Driver(tmp_path, space_of(trials=1, epochs=4, race_seeds=0, check_seeds=0))
    config = driver.ask()
    assert driver.ask() is None
    driver.fail(config)
    config = driver.ask()
    assert config["trial"] == 0
    driver.train(config)
    assert driver.ask() == FINISHED


def test_rays_pickle_for_a_restore_is_empty(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    for part in (driver.searcher, driver.scheduler, driver.recorder):
        assert part.__getstate__() == {}
        assert len(pickle.dumps(part)) < 200


def test_settings_of_ray_are_answered(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    assert driver.searcher.set_search_properties(None, None, {})
    assert driver.scheduler.set_search_properties(None, None)
