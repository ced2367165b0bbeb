"""Manifests drawn at random: each gives a checked corpus, or an error that names the file."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.problems import CorpusError

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawn_documents import ALIKE

GENDERS, SPLITS = ("female", "male"), ("train", "validation", "test")
WHOLE = [
    {"path": "a.wav", "speaker": f"{gender} {split}", "gender": gender, "split": split,
     "activation": str(level), "id": f"{gender} {split} {level}"}
    for gender in GENDERS for split in SPLITS for level in (2, 6)
]  # fmt: skip
"""Rows of a manifest that can be used; the same file may not stand in two splits."""
CELLS = st.sampled_from(
    ["", "nan", "inf", "-1", "1e400", "7", "x", "FEMALE", "dev", "=1+1", "a\x00b", "../a.wav",
     "/dev/zero", "/etc/passwd", "a.wav", "missing.wav", "\u202e", "0" * 400, "1;2", '"', "a\nb"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)  # fmt: skip
COLUMNS = [*WHOLE[0], "start", "end", "offset", "duration", "features", "other", "ACTIVATION", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = tmp_path_factory.mktemp("manifests")
    for split in SPLITS:
        noise = np.random.default_rng(len(split)).normal(0, 0.1, 4000)
        soundfile.write(above / f"{split}.wav", noise, 8000)
    return above


def rows() -> list[dict[str, Any]]:
    return [{**row, "path": f"{row['split']}.wav"} for row in WHOLE]


def read_or_refused(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            corpus = read_manifest(path)
        except CorpusError as error:
            message = str(error)
        else:
            message = ""
    if message:
        assert str(path) in message
        return
    table = corpus.utterances
    assert set(table["gender"]) == set(GENDERS)
    assert np.isfinite(table["activation"].to_numpy(float)).all()
    assert table["activation"].between(*corpus.scale).all()


def test_the_rows_that_are_edited_can_be_used(folder: Path) -> None:
    path = folder / "whole.csv"
    pd.DataFrame(rows()).to_csv(path, index=False)
    assert len(read_manifest(path).utterances) == len(WHOLE)


CHANGES = st.lists(
    st.tuples(st.integers(0, len(WHOLE) - 1), st.sampled_from(COLUMNS), CELLS),
    min_size=1,
    max_size=4,
)


@settings(max_examples=120, **ALIKE)
@given(changes=CHANGES, parquet=st.booleans())
def test_a_manifest_with_edited_cells(
    folder: Path, changes: list[tuple[int, str, str]], parquet: bool
) -> None:
    table = rows()
    for number, column, cell in changes:
        table[number][column] = cell
    path = folder / ("drawn.parquet" if parquet else "drawn.csv")
    frame = pd.DataFrame(table)
    frame.to_parquet(path) if parquet else frame.to_csv(path, index=False)
    read_or_refused(path)


@settings(max_examples=80, **ALIKE)
@given(
    content=st.binary(max_size=200)
    | st.lists(st.lists(CELLS, max_size=6), max_size=5).map(
        lambda lines: "\n".join(",".join(line) for line in lines).encode()
    ),
    name=st.sampled_from(["any.csv", "any.tsv", "any.parquet"]),
)
def test_any_content(folder: Path, content: bytes, name: str) -> None:
    (folder / name).write_bytes(content)
    read_or_refused(folder / name)
