import io
import json
import shutil
from pathlib import Path

import pytest
import torch

from fairser_core.training.state import State
from search.store import snapshots
from search.store.local_storage import LocalStorage
from search.store.seal import Place, seal
from search.store.snapshots import Snapshot
from search.store.trials import EpochRecord
from tests.support.bomb import Bomb, torch_bytes

PLACE, OTHER = Place("toy", 7, (0, 1)), Place("toy", 8, (0, 1))


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "sweep")


def record(epoch: int) -> EpochRecord:
    return EpochRecord(epoch, {"ccc": 0.1 * epoch}, {"ccc": [0.1 * epoch, None]}, {"l": 0.5}, 0.1)


def state(epoch: int) -> State:
    weight = torch.full((2, 3), 0.1 * epoch)
    return State(
        seeds=[0, 1],
        networks={"predictor": {"weight": weight}},
        streams=[{"shuffle": torch.Generator().manual_seed(s).get_state()} for s in (0, 1)],
        epoch=epoch,
        stale=[0, epoch],
        ended=["", "no better"],
    )


def snapshot(epoch: int) -> Snapshot:
    return Snapshot(state(epoch), record(epoch))


def save(folder: LocalStorage, *epochs: int) -> list[Path]:
    """Files of the snapshots that are kept, the oldest first."""
    for epoch in epochs:
        snapshots.save(folder, PLACE, snapshot(epoch))
    return sorted((folder.path / "trials" / "0007").glob("*.state"))


def loaded_record(folder: LocalStorage, number: int) -> EpochRecord:
    newest, _ = snapshots.load(folder, Place("toy", number, (0, 1)))
    assert newest
    return newest.record


def test_a_snapshot_reads_back_as_it_was(folder: LocalStorage) -> None:
    save(folder, 3)
    newest, damaged = snapshots.load(folder, PLACE)
    assert newest
    assert newest.record == record(3)
    assert damaged == ()
    assert torch.equal(newest.state.networks["predictor"]["weight"], torch.full((2, 3), 0.1 * 3))
    for saved, stream in zip(newest.state.streams, state(3).streams, strict=True):
        assert torch.equal(saved["shuffle"], stream["shuffle"])
    assert (newest.state.seeds, newest.state.epoch) == ([0, 1], 3)
    assert (newest.state.stale, newest.state.ended) == ([0, 3], ["", "no better"])


def test_a_trial_without_snapshots_begins_anew(folder: LocalStorage) -> None:
    save(folder, 1)
    assert snapshots.load(folder, OTHER) == (None, ())


def test_the_newest_and_the_one_before_are_kept(folder: LocalStorage) -> None:
    files = save(folder, 1, 2, 9, 10, 11)
    assert [file.name for file in files] == ["epoch-00010.state", "epoch-00011.state"]


def test_the_snapshots_of_a_trial_can_be_dropped(folder: LocalStorage) -> None:
    save(folder, 1, 2)
    folder.write("trials/0007/epoch-00002.model", b"stays")
    snapshots.save(folder, OTHER, snapshot(1))
    snapshots.drop(folder, 7)
    assert folder.names("trials/0007") == ["epoch-00002.model"]
    assert loaded_record(folder, 8) == record(1)


@pytest.mark.parametrize("size", [0, 20, 32, 33, 200, -1])
def test_a_torn_snapshot_is_named_and_the_one_before_used(folder: LocalStorage, size: int) -> None:
    newest = save(folder, 1, 2)[-1]
    newest.write_bytes(newest.read_bytes()[:size])
    loaded, (note,) = snapshots.load(folder, PLACE)
    assert loaded
    assert loaded.record == record(1)
    assert str(newest) in note


def test_a_snapshot_with_one_bit_turned_is_not_used(folder: LocalStorage) -> None:
    newest = save(folder, 1, 2)[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    assert loaded_record(folder, 7) == record(1)


def test_both_torn_are_both_named_and_none_is_used(folder: LocalStorage) -> None:
    files = save(folder, 1, 2)
    for file in files:
        file.write_bytes(file.read_bytes()[:-1])
    newest, damaged = snapshots.load(folder, PLACE)
    assert newest is None
    assert len(damaged) == 2
    assert all(any(str(file) in note for note in damaged) for file in files)


def test_what_a_forged_snapshot_pickles_is_not_executed_and_the_file_is_named(
    folder: LocalStorage, tmp_path: Path
) -> None:
    target = tmp_path / "executed"
    newest = save(folder, 1, 2)[-1]
    bomb = torch_bytes({**vars(state(2)), "networks": Bomb(target)})
    torch.load(io.BytesIO(bomb), weights_only=False)["networks"].close()
    target.unlink()  # it works
    newest.write_bytes(seal(json.dumps(vars(record(2))).encode() + b"\n" + bomb))
    loaded, (note,) = snapshots.load(folder, PLACE)
    assert not target.exists()
    assert loaded
    assert loaded.record == record(1)
    assert str(newest) in note


@pytest.mark.parametrize(
    "head", [b"", b"nonsense", b"{}", b"[1, 2]", b'{"epoch": 2}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_forged_head_is_not_used_and_the_file_is_named(folder: LocalStorage, head: bytes) -> None:
    newest = save(folder, 1, 2)[-1]
    newest.write_bytes(seal(head + b"\n" + state(2).to_bytes()))
    loaded, (note,) = snapshots.load(folder, PLACE)
    assert loaded
    assert loaded.record == record(1)
    assert str(newest) in note


def test_a_snapshot_of_another_trial_is_not_used_and_named(folder: LocalStorage) -> None:
    (ours,) = save(folder, 1)
    snapshots.save(folder, OTHER, snapshot(2))
    theirs = folder.path / "trials/0008/epoch-00002.state"
    shutil.copy(theirs, ours.with_name(theirs.name))
    loaded, (note,) = snapshots.load(folder, PLACE)
    assert loaded
    assert loaded.record == record(1)
    assert f"00002.state is of epoch 2 of {OTHER.text}, not of epoch 2 of {PLACE.text}" in note


def test_an_earlier_snapshot_is_used(folder: LocalStorage) -> None:
    head = json.dumps(vars(record(1))).encode()
    folder.write("trials/0007/epoch-00001.state", seal(head + b"\n" + state(1).to_bytes()))
    assert loaded_record(folder, 7) == record(1)
