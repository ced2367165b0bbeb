"""The baseline hands over its candidate by the rule that chose the member."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from search.front.configurations import Configurations
from search.front.front import Front, build
from search.front.rule_names import FAIREST, FAIREST_WITHIN, KNEE, MOST_ACCURATE
from search.replication import test_record
from search.replication.bases import Base, bases_of, unlike_text
from search.replication.choices import (
    ALL,
    Choice,
    Counterpart,
    add_choices,
    baseline_candidates,
    choose,
    read_choices,
)
from search.replication.looks import Looks
from search.replication.replication import ReplicatedCandidate
from search.replication.test_record import RecordedTest
from search.store.local_storage import LocalStorage
from search.store.storage import StorageError
from tests.support.fake_training import FLOOR, OBJECTIVES, trial_of
from tests.support.replication_tests import log_trial

# Accuracy and gap after each epoch: the last is neither the fairest nor the most accurate.
EPOCHS = [(0.50, 0.01), (0.80, 0.30), (0.81, 0.10), (0.83, 0.40), (0.80, 0.35)]
TIME = "2026-11-30T10:00:00Z"


def points(epochs: list[tuple[float, float]], number: int) -> Front:
    lanes = [{"ccc": [ccc, ccc], "recall_gap": [gap, gap]} for ccc, gap in epochs]
    trained = Configurations().update([trial_of(number, lanes)])
    baseline = {"ccc": 0.80, "recall_gap": 0.35}
    return build(trained, OBJECTIVES, {"recall_gap": 1.0}, [FLOOR], baseline)


def sweep(baseline: list[tuple[float, float]] | None = EPOCHS) -> Any:
    """A sweep whose member 7@1 is the fairest within .02, and 7@2 the most accurate."""
    front = points([(0.79, 0.08), (0.85, 0.20), (0.70, 0.02)], 7)
    if baseline:
        own = points(baseline, 0).members
        front = dataclasses.replace(front, baseline_points=own)
    return SimpleNamespace(name="toy", front=lambda: front)


@pytest.mark.parametrize(
    ("rule", "member", "epoch"),
    [(FAIREST_WITHIN, "7@1", 3), (FAIREST, "7@3", 3), (MOST_ACCURATE, "7@2", 4)],
)
def test_the_baseline_chooses_among_its_epochs_as_the_member_was_chosen(
    rule: str, member: str, epoch: int
) -> None:
    (choice,) = choose(sweep(), [rule], 0.02)
    assert choice.candidate.name == member
    assert choice.counterpart == Counterpart(rule, 0.02, epoch)


def test_an_epoch_below_a_floor_is_no_candidate_however_fair() -> None:
    (choice,) = choose(sweep(), [FAIREST], 0.02)
    assert choice.counterpart is not None
    assert choice.counterpart.epoch != 1  # fairest of all, below .6


def test_the_tolerance_is_the_baselines_too() -> None:
    epochs = [(0.74, 0.05), (0.79, 0.30), (0.80, 0.35)]
    chosen = [choose(sweep(epochs), [FAIREST_WITHIN], x)[0].counterpart for x in (0.02, 0.07)]
    assert [c.epoch for c in chosen if c] == [2, 1]


@pytest.mark.parametrize("options", [(["7@2"], None), ([ALL], None), ([], 3)])
def test_a_name_is_no_rule_so_the_baseline_is_the_fairest_within_the_tolerance(
    options: tuple[list[str], int | None],
) -> None:
    for choice in choose(sweep(), options[0], 0.02, options[1]):
        assert choice.counterpart == Counterpart(FAIREST_WITHIN, 0.02, 3)


def test_a_member_that_two_rules_choose_has_the_counterpart_of_the_first() -> None:
    first, _ = choose(sweep(), ["7@2", MOST_ACCURATE, FAIREST], 0.02)
    assert (first.candidate.name, first.counterpart) == (
        "7@2",
        Counterpart(FAIREST_WITHIN, 0.02, 3),
    )


def test_without_a_baseline_there_is_no_counterpart() -> None:
    (choice,) = choose(sweep(None), [KNEE], 0.02)
    assert choice.counterpart is None


def chosen(name: str, rule: str, epoch: int) -> Choice:
    return Choice(ReplicatedCandidate(name, {}, 2), Counterpart(rule, 0.02, epoch))


def test_choices_are_read_back_and_the_newest_holds(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    assert read_choices(folder) == {}
    add_choices(folder, [chosen("7@1", KNEE, 4), chosen("7@2", FAIREST, 3)])
    add_choices(folder, [chosen("7@1", FAIREST, 3)])
    assert read_choices(folder) == {
        "7@1": Counterpart(FAIREST, 0.02, 3),
        "7@2": Counterpart(FAIREST, 0.02, 3),
    }
    (tmp_path / "choices.json").write_text("[1]")
    with pytest.raises(StorageError, match=r"choices\.json cannot be read"):
        read_choices(folder)


def recorded(name: str, epoch: int, seeds: tuple[int, ...] = (750,)) -> RecordedTest:
    return RecordedTest(name, 0, {}, epoch, list(seeds), [], {}, "t", TIME, "python x")


def test_the_baselines_candidates_are_trained_once_each_under_the_names_they_have(
    tmp_path: Path,
) -> None:
    folder = LocalStorage(tmp_path)
    facts, space = SimpleNamespace(id="x"), SimpleNamespace(budget=SimpleNamespace(epochs=5))
    baseline: Any = SimpleNamespace(folder=folder, facts=facts, space=space)
    choices = [chosen("7@1", KNEE, 3), chosen("7@2", FAIREST, 3), chosen("7@3", KNEE, 5)]
    names = [c.name for c in baseline_candidates(baseline, choices)]
    assert names == ["baseline@3", "baseline@5"]
    earlier = recorded("baseline", 5)  # as an earlier version tested it
    (tmp_path / "replication").mkdir()
    (tmp_path / "replication" / "test.json").write_text(
        json.dumps({"models": [dataclasses.asdict(earlier)]})
    )
    log_trial(folder.folder("replication"), earlier)
    assert test_record.read(folder.folder("replication"))[0].name == "baseline"
    candidates = baseline_candidates(baseline, choices)
    assert [(c.name, c.epoch) for c in candidates] == [("baseline@3", 3), ("baseline", 5)]
    nothing = Choice(ReplicatedCandidate("7@1", {}, 2), None)
    assert [c.epoch for c in baseline_candidates(baseline, [nothing])] == [5]  # its last


def test_a_member_is_compared_with_its_choice_or_the_latest_epoch_which_is_then_said() -> None:
    choices = {"7@1": Counterpart(KNEE, 0.02, 3), "7@2": Counterpart(KNEE, 0.02, 9)}
    tests = [recorded("baseline", 5), recorded("baseline@3", 3), recorded("baseline@9", 9, ())]
    bases = bases_of(["7@1", "7@2", "8@1"], choices, tests)
    assert bases == {
        "7@1": Base("baseline@3", 3, alike=True),
        "7@2": Base("baseline", 5, alike=False),
        "8@1": Base("baseline", 5, alike=False),
    }
    assert bases_of(["7@1"], choices, []) == {}
    text = unlike_text(bases)
    assert text.startswith(
        "baseline, the baseline after epoch 5, was not chosen by the rule that chose 7@2, 8@1: an "
        "earlier version tested its last epoch"
    )
    assert unlike_text({"7@1": bases["7@1"]}) == ""


def test_looks_count_every_test_and_every_candidate_once() -> None:
    own = [recorded("7@1", 1), recorded("7@2", 2), recorded("7@1", 1)]
    looks = Looks.of([[recorded("baseline@3", 3)], own])
    assert looks == Looks(tests=4, members=2, baselines=1)
    assert looks.text == (
        "Looks at the test data: 4 tests, of 2 candidates and 1 of the baseline's. The best of "
        "several is flattered by its choice."
    )
    assert Looks.of([own[:1]]).text == "Looks at the test data: 1 test, of 1 candidate."


def test_a_baseline_of_no_accurate_epoch_hands_over_its_most_accurate() -> None:
    # Its last epoch, the measure of accuracy, is accurate and misses another floor.
    (choice,) = choose(sweep([(0.72, 0.05), (0.75, 0.30)]), [FAIREST_WITHIN], 0.02)
    assert choice.counterpart == Counterpart(FAIREST_WITHIN, 0.02, 2)
