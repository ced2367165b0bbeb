import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from fairser_core.training.state import State
from search.front.candidates import candidates_of, epochs_above_floors
from search.front.configurations import Configurations
from search.front.floors import Bounds
from search.ray_tune.model_keeper import ModelKeeper
from search.store.local_storage import LocalStorage
from search.store.models import drop_models, kept_epochs, load_model
from search.store.seal import Place, seal
from search.store.storage import StorageError
from search.store.trials import EpochRecord, TrialRecord
from tests.support.bomb import Bomb, torch_bytes
from tests.support.fake_training import OBJECTIVES, epoch_record, trial_of

FLOORS = (("ccc", 0.5),)
Pair = tuple[float, float]
PLACE = Place("toy", 7, (0, 1))


def place_of(trial: TrialRecord) -> Place:
    return Place("toy", trial.number, tuple(trial.seeds))


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def state(epoch: int) -> State:
    """Two lanes whose parameters tell the epoch."""
    networks = {"predictor": {"weight": torch.full((2, 3), float(epoch))}}
    return State(seeds=[0, 1], networks={}, streams=[], kept=networks, epoch=epoch)


def record(epoch: int, ccc: float, gap: float) -> EpochRecord:
    return epoch_record(epoch, {"ccc": [ccc, ccc], "recall_gap": [gap, gap]})


def keep(folder: LocalStorage, *epochs: Pair, floors: Bounds = FLOORS) -> ModelKeeper:
    keeper = ModelKeeper(folder, PLACE, OBJECTIVES, floors)
    for index, pair in enumerate(epochs):
        keeper.offer(record(index + 1, *pair), state(index + 1))
    return keeper


def test_the_models_of_all_epochs_above_the_floors_are_kept(folder: LocalStorage) -> None:
    keep(folder, (0.6, 0.3), (0.4, 0.0), (0.5, 0.5), (0.65, 0.6))
    assert kept_epochs(folder, 7) == [1, 3, 4]
    assert kept_epochs(folder, 8) == []


def test_without_a_floor_every_accuracy_counts(folder: LocalStorage) -> None:
    keep(folder, (0.1, 0.3), floors=())
    assert kept_epochs(folder, 7) == [1]


def test_a_collapsed_epoch_replaces_no_useful_model(folder: LocalStorage) -> None:
    floors: Bounds = (*FLOORS, ("worst_recall", 0.2))
    keeper = ModelKeeper(folder, PLACE, OBJECTIVES, floors)
    for epoch, (ccc, gap, worst) in enumerate([(0.6, 0.3, 0.25), (0.7, 0.0, 0.0)], start=1):
        lanes = {"ccc": [ccc] * 2, "recall_gap": [gap] * 2, "worst_recall": [worst] * 2}
        keeper.offer(epoch_record(epoch, lanes), state(epoch))
    assert kept_epochs(folder, 7) == [1]


def test_a_model_reads_back_as_it_was_with_its_epoch(folder: LocalStorage) -> None:
    keep(folder, (0.6, 0.3), (0.7, 0.5))
    networks, loaded, bound = load_model(folder, PLACE, 2)
    assert (loaded, bound) == (record(2, 0.7, 0.5), True)
    assert torch.equal(networks["predictor"]["weight"], torch.full((2, 3), 2.0))


def test_an_interrupted_trial_goes_on_with_what_it_had_kept(folder: LocalStorage) -> None:
    keep(folder, (0.6, 0.3), (0.7, 0.5))
    again = ModelKeeper(folder, PLACE, OBJECTIVES, FLOORS)
    again.offer(record(2, 0.7, 0.5), state(2))  # trained again, from an older snapshot
    assert kept_epochs(folder, 7) == [1, 2]
    again.offer(record(3, 0.65, 0.6), state(3))
    assert kept_epochs(folder, 7) == [1, 2, 3]


def test_a_torn_model_is_named_and_kept_anew(folder: LocalStorage, tmp_path: Path) -> None:
    keep(folder, (0.6, 0.3), (0.7, 0.5))
    path = next((tmp_path / "trials" / "0007").glob("*00001*"))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(StorageError, match=r"epoch-00001\.model"):
        load_model(folder, PLACE, 1)
    again = ModelKeeper(folder, PLACE, OBJECTIVES, FLOORS)
    assert kept_epochs(folder, 7) == [2]
    again.offer(record(1, 0.6, 0.3), state(1))
    assert load_model(folder, PLACE, 1)[1] == record(1, 0.6, 0.3)


def forge(folder: LocalStorage, head: bytes, body: bytes) -> str:
    """A file that is whole and bears the name of a model, its name."""
    folder.write("trials/0007/epoch-00001.model", seal(head + b"\n" + body))
    return r"trials/0007/epoch-00001\.model is no model of a sweep"


def test_what_a_forged_model_pickles_is_not_executed_and_the_file_is_named(
    folder: LocalStorage, tmp_path: Path
) -> None:
    target = tmp_path / "executed"
    bomb = torch_bytes({"predictor": {"weight": Bomb(target)}})
    torch.load(io.BytesIO(bomb), weights_only=False)["predictor"]["weight"].close()
    target.unlink()  # it works
    named = forge(folder, json.dumps(vars(record(1, 0.6, 0.3))).encode(), bomb)
    with pytest.raises(StorageError, match=named):
        load_model(folder, PLACE, 1)
    ModelKeeper(folder, PLACE, OBJECTIVES, FLOORS)
    assert not target.exists()
    assert kept_epochs(folder, 7) == []  # it is trained again


@pytest.mark.parametrize(
    "head", [b"", b"nonsense", b"{}", b"[1, 2]", b'{"epoch": 1}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_model_with_a_forged_head_is_named(folder: LocalStorage, head: bytes) -> None:
    named = forge(folder, head, torch_bytes(state(1).kept))
    with pytest.raises(StorageError, match=named):
        load_model(folder, PLACE, 1)


def test_a_model_that_is_not_there_is_an_error_that_names_its_file(folder: LocalStorage) -> None:
    with pytest.raises(StorageError, match=r"no model of trial 7 at epoch 3: .*epoch-00003"):
        load_model(folder, PLACE, 3)


def test_models_are_dropped_but_those_to_keep_and_nothing_else(folder: LocalStorage) -> None:
    keep(folder, (0.6, 0.3), (0.7, 0.5), (0.8, 0.6))
    folder.write("trials/0007/epoch-00003.state", b"a snapshot")
    drop_models(folder, 7, keep=[2])
    assert kept_epochs(folder, 7) == [2]
    drop_models(folder, 7)
    assert kept_epochs(folder, 7) == []
    assert folder.names("trials/0007") == ["epoch-00003.state"]


def able_epochs(*trials: TrialRecord) -> list[int]:
    result = candidates_of(Configurations().update(trials), OBJECTIVES, FLOORS)
    return result.epochs.tolist()


def kept_while_training(folder: LocalStorage, trial: TrialRecord) -> list[int]:
    keeper = ModelKeeper(folder, place_of(trial), OBJECTIVES, FLOORS)
    for epoch in trial.epochs:
        keeper.offer(epoch, state(epoch.epoch))
    return kept_epochs(folder, trial.number)


def lanes(*pairs: Pair) -> dict[str, list[float]]:
    ccc, gap = zip(*pairs, strict=True)
    return {"ccc": list(ccc), "recall_gap": list(gap)}


@pytest.mark.parametrize("seed", range(20))
def test_every_candidate_of_a_trial_has_its_model(folder: LocalStorage, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = trial_of(0, [lanes(*rng.random((2, 2))) for _ in range(6)], seeds=[0, 1])
    assert set(able_epochs(first)) <= set(kept_while_training(folder, first))


@pytest.mark.parametrize("seed", range(20))
def test_every_candidate_of_a_raced_configuration_has_its_model(
    folder: LocalStorage, seed: int
) -> None:
    # Further lanes may lift an epoch over the floor, or push the one that beat it below.
    rng = np.random.default_rng(seed)
    values = {"alpha0": 1.0}
    first, race = (
        trial_of(
            number,
            [lanes(*rng.uniform(0.3, 0.7, (2, 2))) for _ in range(6)],
            seeds=[2 * number, 2 * number + 1],
            purpose=purpose,
            values=values,
        )
        for number, purpose in ((0, "search"), (1, "race"))
    )
    assert set(able_epochs(first, race)) <= set(kept_while_training(folder, first))


@pytest.mark.parametrize("seed", range(20))
def test_the_log_states_which_models_are_kept(folder: LocalStorage, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def values() -> list[float | None]:
        return [None if rng.random() < 0.1 else float(rng.random()) for _ in "ab"]

    epochs = [{name: values() for name in OBJECTIVES} for _ in range(8)]
    trial = trial_of(0, epochs, seeds=[0, 1])
    above = epochs_above_floors(Configurations().update([trial]), OBJECTIVES, FLOORS, 8)
    assert kept_while_training(folder, trial) == (np.flatnonzero(above[0]) + 1).tolist()


def test_an_epoch_with_a_diverged_lane_takes_no_candidates_model_away(
    folder: LocalStorage,
) -> None:
    whole = {"ccc": [0.6, 0.6], "recall_gap": [0.3, 0.3]}
    half = {"ccc": [0.9, None], "recall_gap": [0.1, None]}  # no candidate, but it looks better
    trial = trial_of(0, [whole, half], seeds=[0, 1])
    assert able_epochs(trial) == [1]
    assert 1 in kept_while_training(folder, trial)


def swap(one: Path, other: Path) -> None:
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


@pytest.mark.parametrize(
    "other", [Place("toy", 8, (0, 1)), Place("toy", 7, (2, 3)), Place("baseline", 7, (0, 1))]
)
def test_a_model_of_another_trial_is_an_error_that_names_both(
    folder: LocalStorage, tmp_path: Path, other: Place
) -> None:
    keep(folder, (0.6, 0.3))
    theirs = LocalStorage(tmp_path / "theirs")
    ModelKeeper(theirs, other, OBJECTIVES, ()).offer(record(1, 0.6, 0.3), state(1))  # same metrics
    name = "epoch-00001.model"
    swap(tmp_path / "trials/0007" / name, theirs.path / f"trials/{other.trial:04d}" / name)
    for where, lies_at, is_of in ((folder, PLACE, other), (theirs, other, PLACE)):
        message = f"{name} is of epoch 1 of {is_of.text}, not of epoch 1 of {lies_at.text}"
        with pytest.raises(StorageError, match=re.escape(message)):
            load_model(where, lies_at, 1)


def test_a_model_of_another_epoch_is_an_error(folder: LocalStorage, tmp_path: Path) -> None:
    keep(folder, (0.6, 0.3), (0.7, 0.5))
    one, two = sorted((tmp_path / "trials/0007").iterdir())
    swap(one, two)
    with pytest.raises(StorageError, match=r"00002\.model is of epoch 1 of .*, not of epoch 2 of"):
        load_model(folder, PLACE, 2)


def earlier(record: EpochRecord, state: State) -> bytes:
    """A model as an earlier version wrote it, whose seal states no place."""
    return seal(json.dumps(vars(record)).encode() + b"\n" + torch_bytes(state.kept))


def test_an_earlier_model_is_compared_with_the_log_alone(folder: LocalStorage) -> None:
    ours = record(1, 0.6, 0.3)
    folder.write("trials/0007/epoch-00001.model", earlier(ours, state(1)))
    model = load_model(folder, PLACE, 1, ours)
    assert (model.record, model.bound) == (ours, False)
    logged = record(1, 0.65, 0.3)
    with pytest.raises(StorageError, match=r"ccc \[0\.6, 0\.6\], the log states \[0\.65, 0\.65\]"):
        load_model(folder, PLACE, 1, logged)


def test_files_that_are_named_like_no_model_are_none(folder: LocalStorage) -> None:
    for name in ("epoch-x.model", "epoch--0001.model", "a.model", "epoch-00001.model.old"):
        folder.write(f"trials/0007/{name}", b"")
    assert kept_epochs(folder, 7) == []
