"""Descriptions of bundles drawn at random: each is read, or refused with the file's name."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fairser_core.predictor import BundleError, load
from fairser_core.predictor.bundle import DESCRIPTION
from tests.support import ROOT

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawn_documents import ALIKE, edited, json_values

BUNDLE = ROOT / "tests" / "data" / "earlier" / "bundle"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(BUNDLE, tmp_path_factory.mktemp("drawn") / "bundle"))


def read_or_refused(folder: Path, content: bytes) -> None:
    (folder / DESCRIPTION).write_bytes(content)
    try:
        load(folder)
    except BundleError as error:
        message = str(error)
    else:
        return
    assert message.startswith(str(folder))


@settings(max_examples=200, **ALIKE)
@given(st.one_of(st.binary(max_size=200), json_values().map(lambda v: json.dumps(v).encode())))
def test_any_content(copied: Path, content: bytes) -> None:
    read_or_refused(copied, content)


@settings(max_examples=300, **ALIKE)
@given(edited(json.loads((BUNDLE / DESCRIPTION).read_text())))
def test_a_bundle_with_edited_fields(copied: Path, document: Any) -> None:
    read_or_refused(copied, json.dumps(document).encode())
