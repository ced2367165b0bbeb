"""Malformed files at each reader: a right read, or an error with the file's name."""

import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairser_core.corpora.problems import CorpusError
from fairser_core.corpora.tables import read_csv
from fairser_core.files.arrays import read_array
from fairser_core.files.audio import open_audio
from fairser_core.files.segment import AudioError, Segment

T = TypeVar("T")
FIXED = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SAMPLES = np.random.default_rng(0).integers(-9000, 9000, 800).astype(np.int16)
NAME = "the recording"


def encoded(suffix: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, 8000, format=suffix.upper())
    return file.getvalue()


FORMATS = ("wav", "flac", "ogg", "aiff", "mp3", "au", "caf")
CONTENTS = {suffix: encoded(suffix) for suffix in FORMATS}


def refusal(kind: type[ValueError], work: Callable[[], T], name: object) -> T | None:
    """Result of work; None if an error refuses it, which must begin with the name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return work()
        except kind as error:
            message = str(error)
    assert message.startswith(str(name)), message
    return None


def decode(content: bytes) -> np.ndarray | None:
    """Samples of a content; None if it is refused by name."""

    def work() -> np.ndarray:
        with open_audio(Segment(NAME), content, most_seconds=600) as audio:
            return np.concatenate(list(audio.blocks_at(8000)))

    samples = refusal(AudioError, work, f"{NAME}: ")
    assert samples is None or (len(samples) > 0 and np.isfinite(samples).all())
    return samples


@FIXED
@given(
    fields=st.dictionaries(
        st.sampled_from([(4, "<I"), (16, "<I"), (20, "<H"), (22, "<H"), (24, "<I"), (28, "<I"),
                         (32, "<H"), (34, "<H"), (40, "<I")]),
        st.one_of(
            st.sampled_from([0, 1, 2, 3, 0x7FFF, 0xFFFF, 0xFFFE]),
            st.integers(0, 2**32 - 1),
        ),
        min_size=1, max_size=4,
    ),
    cut=st.one_of(st.just(None), st.integers(0, 1644)),
)  # fmt: skip
def test_headers_of_wav(fields: dict[tuple[int, str], int], cut: int | None) -> None:
    content = bytearray(CONTENTS["wav"])
    for (at, form), value in fields.items():
        limit = 2 ** (8 * struct.calcsize(form))
        content[at : at + struct.calcsize(form)] = struct.pack(form, value % limit)
    samples = decode(bytes(content[:cut]))
    same_layout = {at for at, _ in fields} <= {4, 40}
    if samples is not None and same_layout and cut is None:
        # Whatever the sizes say, the samples are a beginning of those in the file.
        np.testing.assert_array_equal(samples, SAMPLES[: len(samples)] / 2**15)


@FIXED
@given(
    suffix=st.sampled_from(sorted(CONTENTS)),
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
    kept=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_damaged_audio(suffix: str, damage: list[tuple[float, int]], kept: float) -> None:
    content = bytearray(CONTENTS[suffix])
    for at, value in damage:
        content[int(at * (len(content) - 1))] = value
    decode(bytes(content[: int(kept * len(content))]))


@FIXED
@given(kept=st.integers(0, len(CONTENTS["wav"]) - 1))
def test_wav_that_is_cut_is_never_read(kept: int) -> None:
    assert decode(CONTENTS["wav"][:kept]) is None


@FIXED
@given(
    header=st.one_of(
        st.binary(max_size=40),
        st.builds(
            "{{'descr': {!r}, 'fortran_order': {}, 'shape': {}, }}".format,
            st.sampled_from(["<f4", "<f8", "|O", "<i4", "<c8", "<f2", "x", "<U3", ">f4"]),
            st.sampled_from([True, False, None]),
            st.lists(st.integers(-3, 2**40), max_size=3).map(tuple),
        ).map(str.encode),
    ),
    version=st.sampled_from([(1, 0), (2, 0), (3, 0), (9, 9)]),
    body=st.binary(max_size=200),
)
def test_arrays(header: bytes, version: tuple[int, int], body: bytes) -> None:
    size = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    content = b"\x93NUMPY" + bytes(version) + size + header + body
    array = refusal(AudioError, lambda: read_array(NAME, content), f"{NAME}: ")
    if array is None:
        return
    assert array.ndim == 2
    assert np.isfinite(array).all()
    assert array.dtype == np.float32


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@FIXED
@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=5),
    separator=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
)
def test_tables(tmp_path: Path, rows: list[list[str]], separator: str, encoding: str) -> None:
    path = tmp_path / "t.csv"
    lines = [["path", "speaker"], *rows]
    path.write_bytes("\n".join(separator.join(row) for row in lines).encode(encoding))
    table = refusal(CorpusError, lambda: read_csv(path, ("path", "speaker")), path)
    if table is None:
        return
    assert encoding == "utf-8"
    assert [*table] == ["path", "speaker"]
    plain = all(
        len(row) == 2
        and any(cell.strip() for cell in row)
        and all(not set(cell) & set('",;\t\r\n') and cell.isprintable() for cell in row)
        for row in rows
    )
    if plain:
        assert table.to_numpy().tolist() == [[cell.strip() for cell in row] for row in rows]


@FIXED
@given(content=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    refusal(CorpusError, lambda: read_csv(path, ("path", "speaker")), path)
    decode(content)
    with pytest.raises(AudioError, match=f"^{NAME}: "):
        read_array(NAME, content)


@pytest.mark.parametrize("behind", [b"\0", b"array"])
def test_an_array_with_more_behind_it_is_refused(behind: bytes) -> None:
    file = io.BytesIO()
    np.save(file, np.ones((3, 4)))
    with pytest.raises(AudioError, match=rf"must end with its array \(3, 4\), has {len(behind)} "):
        read_array(NAME, file.getvalue() + behind)
    np.save(file, np.ones((3, 4)))
    with pytest.raises(AudioError, match="save each array to a file"):
        read_array(NAME, file.getvalue())


def test_a_vector_is_refused_with_the_remedy() -> None:
    file = io.BytesIO()
    np.save(file, np.ones(4))
    with pytest.raises(AudioError, match=r"shape \(4,\) \(save a vector as `vector\[None\]`\)$"):
        read_array(NAME, file.getvalue())
