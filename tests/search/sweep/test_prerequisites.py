import dataclasses
from pathlib import Path

import pytest

from search.arguments.search_arguments import CHANGEABLE
from search.corpus.facts import InputFacts, PretrainedFacts
from search.front.configurations import Configurations
from search.front.floors import missed
from search.front.front import build
from search.planning.seeds import lane_seeds
from search.space.load import load
from search.space.space import Budget, Space
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.sweep import prerequisites
from search.sweep.head import SweepHead
from search.sweep.prerequisites import (
    PrerequisiteFailed,
    baseline_front,
    baseline_space,
    floors_of,
    prerequisite_name,
    prerequisite_sweep,
)
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts
from tests.support.facts import made_facts
from tests.support.fake_training import OBJECTIVES, epoch_record, trial_of


def space(**budget: int) -> Space:
    given = {"trials": 9, "epochs": 3, "seeds": 2, "race_seeds": 5, "check_seeds": 4, **budget}
    return dataclasses.replace(load("adversarial"), budget=Budget(**given))


def trained(sweep: Sweep, ccc: list[float] | None, worst: float | None = 0.4) -> None:
    """Train what the sweep's plan opens; None where it fails, or where the least recall is so."""
    record = sweep.plan().next()
    assert record is not None
    for epoch, value in enumerate(ccc or [], start=1):
        values = {**dict.fromkeys(OBJECTIVES, value), "worst_recall": worst}
        lanes = {name: [value] * len(record.seeds) for name, value in values.items()}
        sweep.log.epoch(record.number, epoch_record(epoch, lanes))
    sweep.log.ended(record.number, "complete" if ccc else "failed", "" if ccc else "no memory")


def opened(folder: Path) -> Sweep:
    facts = made_facts("baseline-x", "baseline")
    head = SweepHead("baseline-x", LocalStorage(folder), baseline_space(space()), facts)
    return prerequisite_sweep(head)


def name(seed: int = 0, fingerprint: str = "abc", **budget: int) -> str:
    inputs = InputFacts(CorpusFacts("toy", fingerprint), None, {})
    return prerequisite_name("baseline", baseline_space(space(**budget)), seed, inputs)


def test_the_baseline_is_one_trial_with_as_many_lanes_as_a_configuration_can_earn() -> None:
    baseline = baseline_space(space())
    assert (baseline.budget.trials, baseline.budget.epochs) == (1, 3)
    assert baseline.budget.seeds >= 5
    assert (baseline.budget.race_seeds, baseline.budget.check_seeds) == (0, 0)
    assert (baseline.method, baseline.search, baseline.floor, baseline.first) == (
        "baseline",
        {},
        {},
        (),
    )


def test_what_the_baseline_depends_on_is_in_its_name() -> None:
    others = [name(epochs=4), name(race_seeds=6), name(seed=1), name(fingerprint="other")]
    assert len({name(), *others}) == 5


def test_a_baseline_of_other_defaults_or_metrics_has_another_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = name()
    plain = prerequisites.defaults(prerequisites.METHODS["baseline"])
    monkeypatch.setattr(prerequisites, "defaults", lambda kind: {**plain, "gradient_clip": 1.0})
    other = name()
    monkeypatch.undo()
    task = prerequisites.TASKS["activation"]
    more = (*task.metrics, dataclasses.replace(task.metrics[0], name="worst_group"))
    monkeypatch.setattr(task, "metrics", more)
    assert len({before, other, name()}) == 3


def test_a_baseline_of_emotions_depends_on_its_vectors_and_their_pretrained_model() -> None:
    plain, other = load("dnn"), load("dnn", changes={"vectors.pooling": "mean_std"})
    corpus = CorpusFacts("toy", "abc")
    models = [None, *(PretrainedFacts("a.pt", digest, "0.12.3") for digest in "de")]
    names = [
        prerequisite_name("baseline", baseline_space(each), 0, InputFacts(corpus, model, {}))
        for each in (plain, other)
        for model in models
    ]
    assert len(set(names)) == 6


def test_a_sweep_that_goes_on_is_held_to_the_same_baseline() -> None:
    # Another baseline would be another floor under the trials that were judged by the first.
    changeable = {"trials", "epochs", "seeds", "race_seeds", "check_seeds"} & set(CHANGEABLE)
    assert "trials" in changeable
    for key in changeable:
        assert name(**{key: 20}) == name()


def test_a_trained_baseline_sets_the_floor_of_every_epoch(tmp_path: Path) -> None:
    sweep = opened(tmp_path)
    assert not sweep.done
    trained(sweep, [0.2, 0.6, 0.8])
    assert sweep.log.trials[0].seeds == lane_seeds(0, 5)
    again = opened(tmp_path)
    assert again.done
    (floor, other), metrics = floors_of(space(), again)
    assert (floor.metric, floor.of_baseline, floor.baseline) == ("ccc", 0.75, pytest.approx(0.8))
    assert [floor.at(epoch) for epoch in (1, 2, 3)] == pytest.approx([0.15, 0.45, 0.6])
    assert (other.metric, other.at(1)) == ("worst_recall", pytest.approx(0.3))
    assert metrics["ccc"] == pytest.approx(0.8)


def test_a_baseline_that_finds_nobody_at_a_level_holds_nobody_off(tmp_path: Path) -> None:
    trained(opened(tmp_path), [0.2, 0.6, 0.8], worst=0.0)
    floors, _ = floors_of(space(), opened(tmp_path))
    assert [floor.value for floor in floors] == pytest.approx([0.6, 0.0])
    collapsed = {"ccc": 0.7, "recall_gap": 0.0, "worst_recall": 0.0}
    assert missed(floors, collapsed) == ()
    whole = trial_of(0, [{name: [value] for name, value in collapsed.items()}])
    front = build(Configurations().update([whole]), OBJECTIVES, {"recall_gap": 1.0}, floors)
    (point,) = front.members
    assert point.metrics["worst_recall"] == 0.0


def test_a_baseline_without_a_floors_metric_is_named_with_its_folder(tmp_path: Path) -> None:
    trained(opened(tmp_path), [0.2, 0.6, 0.8], worst=None)
    with pytest.raises(PrerequisiteFailed, match=rf"no worst_recall.*{tmp_path}.*\[floor\]"):
        floors_of(space(), opened(tmp_path))


def test_a_baseline_that_failed_is_tried_once_more_by_the_next_sweep(tmp_path: Path) -> None:
    sweep = opened(tmp_path)
    trained(sweep, None)
    assert sweep.done
    with pytest.raises(PrerequisiteFailed, match=r"the baseline failed.*no memory.*tries again"):
        floors_of(space(), sweep)
    again = opened(tmp_path)
    assert not again.done
    trained(again, [0.5, 0.6, 0.7])
    assert opened(tmp_path).done
    assert floors_of(space(), opened(tmp_path))[0][0].baseline == pytest.approx(0.7)
    assert len(Log(LocalStorage(tmp_path)).trials) == 2


def test_the_baseline_has_a_front_over_its_epochs_above_the_sweeps_floors(
    tmp_path: Path,
) -> None:
    baseline = opened(tmp_path)
    record = baseline.plan().next()
    assert record is not None
    rows = [(0.50, 0.01), (0.70, 0.20), (0.78, 0.30), (0.80, 0.10), (0.79, 0.05), (0.80, 0.40)]
    for epoch, (ccc, gap) in enumerate(rows, start=1):
        values = {"ccc": ccc, "recall_gap": gap, "worst_recall": 0.4}
        lanes = {name: [value] * len(record.seeds) for name, value in values.items()}
        baseline.log.epoch(record.number, epoch_record(epoch, lanes))
    baseline.log.ended(record.number, "complete")
    floors, metrics = floors_of(space(), baseline)
    points = baseline_front(space(), baseline, floors, metrics)
    least = 0.75 * 0.80
    expected = {
        epoch
        for epoch, (ccc, gap) in enumerate(rows, start=1)
        if ccc >= least
        and not any(
            other[0] >= ccc and other[1] <= gap and other != (ccc, gap) and other[0] >= least
            for other in rows
        )
    }
    assert {point.epoch for point in points} == expected == {4, 5}
    assert [point.epoch for point in points] == [4, 5]  # the most accurate first
    assert metrics["ccc"] == pytest.approx(0.80)  # of the last epoch, which sets the floors
