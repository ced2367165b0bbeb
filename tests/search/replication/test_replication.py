"""A replication trained and tested without Ray."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fairser_core.datasets.data import Data
from search.planning.seeds import common_seeds, fresh_seeds
from search.replication import test_record
from search.replication.replication import ReplicatedCandidate, Replication, replication_of
from search.replication.testing import record_tests, untested
from search.store.log import Log
from search.store.models import kept_epochs
from search.store.snapshots import load
from search.store.storage import StorageError
from search.sweep.sweep import Sweep
from tests.support.fake_training import log_rows
from tests.support.local_training import Interrupted, train
from tests.support.toy_sweep import ALL, toy_data, toy_sweep

HERE = {"alpha0": 1.0, "adversary_learning_rate": 0.01}
THERE = {"alpha0": 5.0, "adversary_learning_rate": 0.01}
CANDIDATES = [ReplicatedCandidate("0@3", HERE, 3), ReplicatedCandidate("4@2", THERE, 2)]


@pytest.fixture(scope="module")
def data() -> Data:
    return toy_data()


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return toy_sweep(tmp_path / "toy", 2, 4, ALL)


def replicate(
    sweep: Sweep, candidates: list[ReplicatedCandidate] = CANDIDATES, seeds: int = 2
) -> Replication:
    return replication_of(sweep, candidates, seeds)


def test_it_lies_in_the_sweeps_folder_and_its_seeds_are_nobody_elses(sweep: Sweep) -> None:
    replication = replicate(sweep)
    assert replication.folder.where() == sweep.folder.where("replication")
    assert replication.sweep.facts.id != sweep.facts.id
    assert replication.sweep.facts.tags["replicates"] == sweep.facts.id
    others = common_seeds(sweep.space.budget, 0) + fresh_seeds(0, sweep.space.budget.check_seeds)
    plan, own = replication.sweep.plan(), set[int]()
    while trial := plan.next():
        own |= set(trial.seeds)
    assert len(own) == 2
    assert not set(others) & own


def test_each_is_trained_to_its_epoch_and_only_the_last_models_are_kept(
    sweep: Sweep, data: Data
) -> None:
    replication = replicate(sweep)
    assert replication.sweep.budget.lane_epochs == 2 * (3 + 2)
    train(replication.sweep, data)
    assert replication.sweep.done
    assert [len(t.epochs) for t in replication.sweep.log.trials.values()] == [3, 2]
    for trial in replication.sweep.log.trials.values():
        assert kept_epochs(replication.folder, trial.number) == [trial.limit]
        networks, record, _ = replication.sweep.model(trial, trial.limit)
        assert record == trial.last
        assert {len(tensor) for tensor in networks["predictor"].values()} == {2}
        assert load(replication.folder, replication.sweep.place(trial)) == (None, ())  # tidied
    assert [len(replication.trained_trials(one)) for one in CANDIDATES] == [1, 1]
    front = replication.sweep.front()
    assert [(point.trial, point.epoch) for point in front.points] == [(0, 3), (1, 2)]
    assert front.members == ()


def test_interrupted_it_goes_on_to_the_same_models(tmp_path: Path, data: Data) -> None:
    whole = replicate(toy_sweep(tmp_path / "whole", 2, 4, ALL))
    train(whole.sweep, data)
    cut = replicate(toy_sweep(tmp_path / "cut", 2, 4, ALL))
    for _ in range(4):
        with pytest.raises(Interrupted, match=r"^$"):
            train(cut.sweep, data, epochs=1)
        cut = replicate(toy_sweep(tmp_path / "cut", 2, 4, ALL))
    train(cut.sweep, data)
    assert _but_seconds(cut.sweep.log) == _but_seconds(whole.sweep.log)
    for number, trial in whole.sweep.log.trials.items():
        one, other = (
            r.sweep.model(r.sweep.log.trials[number], trial.limit).networks for r in (whole, cut)
        )
        for name, tensor in one["predictor"].items():
            np.testing.assert_array_equal(tensor, other["predictor"][name])


def _but_seconds(log: Log) -> list[object]:
    return [
        [*row[:-1], [dataclasses.replace(epoch, seconds=0.0) for epoch in row[-1]]]
        for row in log_rows(log)
    ]


def never() -> Data:
    raise AssertionError("test data were read again")


def test_models_are_tested_once_and_recorded(sweep: Sweep, data: Data) -> None:
    replication = replicate(sweep)
    train(replication.sweep, data)
    calls = []

    def make_arrays() -> Data:
        calls.append(1)
        return data

    record_tests(replication, make_arrays)
    assert len(calls) == 1
    record = test_record.read(replication.folder)
    assert [(one.name, one.epoch, one.seeds) for one in record] == [
        ("0@3", 3, [750, 751]),
        ("4@2", 2, [750, 751]),
    ]
    # The toy's arrays evaluate the validation split, whose metrics are in the log.
    for one in record:
        known = replication.sweep.log.trials[one.trial].epochs[-1].lanes
        assert one.metrics["ccc"] == pytest.approx(known["ccc"])
    again = replicate(sweep)
    assert untested(again) == []
    record_tests(again, never)
    assert test_record.read(again.folder) == record


def test_what_is_chosen_later_is_tested_then_and_nothing_else(sweep: Sweep, data: Data) -> None:
    first = replicate(sweep, CANDIDATES[:1])
    train(first.sweep, data)
    record_tests(first, lambda: data)
    for chosen, seeds, trials in ((CANDIDATES, 2, [0, 1]), (CANDIDATES[1:], 3, [0, 1, 2])):
        later = replicate(sweep, chosen, seeds)
        train(later.sweep, data)
        assert [trial.number for _, trial in untested(later)] == trials[-1:]
        record_tests(later, lambda: data)
        assert [one.trial for one in test_record.read(later.folder)] == trials
    assert test_record.read(later.folder)[-1].seeds == [752]


def test_seeds_that_diverged_have_no_model_and_are_named(
    sweep: Sweep, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    replication = replicate(sweep, CANDIDATES[:1], seeds=3)
    train(replication.sweep, data)
    record = replication.sweep.log.trials[0].epochs[-1]
    lanes = {name: [None, *values[1:]] for name, values in record.lanes.items()}
    model = replication.sweep.model(replication.sweep.log.trials[0], 3)
    replication.sweep.log.trials[0].epochs[-1] = dataclasses.replace(record, lanes=lanes)
    monkeypatch.setattr(Sweep, "model", lambda *_: model)
    record_tests(replication, lambda: data)
    (one,) = test_record.read(replication.folder)
    assert (one.seeds, one.diverged) == ([751, 752], [750])
    assert one.metrics["ccc"] == pytest.approx(record.lanes["ccc"][1:])


def test_nothing_is_tested_while_the_record_cannot_be_read(sweep: Sweep, data: Data) -> None:
    replication = replicate(sweep, CANDIDATES[:1])
    train(replication.sweep, data)
    replication.folder.write("test.json", b"{")
    with pytest.raises(StorageError, match="nothing is tested before it is whole again"):
        record_tests(replication, never)
