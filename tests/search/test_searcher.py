from pathlib import Path

import optuna
import pytest
from ray.tune.search import Searcher

from search.front import Floor
from search.log import EpochRecord, Log
from search.searcher import STARTUP, LogSearcher, OptunaStudy
from search.space import load
from search.storage import LocalStorage

SPACE = load("adversarial")
FLOOR = Floor("ccc", 0.75, 0.8)


def study(seed: int = 0) -> OptunaStudy:
    return OptunaStudy(SPACE.search, SPACE.objectives, FLOOR, seed)


def record(values: dict) -> EpochRecord:
    alpha = float(values["alpha0"])
    metrics = {"ccc": 0.8 - 0.002 * alpha, "recall_gap": 0.4 / (1 + alpha)}
    lanes = {name: [value, value] for name, value in metrics.items()}
    return EpochRecord(1, metrics, lanes, {}, 0.1)


def searcher(log: Log, trials: int, seed: int = 0) -> LogSearcher:
    return LogSearcher(log, study(seed), [0, 1], trials, {"epochs": 1})


def walk(log: Log, trials: int) -> list[dict]:
    """Run trials one after the other; what was suggested."""
    source, seen = searcher(log, trials), []
    while (config := source.suggest("")) != Searcher.FINISHED:
        assert isinstance(config, dict)
        seen.append(config["values"])
        log.epoch(config["trial"], record(config["values"]))
        log.ended(config["trial"], "complete")
    return seen


def states(source: LogSearcher) -> list[str]:
    return [trial.state.name for trial in source._study._study.trials]


def test_a_sweep_suggests_its_number_of_trials_and_no_more(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    assert len(walk(log, 12)) == 12
    assert sorted(log.trials) == list(range(12))
    for trial in log.trials.values():
        assert 0.01 <= float(trial.values["alpha0"]) <= 100
        assert trial.seeds == [0, 1]


def test_an_interrupted_sweep_goes_on_with_the_very_trials_of_the_uninterrupted(
    tmp_path: Path,
) -> None:
    whole = walk(Log(LocalStorage(tmp_path / "whole")), 14)
    folder = LocalStorage(tmp_path / "parts")
    first = walk(Log(folder), 5)
    second = walk(Log(folder), 11)
    third = walk(Log(folder), 14)
    assert first + second + third == whole


def test_unfinished_trials_come_first_under_their_own_numbers(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    before = searcher(log, 4)
    configs = [before.suggest("") for _ in range(3)]
    log.epoch(1, record(configs[1]["values"]))  # type: ignore[index]
    log.ended(1, "complete")
    after = searcher(Log(LocalStorage(tmp_path)), 4)
    assert after.remaining == 3
    again = [after.suggest("") for _ in range(3)]
    assert [config["trial"] for config in again] == [0, 2, 3]  # type: ignore[index]
    assert again[0] == configs[0]
    assert after.suggest("") == Searcher.FINISHED


def test_optuna_is_told_each_trial_once_and_as_what_it_is(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    source = searcher(log, 5)
    for state in ("complete", "failed", "stopped"):
        config = source.suggest("")
        log.epoch(config["trial"], record(config["values"]))  # type: ignore[index]
        log.ended(config["trial"], state, "reason")  # type: ignore[arg-type, index]
    source.suggest("")
    assert states(source) == ["COMPLETE", "FAIL", "PRUNED", "RUNNING"]
    resumed = searcher(Log(LocalStorage(tmp_path)), 5)
    assert states(resumed) == ["COMPLETE", "FAIL", "PRUNED", "RUNNING"]
    told, again = (s._study._study.trials[0] for s in (source, resumed))
    assert told.values == again.values
    assert told.constraints == again.constraints


def test_the_floor_and_diverged_lanes_are_constraints(tmp_path: Path) -> None:
    log = Log(LocalStorage(tmp_path))
    source = searcher(log, 3)
    config = source.suggest("")
    low = EpochRecord(
        1, {"ccc": 0.5, "recall_gap": 0.0}, {"ccc": [0.5, None], "recall_gap": [0.0, None]}, {}, 1.0
    )
    log.epoch(config["trial"], low)  # type: ignore[index]
    log.ended(config["trial"], "complete")  # type: ignore[index]
    source.suggest("")
    told = source._study._study.trials[0]
    assert told.values == [-0.5, 0.0]
    assert told.constraints == {"floor": pytest.approx(0.1), "diverged_lanes": 1.0}


def test_the_sampler_follows_what_it_was_told(tmp_path: Path) -> None:
    values = walk(Log(LocalStorage(tmp_path)), 40)[STARTUP:]
    floor_holds = [0.8 - 0.002 * float(v["alpha0"]) >= 0.6 for v in values]
    assert all(floor_holds)
    large = [float(v["alpha0"]) > 1 for v in values]
    assert sum(large) > len(large) / 2  # the front lies at large alpha0


def test_an_objective_that_is_best_at_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="objective 'tpr_diff' is best at zero"):
        OptunaStudy(SPACE.search, ("ccc", "tpr_diff"), None, 0)


def test_optuna_is_silent() -> None:
    study()
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR
