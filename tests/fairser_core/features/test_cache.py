import hashlib
import io
import logging
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
import torchaudio

from fairser_core.features import cache
from fairser_core.features import mfcc as mfcc_module
from fairser_core.features.cache import features
from fairser_core.features.mfcc import MfccSettings, mfcc
from fairser_core.files.resampling import FloatArray
from fairser_core.files.segment import AudioError, Segment
from tests.support.audio import load_audio

SETTINGS = MfccSettings()


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Six files, none as long as another, the longest first."""
    generator = np.random.default_rng(0)
    (tmp_path / "audio").mkdir()
    names = [str(tmp_path / "audio" / f"{number}.wav") for number in range(6)]
    for number, name in enumerate(names):
        soundfile.write(name, generator.normal(0, 0.1, 16000 - 2000 * number), 16000)
    return names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def forbid_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> FloatArray:
        raise AssertionError("computed, though it should be in the cache")

    monkeypatch.setattr(mfcc_module, "mfcc", refuse)


def assert_equal(actual: list[FloatArray], expected: list[FloatArray]) -> None:
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("workers", [None, 1, 4])
def test_features_are_those_of_each_file_in_order(
    paths: list[str], folder: Path, workers: int | None
) -> None:
    order = [paths[i] for i in (3, 0, 5, 1, 4, 2)]
    arrays = features(order, SETTINGS, folder=folder, workers=workers)
    assert_equal(arrays, [mfcc(load_audio(path, 8000), SETTINGS) for path in order])


def test_what_was_computed_once_is_read(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = features(paths, SETTINGS, folder=folder)
    forbid_computing(monkeypatch)
    assert_equal(features(paths, SETTINGS, folder=folder), first)


def test_a_copy_of_a_file_is_the_same_entry(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = features(paths[:1], SETTINGS, folder=folder)
    shutil.copy(paths[0], paths[0] + ".copy")
    forbid_computing(monkeypatch)
    assert_equal(features([paths[0] + ".copy"], SETTINGS, folder=folder), first)


def test_a_file_with_a_new_content_is_another_entry(paths: list[str], folder: Path) -> None:
    features(paths[:1], SETTINGS, folder=folder)
    shutil.copy(paths[1], paths[0])
    second = features(paths[:1], SETTINGS, folder=folder)
    assert_equal(second, [mfcc(load_audio(paths[1], 8000), SETTINGS)])


def test_other_settings_are_other_entries(paths: list[str], folder: Path) -> None:
    power = MfccSettings(spectrum="power")
    magnitudes, powers = (features(paths, each, folder=folder) for each in (SETTINGS, power))
    assert len(entries(folder)) == 2 * len(paths)
    assert all((m != p).any() for m, p in zip(magnitudes, powers, strict=True))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (torch, "__version__"),
        (torchaudio, "__version__"),
        (soundfile, "__libsndfile_version__"),
    ],
)
def test_another_version_of_a_library_is_another_entry(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    features(paths, SETTINGS, folder=folder)
    monkeypatch.setattr(module, name, "0.0.0")
    features(paths, SETTINGS, folder=folder)
    assert len(entries(folder)) == 2 * len(paths)


def test_other_code_is_another_entry(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features(paths, SETTINGS, folder=folder)
    monkeypatch.setattr("inspect.getsource", lambda module: f"changed {module.__name__}")
    features(paths, SETTINGS, folder=folder)
    assert len(entries(folder)) == 2 * len(paths)


def flip(position: float) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        index = int(position * (len(content) - 1))
        return content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]

    return damage


def truncate(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(share * len(content))]


@pytest.mark.parametrize(
    "damage",
    [
        *(pytest.param(flip(at), id=f"bit at {at}") for at in (0, 0.003, 0.01, 0.5, 1)),
        *(pytest.param(truncate(at), id=f"first {at}") for at in (0, 0.001, 0.01, 0.5, 0.9999)),
        pytest.param(lambda content: content + b"\0", id="a byte too many"),
    ],
)
def test_a_damaged_entry_is_computed_again(
    paths: list[str],
    folder: Path,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = features(paths[:1], SETTINGS, folder=folder)
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        assert_equal(features(paths[:1], SETTINGS, folder=folder), first)
    assert f"{entry} is damaged" in caplog.text
    assert entry.read_bytes() == whole


def test_an_entry_copied_over_another_is_noticed(paths: list[str], folder: Path) -> None:
    first = features(paths[:2], SETTINGS, folder=folder)
    one, other = entries(folder)
    shutil.copy(one, other)
    assert_equal(features(paths[:2], SETTINGS, folder=folder), first)


def test_an_entry_is_never_unpickled(paths: list[str], folder: Path) -> None:
    features(paths[:1], SETTINGS, folder=folder)
    (entry,) = entries(folder)
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"an": "object"}], dtype=object), allow_pickle=True)
    payload = buffer.getvalue()
    digest = hashlib.blake2b(entry.name.encode() + payload, digest_size=32).digest()
    entry.write_bytes(digest + payload)
    with pytest.raises(ValueError, match="Object arrays cannot be loaded when allow_pickle=False"):
        features(paths[:1], SETTINGS, folder=folder)


def test_many_may_write_the_same_entries_at_once(paths: list[str], folder: Path) -> None:
    expected = [mfcc(load_audio(path, 8000), SETTINGS) for path in paths]
    callers = 4
    barrier = threading.Barrier(callers)

    def call(_: int) -> list[FloatArray]:
        barrier.wait()
        return features(paths * 3, SETTINGS, folder=folder, workers=4)

    for _ in range(5):
        with ThreadPoolExecutor(callers) as pool:
            for arrays in pool.map(call, range(callers)):
                assert_equal(arrays, expected * 3)
        assert len(entries(folder)) == len(paths)  # and no temporary file is left
        shutil.rmtree(folder)


def test_a_reader_sees_a_whole_entry_or_none(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Path]] = []
    replace = os.replace

    def watched(source: str, target: Path) -> None:
        seen.append([path for path in entries(folder) if path == target])
        assert (
            cache._digest(target, Path(source).read_bytes()[32:])
            == (Path(source).read_bytes()[:32])
        )
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    features(paths[:1], SETTINGS, folder=folder)
    assert seen == [[]]  # the name appears only with the finished file


def test_a_write_that_fails_ends_the_call_and_leaves_no_file(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: Path) -> None:
        raise OSError(28, os.strerror(28), str(target))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        features(paths, SETTINGS, folder=folder)
    assert entries(folder) == []


def test_progress_counts_the_files(paths: list[str], folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    features(paths, SETTINGS, folder=folder, progress=lambda *call: calls.append(call))
    assert calls == [(done, 6) for done in range(1, 7)]


def test_an_interrupt_does_not_wait_for_the_files_that_are_left(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    extract = MfccSettings.extract

    def counted(settings: MfccSettings, waveform: FloatArray) -> FloatArray:
        computed.append(len(waveform))
        return extract(settings, waveform)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt("stopped by hand")

    monkeypatch.setattr(MfccSettings, "extract", counted)
    parts = [Segment(paths[0], start=0.0, end=0.1 + number / 16000) for number in range(5000)]
    with pytest.raises(KeyboardInterrupt, match="stopped by hand"):
        features(parts, SETTINGS, folder=folder, progress=interrupt, workers=1)
    assert len(computed) < 5000


def test_a_segment_has_the_features_of_its_samples(
    paths: list[str], folder: Path, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(paths[0], dtype="int16")
    soundfile.write(tmp_path / "part.wav", samples[3200:9600], rate)
    part, whole, expected = features(
        [Segment(paths[0], 0.2, 0.6), paths[0], str(tmp_path / "part.wav")],
        SETTINGS,
        folder=folder,
    )
    assert_equal([part], [expected])
    assert len(whole) > len(part)
    assert len(entries(folder)) == 3


def test_a_file_that_changes_while_it_is_read_is_refused(
    paths: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = MfccSettings.extract

    def changing(settings: MfccSettings, waveform: FloatArray) -> FloatArray:
        shutil.copy(paths[1], paths[0])
        return extract(settings, waveform)

    monkeypatch.setattr(MfccSettings, "extract", changing)
    with pytest.raises(AudioError, match=r"0.wav: was changed while it was read"):
        features(paths[:1], SETTINGS, folder=folder)
    assert entries(folder) == []


def test_all_bad_files_are_named_at_once(paths: list[str], folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    soundfile.write(tmp_path / "short.wav", np.zeros(10), 8000)
    bad = [str(tmp_path / name) for name in ("missing.wav", "empty.wav", "short.wav")]
    with pytest.raises(AudioError, match=r"^3 of 9 audio files cannot be used:") as caught:
        features([bad[0], *paths, *bad[1:]], SETTINGS, folder=folder)
    assert str(caught.value).splitlines()[1:] == [
        f"  {bad[0]}: cannot be read (No such file or directory)",
        f"  {bad[1]}: is empty",
        f"  {bad[2]}: must have at least 320 samples at 8000 Hz, has 10",
    ]
    assert len(entries(folder)) == len(paths)


def test_no_more_than_twenty_bad_files_are_named(folder: Path, tmp_path: Path) -> None:
    bad = [str(tmp_path / f"{number}.wav") for number in range(25)]
    with pytest.raises(AudioError, match=r"^25 of 25 audio files") as caught:
        features(bad, SETTINGS, folder=folder)
    lines = str(caught.value).splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  ... and 5 more"


def test_torch_keeps_its_threads(paths: list[str], folder: Path) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        features(paths, SETTINGS, folder=folder)
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as pool:  # nor do threads begun later inherit the limit
            assert pool.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(before)


def test_no_files_have_no_features(folder: Path) -> None:
    assert features([], SETTINGS, folder=folder) == []


def test_the_folder_is_in_the_cache_folder_by_default(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRSER_CACHE", str(tmp_path / "elsewhere"))
    features(paths, SETTINGS)
    assert len(entries(tmp_path / "elsewhere" / "features")) == len(paths)
