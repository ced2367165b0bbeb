from pathlib import Path

import pytest
import torch

from fairser_core.training.state import State
from search.front.point import Point
from search.handover.typical_seed import typical_seed
from search.ray_tune.model_keeper import ModelKeeper
from search.space.load import load
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.seal import Place
from search.store.storage import StorageError
from search.store.trials import TrialRecord
from search.sweep.head import SweepHead
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from tests.support.facts import made_facts
from tests.support.fake_training import OBJECTIVES, front_of, trial_of

VALUES = {"alpha0": 1.0}


def keep(folder: LocalStorage, trial: TrialRecord, parts: int = 1) -> None:
    """Models whose parameters are the seed's, of each part."""
    keeper = ModelKeeper(folder, Place("toy", trial.number, tuple(trial.seeds)), OBJECTIVES, ())
    seeds = torch.tensor(trial.seeds, dtype=torch.float32).repeat_interleave(parts)
    networks = {"predictor": {"weight": seeds[:, None].repeat(1, 3)}}
    for record in trial.epochs:
        keeper.offer(record, State(trial.seeds, {}, [], kept=networks, epoch=record.epoch))


def sweep_of(folder: LocalStorage, trials: dict[int, TrialRecord]) -> Sweep:
    """A sweep whose log gives these trials."""
    head = SweepHead("toy", folder, load("adversarial"), made_facts("toy"))
    sweep = Sweep(head, SearchPolicy(), Log(LocalStorage(folder.path / "log")))
    sweep.log.trials.update(trials)
    assert sweep.space.objectives == OBJECTIVES
    return sweep


def member(*trials: TrialRecord) -> tuple[dict[int, TrialRecord], Point]:
    result = {trial.number: trial for trial in trials}
    return result, front_of(result).members[0]


def lanes(ccc: list[float], gap: list[float]) -> dict[str, list[float]]:
    return {"ccc": ccc, "recall_gap": gap}


def test_the_seed_nearest_to_the_means_is_handed_over(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    trial = trial_of(0, [lanes([0.9, 0.7, 0.8], [0.10, 0.30, 0.21])], seeds=[4, 5, 6])
    keep(folder, trial)
    trials, point = member(trial)
    result = typical_seed(sweep_of(folder, trials), point)
    assert (result.trial, result.epoch, result.seed) == (0, 1, 6)
    assert result.metrics == {"ccc": 0.8, "recall_gap": 0.21}
    assert torch.equal(result.networks["predictor"]["weight"], torch.full((1, 3), 6.0))


def test_distances_are_in_standard_deviations(tmp_path: Path) -> None:
    # Seeds hardly differ in the gap: the seed at the mean of the CCC is the farthest in it.
    folder = LocalStorage(tmp_path)
    trial = trial_of(0, [lanes([0.9, 0.7, 0.8], [0.3001, 0.3001, 0.3004])], seeds=[4, 5, 6])
    keep(folder, trial)
    trials, point = member(trial)
    result = typical_seed(sweep_of(folder, trials), point)
    assert result.seed == 4


def test_seeds_of_all_trials_count_whose_models_are_kept(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    first = trial_of(0, [lanes([0.9, 0.7], [0.2, 0.2])], seeds=[0, 1], values=VALUES)
    race = trial_of(
        1, [lanes([0.81, 0.95], [0.2, 0.2])], seeds=[2, 3], values=VALUES, purpose="race"
    )
    keep(folder, first)
    trials, point = member(first, race)
    assert point.seeds == [0, 1, 2, 3]
    assert typical_seed(sweep_of(folder, trials), point).seed == 0
    keep(folder, race)
    result = typical_seed(sweep_of(folder, trials), point)
    assert (result.trial, result.seed) == (1, 2)


def test_a_race_that_stopped_early_counts_with_its_last_epoch(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    rows = [lanes([0.7, 0.6], [0.3, 0.3]), lanes([0.9, 0.7], [0.2, 0.2])]
    first = trial_of(0, rows, seeds=[0, 1], values=VALUES)
    race = trial_of(1, [lanes([0.8, 0.8], [0.2, 0.2])], seeds=[2, 3], values=VALUES, purpose="race")
    for trial in (first, race):
        keep(folder, trial)
    trials, point = member(first, race)
    assert point.epoch == 2
    result = typical_seed(sweep_of(folder, trials), point)
    assert (result.trial, result.epoch, result.seed) == (1, 1, 2)


def test_all_parts_of_a_seed_are_handed_over(tmp_path: Path) -> None:
    folder = LocalStorage(tmp_path)
    trial = trial_of(0, [lanes([0.9, 0.7, 0.8], [0.2, 0.2, 0.2])], seeds=[4, 5, 6])
    keep(folder, trial, parts=10)
    trials, point = member(trial)
    result = typical_seed(sweep_of(folder, trials), point)
    assert torch.equal(result.networks["predictor"]["weight"], torch.full((10, 3), 6.0))


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    trials, point = member(trial_of(0, [lanes([0.9], [0.2])]))
    with pytest.raises(StorageError, match=r"no model of trial 0 at epoch 1: .*epoch-00001\.model"):
        typical_seed(sweep_of(LocalStorage(tmp_path), trials), point)
