"""Which member of a front becomes stage 1."""

import dataclasses
from pathlib import Path

import pytest

from search.front.names import point_name
from search.space.load import load
from search.space.space import Space
from search.store.local_storage import LocalStorage
from search.sweep.head import NoSuchSweep, SweepHead
from search.sweep.opening import NotBegun
from search.sweep.policy import SearchPolicy
from search.sweep.prerequisites import baseline_space, prerequisite_sweep
from search.sweep.stage1 import Stage1Error, named_stage1
from search.sweep.sweep import Sweep
from tests.support.facts import made_facts
from tests.support.fake_training import epoch_record

STAGE2 = load("fairper")
PLAIN = {"budget.race_seeds": 0, "budget.check_seeds": 0}


def begun(results: Path, name: str, space: Space) -> SweepHead:
    """A sweep's head, written."""
    head = SweepHead(name, LocalStorage(results / name), space, made_facts(name, space.name))
    head.write()
    return head


def detectors(results: Path, space: Space, pairs: list[tuple[float, float]]) -> Sweep:
    """A sweep of one complete trial whose epochs show these accuracies and gaps."""
    sweep = Sweep(begun(results, "rep", space), SearchPolicy())
    trial = sweep.plan().next()
    assert trial
    for index, (f1, gap) in enumerate(pairs):
        lanes = {"f1_macro_s1": [f1], "parity_s2": [gap]}
        sweep.log.epoch(trial.number, epoch_record(index + 1, lanes))
    sweep.log.ended(trial.number, "complete")
    return sweep


def test_a_member_is_taken_by_its_name_in_the_table(tmp_path: Path) -> None:
    space = load("dnn", changes=PLAIN)
    halves = {"f1_macro_s1": 0.5, "parity_s2": 0.5}
    space = dataclasses.replace(space, floor={}, reference=halves)
    detectors(tmp_path, space, [(0.7, 0.1), (0.8, 0.3), (0.79, 0.2)])
    results = LocalStorage(tmp_path)
    for given, expected in (("rep", "0@3"), ("rep/0@1", "0@1"), ("rep/0@2", "0@2")):
        sweep, point = named_stage1(STAGE2, given, results)
        assert (sweep.name, point_name(point)) == ("rep", expected)
    with pytest.raises(Stage1Error, match=r"--stage1 rep/0@4: '0@4' must be .* or a member"):
        named_stage1(STAGE2, "rep/0@4", results)


def test_the_front_lies_above_its_floor(tmp_path: Path) -> None:
    floor = {"floor.f1_macro_s1": 0.95}
    space = load("dnn", changes={**PLAIN, **floor})
    sweep = detectors(tmp_path, space, [(0.6, 0.0), (0.8, 0.3), (0.79, 0.2)])
    plain = baseline_space(space)
    baseline = prerequisite_sweep(begun(tmp_path, "baseline-x", plain))
    trial = baseline.plan().next()
    assert trial
    record = epoch_record(1, {"f1_macro_s1": [0.83], "parity_s2": [0.4]})
    baseline.log.epoch(trial.number, record)
    baseline.log.ended(trial.number, "complete")
    sweep.head.with_facts(baseline="baseline-x").write()
    # None is within 0.02 of 0.83; what is below the floor of 0.79 is not even on the front.
    _, nearest = named_stage1(STAGE2, "rep", LocalStorage(tmp_path))
    assert point_name(nearest) == "0@2"
    sweep, point = named_stage1(STAGE2, "rep/0@3", LocalStorage(tmp_path))
    assert [point_name(member) for member in sweep.front().members] == ["0@2", "0@3"]
    assert point_name(point) == "0@3"


def test_what_cannot_be_stage_1_is_refused(tmp_path: Path) -> None:
    results = LocalStorage(tmp_path)
    with pytest.raises(NoSuchSweep, match="--stage1: no sweep 'rep'"):
        named_stage1(STAGE2, "rep", results)
    space = load("dnn")
    begun(tmp_path, "rep", space)
    with pytest.raises(NotBegun, match=r"'rep' has no baseline yet"):
        named_stage1(STAGE2, "rep", results)
    halves = {"f1_macro_s1": 0.5, "parity_s2": 0.5}
    without = dataclasses.replace(space, floor={}, reference=halves)
    begun(tmp_path, "new", without)
    with pytest.raises(Stage1Error, match=r"--stage1 new: the front is empty: no trial"):
        named_stage1(STAGE2, "new", results)
    for name in ("adversarial", "fairper"):
        begun(tmp_path, name, load(name))
        able = r"detects emotions \(dnn, nrl, fairrep\)"
        with pytest.raises(Stage1Error, match=rf"{able}, '{name}' is of {name}"):
            named_stage1(STAGE2, name, results)
