"""Documents that a stranger may have written."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from fairser_core import documents
from fairser_core.documents import DEEPEST, DocumentError, read_json, read_toml

READERS = pytest.mark.parametrize("read", [read_json, read_toml])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe", "can't decode byte 0xff"),
        (b"[" * 100_000, "the document must be at most 32 tables and lists deep"),
        (b"[" * 33 + b"]" * 33, r"must be at most 32 tables and lists deep"),
        (b'{"a": 1, "a": 2}', r"a key stands twice among \['a', 'a'\]"),
        (b'{"a": {"b": [1, NaN]}}', r"`a\.b\[1\]` must be a finite number: NaN is not a number"),
        (
            b'{"a": {"b": [1, 1e999]}}',
            r"`a\.b\[1\]` must be a finite number: Infinity is not a number",
        ),
        (
            b'{"a": 18446744073709551616}',
            "`a` must be a finite number, a whole one of at most 64 bits",
        ),
        (b"1" * 5000, "limit"),
        (b'{"a": "\\ud800"}', "`a` must be text in Unicode"),
        (b'{"\\ud800": 1}', "must be text in Unicode"),
        (b"[" + b"{}," * 1_500_000 + b"{}]", "it must hold at most 2,000,000 values, holds 3"),
    ],
)
def test_json_that_breaks_a_rule_is_refused_by_it(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_json(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"= 1", "Invalid statement"),
        (b"\xff\xfe", "can't decode byte 0xff"),
        (b"a = " + b"[" * 100_000, "the document must be at most 32 tables and lists deep"),
        (b"a = " + b"[" * 40 + b"]" * 40, "must be at most 32 tables and lists deep"),
        (b"a." * 100_000 + b"b = 1", "a key must be at most 32 tables and lists deep"),
        (b"x = {" + b'"a" . ' * 100_000 + b"b = 1}", "a key must be at most 32 tables"),
        (b"a = 1\na = 2", "Cannot overwrite a value"),
        (b"a = 1979-05-27", "`a` must be a number or text, got 1979-05-27"),
    ],
)
def test_toml_that_breaks_a_rule_is_refused_by_it_and_soon(content: bytes, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(DocumentError, match=message):
        read_toml(content)
    assert time.monotonic() - began < 5


@READERS
def test_a_large_document_is_refused_before_it_is_parsed(
    read: Callable[[bytes], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_BYTES", 3)
    monkeypatch.setattr(documents, "MOST_TOML_BYTES", 3)
    with pytest.raises(DocumentError, match="it must have at most 3 bytes, has 4"):
        read(b"1234")


def test_whatever_obeys_the_rules_is_read_as_it_stands() -> None:
    value: Any = {"a": [1, -2.5, None, True, "é"], "b": {"": {}}, "c": 2**63 - 1}
    assert read_json(json.dumps(value).encode()) == value
    assert read_toml("a = [1, -2.5, true, 'é']\nb.c.d = {}") == {
        "a": [1, -2.5, True, "é"],
        "b": {"c": {"d": {}}},
    }
    deep: Any = 1
    for _ in range(DEEPEST):
        deep = [deep]
    assert read_json(json.dumps(deep)) == deep
