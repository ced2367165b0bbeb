"""Files of a sweep's folder drawn at random: each is read, or refused with the file's name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.corpus import record, resolution_record
from search.front import speakers
from search.replication import choices
from search.space.load import load, read_space
from search.space.space_error import SpaceError
from search.store import log_mark
from search.store.local_storage import LocalStorage
from search.store.storage import Storage, StorageError

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawn_documents import ALIKE, edited, json_values

SPACE = load("adversarial").to_toml()
SPEAKERS = {
    "candidates": {
        "0@2": {
            "sizes": {"female": 2, "male": 1}, "group": [0, 1, 0], "seeds": [0, 1],
            "per_seed": {"ccc": [0.5, None]}, "without": {"ccc": [0.4, 0.5, 0.6]},
            "chance": {"recall_gap": 0.1, "ccc_diff": None},
        }
    }
}  # fmt: skip
RESOLUTIONS = {
    "resolutions": [
        {"split": "validation", "sizes": {"female": 2, "male": 2}, "seeds": 3, "assumed": False,
         "chance": {"recall_gap": 0.1}, "smallest": {"recall_gap": None}}
    ]
}  # fmt: skip
CORPUS = {
    "notes": ["a note"], "sentences": [],
    "sizes": [{"title": "x", "columns": ["a"], "rows": [["b", [1]]], "summed": True, "note": ""}],
    "agreement": [{"emotion": "anger", "share": None}],
}  # fmt: skip
CHOICES = {"0@2": {"rule": "knee", "tolerance": 0.02, "epoch": 2}}
MARK = {"lines": 3, "digest": "0" * 32}
READERS: dict[str, tuple[Any, Callable[[Storage], object]]] = {
    speakers.FILE: (SPEAKERS, lambda folder: speakers.read_speakers(folder, "x")),
    resolution_record.FILE: (
        RESOLUTIONS,
        lambda folder: resolution_record.read_resolutions(folder, "x"),
    ),
    record.FILE: (CORPUS, lambda folder: record.read_record(folder, "x")),
    choices.FILE: (CHOICES, choices.read_choices),
    log_mark.FILE: (MARK, log_mark.read_mark),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> LocalStorage:
    return LocalStorage(tmp_path_factory.mktemp("drawn"))


def read_or_refused(folder: LocalStorage, name: str, content: bytes) -> None:
    (folder.path / name).write_bytes(content)
    try:
        READERS[name][1](folder)
    except StorageError as error:
        message = str(error)
    else:
        return
    assert str(folder.path / name) in message


@pytest.mark.parametrize("name", READERS)
def test_the_document_that_is_edited_can_be_read(folder: LocalStorage, name: str) -> None:
    document, read = READERS[name]
    (folder.path / name).write_text(json.dumps(document))
    assert read(folder)


@settings(max_examples=150, **ALIKE)
@given(data=st.data())
@pytest.mark.parametrize("name", READERS)
def test_a_document_with_edited_fields(
    folder: LocalStorage, name: str, data: st.DataObject
) -> None:
    document = data.draw(edited(READERS[name][0]))
    read_or_refused(folder, name, json.dumps(document).encode())


@settings(max_examples=100, **ALIKE)
@given(content=st.binary(max_size=200) | json_values().map(lambda v: json.dumps(v).encode()))
@pytest.mark.parametrize("name", READERS)
def test_any_content(folder: LocalStorage, name: str, content: bytes) -> None:
    read_or_refused(folder, name, content)


LINES = SPACE.splitlines()
VALUES = st.sampled_from(
    [
        "nan",
        "inf",
        "-1e308",
        '"x"',
        "{}",
        "[]",
        "{low = 2, high = 1}",
        "true",
        "1979-05-27",
        "[[1]]",
    ]
)


@settings(max_examples=200, **ALIKE)
@given(
    number=st.integers(0, len(LINES) - 1),
    change=st.just("") | st.text(max_size=20) | VALUES.map("= {}".format),
)
def test_a_space_with_an_edited_line(tmp_path: Path, number: int, change: str) -> None:
    key = LINES[number].partition("=")[0]
    line = f"{key}{change}" if change.startswith("=") else change
    text = "\n".join([*LINES[:number], line, *LINES[number + 1 :]])
    source = str(tmp_path / "space.toml")
    try:
        read_space(text.encode("utf-8", "surrogatepass"), "adversarial", source)
    except SpaceError as error:
        message = str(error)
    else:
        return
    assert source in message
