"""Facts of a sweep drawn at random: each content is read, or refused with the file's name."""

import json
from typing import Any

import pytest

from search.store.storage import StorageError
from search.sweep.facts import SweepFacts
from tests.support import ROOT

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawn_documents import ALIKE, edited, json_values

SOURCE = "results/x/sweep.json"
PATHS = sorted((ROOT / "tests" / "data" / "earlier" / "sweeps").rglob("sweep.json"))
EARLIER = [json.loads(path.read_text()) for path in PATHS]


def read_or_refused(content: bytes) -> None:
    try:
        facts = SweepFacts.from_json(content, SOURCE)
    except StorageError as error:
        message = str(error)
    else:
        assert SweepFacts.from_json(facts.to_json(), SOURCE) == facts
        return
    assert message.startswith(SOURCE)


@settings(max_examples=300, **ALIKE)
@given(st.one_of(st.binary(max_size=200), json_values().map(lambda v: json.dumps(v).encode())))
def test_any_content(content: bytes) -> None:
    read_or_refused(content)


@settings(max_examples=500, **ALIKE)
@given(st.sampled_from(EARLIER).flatmap(edited))
def test_a_sweep_with_edited_fields(document: Any) -> None:
    read_or_refused(json.dumps(document).encode())
