"""A results folder from elsewhere: read, never run."""

import json
import pickle
import re
from pathlib import Path

import pytest

from search import run
from search.space.load import load
from search.store import snapshots
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.models import load_model
from search.store.seal import Place, seal
from search.store.storage import StorageError
from search.sweep.head import SweepHead, saved_head
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from tests.support.bomb import Bomb
from tests.support.facts import made_facts

PLACE = Place("x", 0, (0,))


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    """A sweep's folder whose files hold what a stranger would like to be executed."""
    storage, bomb = LocalStorage(tmp_path / "results" / "x"), tmp_path / "exploded"
    payload = pickle.dumps(Bomb(bomb))
    pickle.loads(payload).close()
    assert bomb.exists()  # it works
    bomb.unlink()
    record = {"epoch": 1, "metrics": {}, "lanes": {}, "terms": {}, "seconds": 0.1}
    for name in ("epoch-00001.state", "epoch-00001.model"):
        storage.write(f"trials/0000/{name}", seal(json.dumps(record).encode() + b"\n" + payload))
    storage.write("space.toml", payload)
    storage.write("sweep.json", payload)
    storage.write(FILE, payload + b"\n")
    return storage


def test_no_file_of_it_is_executed_and_each_is_named(folder: LocalStorage, tmp_path: Path) -> None:
    results = LocalStorage(tmp_path / "results")
    snapshot, damaged = snapshots.load(folder, PLACE)
    assert snapshot is None
    assert "epoch-00001.state" in damaged[0]
    with pytest.raises(StorageError, match=r"epoch-00001\.model is no model of a sweep"):
        load_model(folder, PLACE, 1)
    with pytest.raises(StorageError, match=r"trials\.jsonl line 1 is not of a sweep's log"):
        Log(folder)
    with pytest.raises(StorageError, match=r"sweep\.json cannot be read"):
        saved_head(results, "x")
    head = SweepHead("x", folder, load("adversarial"), made_facts("x"))
    with pytest.raises(StorageError, match=r"is not of a sweep's log"):
        Sweep(head, SearchPolicy())  # whose front would be shown
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "sweep.json",
            b"[1, 2]",
            r"sweep\.json is not of a sweep: it must hold corpus, id",
        ),
        ("sweep.json", b"{", r"sweep\.json cannot be read"),
        ("space.toml", b"= 1", r"space\.toml cannot be read"),
        ("space.toml", b"\xff\xfe", r"space\.toml cannot be read"),
    ],
)
def test_resuming_with_a_broken_file_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, message: str
) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    facts = {"name": "x", "id": "1", "space": "adversarial", "options": {}}
    facts |= {"corpus": {"name": "toy", "fingerprint": "abc"}}
    (folder / "sweep.json").write_text(json.dumps(facts))
    (folder / "space.toml").write_text(load("adversarial").to_toml())
    (folder / name).write_bytes(content)
    assert run.main(["--resume", str(folder)]) == 2
    assert re.search(message, " ".join(capsys.readouterr().err.split()))
