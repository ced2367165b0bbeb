"""Documents that are sealed to their name and sweep, at each file that is one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from search.store.local_storage import LocalStorage
from search.store.sealed_document import read_sealed, seal_of, write_sealed
from search.store.storage import StorageError

pytest.importorskip("hypothesis")
from hypothesis import given, settings

from tests.support.drawn_documents import ALIKE, edited

DOCUMENT: dict[str, Any] = {"a": [0.1, None, 10**15], "b": {"größer": {"x": True}}, "2": "\u2028"}
NAME = "x.json"


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    storage = LocalStorage(tmp_path)
    write_sealed(storage, NAME, "id of x", DOCUMENT)
    return storage


def read(folder: LocalStorage, name: str = NAME, sweep: str = "id of x") -> Any:
    return read_sealed(folder, name, sweep, "is no document")


def refused(folder: LocalStorage, **given: str) -> str:
    with pytest.raises(StorageError, match=r"^.* is no document: ") as raised:
        read(folder, **given)
    return str(raised.value)


def test_what_is_written_is_read(folder: LocalStorage) -> None:
    assert read(folder) == DOCUMENT
    assert read(folder, "other.json") is None


def test_the_seal_is_sha_256_of_name_sweep_and_content() -> None:
    # As `printf '["x.json", "1", {"a": 1}]' | sha256sum` prints
    expected = "bef5cf17d1db0a652e511e5e34d4b96c72b7e687b12eca3acb582c766a32b7a1"
    assert seal_of(NAME, "1", {"a": 1, "seal": "any"}) == expected


def test_a_file_of_another_name_or_sweep_is_refused(folder: LocalStorage) -> None:
    shutil.copy(folder.path / NAME, folder.path / "y.json")
    assert "y.json of sweep 'id of x'" in refused(folder, name="y.json")
    assert "x.json of sweep 'id of y'" in refused(folder, sweep="id of y")


@settings(max_examples=200, **ALIKE)
@given(edited(DOCUMENT))
def test_whatever_is_altered_is_refused(document: Any) -> None:
    try:
        document = json.loads(json.dumps(document, allow_nan=False))
        sealed = {**document, "seal": seal_of(NAME, "1", DOCUMENT)}
        stated = seal_of(NAME, "1", sealed)
    except ValueError:
        return  # no document that JSON holds
    alike = json.dumps(document, sort_keys=True) == json.dumps(DOCUMENT, sort_keys=True)
    assert (stated == sealed["seal"]) is alike


def test_without_a_seal_it_is_believed_as_it_is(folder: LocalStorage) -> None:
    (folder.path / NAME).write_text('{"a": 2}')
    assert read(folder, sweep="any") == {"a": 2}


@pytest.mark.parametrize("seal", [None, 7, "", "0" * 64, []])
def test_a_seal_that_is_none_is_refused(folder: LocalStorage, seal: object) -> None:
    (folder.path / NAME).write_text(json.dumps({**DOCUMENT, "seal": seal}))
    assert "remove its key `seal`" in refused(folder)
