"""Logs that chance damaged: each is read as far as it was written, or refused in a sentence."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.store.chain import Chain
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.repair import repair
from search.store.storage import StorageError
from search.store.trials import EpochRecord, TrialRecord

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS)


def written(folder: Path) -> tuple[bytes, list[dict[int, TrialRecord]]]:
    """Return a log, and the trials that each number of its lines gives."""
    storage = LocalStorage(folder)
    log = Log(storage)
    log.began()
    for number in range(2):
        log.suggested(number, {"alpha0": 0.5}, [0, 1], "search", 2)
        log.epoch(number, EpochRecord(1, {"ccc": 0.5}, {"ccc": [0.5, None]}, {"loss": 1.0}, 0.1))
        log.retried(number, "killed")
        log.resumed(number, 0, ["torn"])
    log.ended(0, "complete")
    log.asking(0, "0@1", [0, 1], "2026-11-30T12:00:00Z")
    content = (folder / FILE).read_bytes()
    lines = content.splitlines(keepends=True)
    return content, [trials_of(b"".join(lines[:count])) for count in range(len(lines) + 1)]


def trials_of(content: bytes) -> dict[int, TrialRecord]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, FILE).write_bytes(content)
        return Log(LocalStorage(Path(folder))).trials


def refusal(read: Callable[[], object]) -> str | None:
    """Return the error of reading a log, None without one."""
    try:
        read()
    except StorageError as error:
        return str(error)
    return None


with tempfile.TemporaryDirectory() as _folder:
    LOG, PREFIXES = written(Path(_folder))
LINES = LOG.splitlines()


@EXAMPLES
@given(
    start=st.integers(0, len(LOG)),
    length=st.integers(0, 40),
    content=st.binary(max_size=40) | st.sampled_from([line + b"\n" for line in LINES]),
)
def test_whatever_happens_to_bytes_what_is_read_was_written(
    start: int, length: int, content: bytes
) -> None:
    damaged = LOG[:start] + content + LOG[start + length :]
    with tempfile.TemporaryDirectory() as path:
        folder = LocalStorage(Path(path))
        folder.write(FILE, damaged)
        message = refusal(lambda: Log(folder))
        if message is not None:
            assert str(folder.path / FILE) in message
            if refusal(lambda: repair(folder)) is not None:
                return  # not even the first line can be kept, or a newer fairser wrote one
        assert Log(folder).trials in PREFIXES


@EXAMPLES
@given(data=st.data())
def test_whatever_a_stranger_writes_and_seals_is_read_or_refused(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(LINES) - 1))
    line: dict[str, Any] = json.loads(LINES[number])
    line[data.draw(st.sampled_from([*line]))] = data.draw(JSON)
    lines = [*LINES[:number], json.dumps(line).encode(), *LINES[number + 1 :]]
    chain, content = Chain(), b""
    for each in lines:
        body = json.loads(each)
        body.pop("digest", None)
        sealed = chain.link(json.dumps(body).encode())
        chain.add(sealed)
        content += sealed + b"\n"
    message = refusal(lambda: trials_of(content))
    assert message is None or "line " in message
