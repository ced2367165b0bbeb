"""Pack of features: as they were written, read-only, and never a damaged one."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from fairser_core.features import cache, pack
from fairser_core.features.cache import features
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.pack import pack_path, read_pack, write_pack
from fairser_core.files.resampling import FloatArray


@pytest.fixture
def arrays(monkeypatch: pytest.MonkeyPatch) -> list[FloatArray]:
    """Three arrays, as many as are packed here, one of them without frames."""
    monkeypatch.setattr(pack, "FEWEST", 3)
    rng = np.random.default_rng(0)
    return [rng.normal(size=(count, 5)).astype(np.float32) for count in (4, 0, 7)]


def test_a_pack_holds_what_was_written(tmp_path: Path, arrays: list[FloatArray]) -> None:
    path = pack_path(tmp_path, ["a", "b", "c"])
    assert read_pack(path) is None
    write_pack(path, arrays)
    read = read_pack(path)
    assert read is not None
    for one, other in zip(read, arrays, strict=True):
        assert one.dtype == np.float32
        assert not one.flags.writeable
        np.testing.assert_array_equal(one, other)
    assert pack_path(tmp_path, ["a", "c", "b"]) != path


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "moved"])
def test_a_damaged_pack_is_not_read(
    tmp_path: Path, arrays: list[FloatArray], change: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = pack_path(tmp_path, ["a"])
    write_pack(path, arrays)
    content = bytearray(path.read_bytes())
    if change == "flip":
        content[-1] ^= 1
    elif change == "moved":
        path = pack_path(tmp_path, ["b"])
    path.write_bytes({"cut": content[:-3], "empty": b""}.get(change, content))
    with caplog.at_level(logging.WARNING):
        assert read_pack(path) is None
    assert change == "empty" or "is damaged" in caplog.text


@pytest.mark.parametrize("shapes", [[(4, 5), (4, 6), (1, 5)], [(4, 5), (4, 5)], [(2, 3, 4)] * 3])
def test_few_or_unlike_features_are_not_packed(
    tmp_path: Path, shapes: list[tuple[int, ...]], arrays: list[FloatArray]
) -> None:
    path = pack_path(tmp_path, ["a"])
    write_pack(path, [np.zeros(shape, np.float32) for shape in shapes])
    assert not path.exists()


def test_a_corpus_is_read_from_its_pack(
    tmp_path: Path, arrays: list[FloatArray], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(tmp_path / f"{number}.wav") for number in range(3)]
    for number, path in enumerate(paths):
        soundfile.write(path, np.random.default_rng(number).normal(0, 0.1, 9000), 8000)
    first = features(paths, MfccSettings(), folder=tmp_path / "cache")

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("an entry was read, though there is a pack")

    monkeypatch.setattr(cache, "_outcome", refuse)
    counts: list[tuple[int, int]] = []
    again = features(
        paths, MfccSettings(), folder=tmp_path / "cache", progress=lambda *n: counts.append(n)
    )
    assert counts == [(3, 3)]
    for one, other in zip(again, first, strict=True):
        np.testing.assert_array_equal(one, other)
