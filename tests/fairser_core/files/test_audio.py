import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import torchaudio

from fairser_core.features.blocks import extract_blocks
from fairser_core.features.mfcc import MfccSettings, mfcc
from fairser_core.files import audio as audio_module
from fairser_core.files.audio import open_audio
from fairser_core.files.resampling import resampled
from fairser_core.files.segment import AudioError, Segment
from fairser_core.files.usable import AudioFacts
from tests.support import ROOT
from tests.support.audio import load_audio


def noise(count: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(count).uniform(-0.3, 0.3, (count, channels)).astype(np.float32)


def patched(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at + len(value) :]


def bad_files(folder: Path) -> dict[str, str]:
    """Write files that cannot be used; return the reason of each."""
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("no audio" * 100)
    (folder / "folder.wav").mkdir()
    os.mkfifo(folder / "pipe.wav")
    (folder / "device.wav").symlink_to("/dev/zero")
    (folder / "broken.wav").symlink_to(folder / "nothing")
    soundfile.write(folder / "header.wav", np.zeros(0), 8000)
    soundfile.write(folder / "short.wav", np.zeros(2 * 319), 16000)
    for name, value in {"nan": np.nan, "inf": np.inf, "huge": 1e20}.items():
        samples = np.zeros(8000)
        samples[4000:] = value
        soundfile.write(folder / f"{name}.wav", samples, 8000, "FLOAT")
    soundfile.write(folder / "rate.wav", np.zeros(8000), 44101)
    for suffix in ("wav", "flac", "ogg", "mp3", "aiff"):
        soundfile.write(folder / f"cut.{suffix}", noise(16000), 16000)
        content = (folder / f"cut.{suffix}").read_bytes()
        (folder / f"cut.{suffix}").write_bytes(content[: len(content) // 2])
    soundfile.write(folder / "good.wav", noise(16000), 16000)
    wav = (folder / "good.wav").read_bytes()
    data = wav.index(b"data") + 4
    zero = b"\0\0\0\0"
    (folder / "killed.wav").write_bytes(patched(patched(wav, 4, zero), data, zero))
    (folder / "hz0.wav").write_bytes(patched(wav, 24, zero))
    (folder / "channels0.wav").write_bytes(patched(wav, 22, b"\0\0"))
    soundfile.write(folder / "unknown.flac", noise(16000), 16000)
    flac = (folder / "unknown.flac").read_bytes()
    flac = patched(patched(flac, 21, bytes([flac[21] & 0xF0])), 22, zero)
    (folder / "unknown.flac").write_bytes(flac)
    soundfile.write(folder / "many.wav", np.zeros((400, 65)), 8000)
    (folder / "memo.m4a").write_bytes(b"\0\0\0 ftypM4A " + b"\0" * 500)
    undecodable = r"is not audio that can be read"
    return {
        "missing.wav": r"cannot be read \(No such file or directory\)",
        "broken.wav": r"cannot be read \(No such file or directory\)",
        "folder.wav": "must be a regular file",
        "pipe.wav": "must be a regular file",
        "device.wav": "must be a regular file",
        "empty.wav": "is empty",
        "text.wav": rf"{undecodable} \(Format not recognised",
        "memo.m4a": undecodable,
        "header.wav": "has no samples",
        "killed.wav": "has no samples; was its recorder stopped",
        "short.wav": "must have at least 320 samples at 8000 Hz, has 319",
        "nan.wav": r"samples must be finite and at most 2\^31, got nan at 0.500 s",
        "inf.wav": r"samples must be finite and at most 2\^31, got inf at 0.500 s",
        "huge.wav": r"samples must be finite and at most 2\^31, got 1e\+20 at 0.500 s",
        "rate.wav": "cannot be resampled from 44101 to 8000 Hz",
        "cut.wav": r"is cut: its header promises 32,044 bytes, it has 16,022",
        "cut.aiff": "is cut",
        "cut.flac": undecodable,
        "cut.ogg": "is cut: its last page ends at byte",
        "cut.mp3": "is cut: its last frame ends at byte",
        "hz0.wav": undecodable,
        "channels0.wav": undecodable,
        "unknown.flac": "does not state the length",
        "many.wav": "must have at most 64 channels, has 65",
    }


@pytest.mark.filterwarnings("ignore")
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    for name, reason in bad_files(tmp_path).items():
        path = str(tmp_path / name)
        problem = AudioFacts.of(Segment(path)).problem
        assert re.match(rf"{re.escape(path)}: (has a header that )?{reason}", problem), problem
        with pytest.raises(AudioError, match=rf"^{re.escape(path)}: "):
            load_audio(path, 8000, minimum=320)


def test_sizes_that_a_stream_does_not_know_are_read_to_the_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", noise(16000), 16000)
    wav = (tmp_path / "a.wav").read_bytes()
    unknown = b"\xff\xff\xff\xff"
    (tmp_path / "b.wav").write_bytes(
        patched(patched(wav, 4, unknown), wav.index(b"data") + 4, unknown)
    )
    expected, streamed = (load_audio(tmp_path / name, 16000) for name in ("a.wav", "b.wav"))
    np.testing.assert_array_equal(streamed, expected)


SIZED = {"wav": "WAV", "rf64": "RF64", "w64": "W64", "aiff": "AIFF", "svx": "SVX", "au": "AU",
         "sph": "NIST"}  # fmt: skip
"""Formats by suffix whose headers state the size of the samples."""


@pytest.mark.parametrize("suffix", SIZED)
@pytest.mark.parametrize("left", [0.5, 0.99])
def test_a_header_that_promises_more_than_the_file_has_is_named(
    tmp_path: Path, suffix: str, left: float
) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, noise(16000), 16000, format=SIZED[suffix])
    whole = load_audio(path, 16000)
    assert len(whole) == 16000
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    with pytest.raises(AudioError, match=r"is cut: its header promises [23][0-9],[0-9]+ bytes"):
        load_audio(path, 16000)


def test_a_size_that_is_not_stated_is_no_promise(tmp_path: Path) -> None:
    path = tmp_path / "a.au"
    soundfile.write(path, noise(16000), 16000)
    expected = load_audio(path, 16000)
    path.write_bytes(patched(path.read_bytes(), 8, b"\xff" * 4))
    np.testing.assert_array_equal(load_audio(path, 16000), expected)


@pytest.mark.parametrize("subtype", ["GSM610", "G721_32", "NMS_ADPCM_16"])
def test_codings_of_telephony_that_cannot_be_sought_in_are_read(
    tmp_path: Path, subtype: str
) -> None:
    path, plain = str(tmp_path / "a.wav"), str(tmp_path / "plain.wav")
    soundfile.write(path, noise(16000), 8000, subtype)
    with soundfile.SoundFile(path) as file:
        decoded = file.read(file.frames, dtype="float32")
    soundfile.write(plain, decoded, 8000, "FLOAT")
    np.testing.assert_array_equal(load_audio(path, 8000), decoded)
    parts = []
    for name in (path, plain):
        with open_audio(Segment(name, 0.5, 1.25)) as opened:
            parts.append(np.concatenate(list(opened.blocks())))
    np.testing.assert_array_equal(*parts)


def test_a_guess_of_the_decoder_at_files_beside_it_is_no_riddle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.mp3", noise(16000), 16000)
    (tmp_path / "b.wav").write_text("<html>" * 100)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "._").touch()  # as macOS leaves it on other file systems
    for name in ("a.mp3", "b.wav"):
        with pytest.raises(AudioError, match=rf"{name}: .*`\._` or .*: run in another folder"):
            load_audio(tmp_path / name, 16000)


def test_an_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, os.strerror(13), path)

    soundfile.write(tmp_path / "a.wav", noise(800), 8000)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(AudioError, match=r"a.wav: cannot be read \(Permission denied\)"):
        load_audio(tmp_path / "a.wav", 8000)


def test_content_is_decoded_as_its_file_is(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", noise(8000, 2), 16000)
    with open_audio(Segment("any name"), (tmp_path / "a.flac").read_bytes()) as opened:
        content = np.concatenate(list(opened.blocks_at(8000)))
    np.testing.assert_array_equal(content, load_audio(tmp_path / "a.flac", 8000))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_a_segment_is_the_samples_between_its_times(tmp_path: Path, suffix: str) -> None:
    soundfile.write(tmp_path / f"a.{suffix}", noise(48000), 16000)
    whole = load_audio(tmp_path / f"a.{suffix}", 16000)
    with open_audio(Segment(str(tmp_path / f"a.{suffix}"), 0.5, 2.25)) as opened:
        part = np.concatenate(list(opened.blocks()))
    tolerance = 1e-3 if suffix == "mp3" else 0  # a decoder of MP3 depends on what it read before
    np.testing.assert_allclose(part, whole[8000:36000], atol=tolerance, rtol=0)


@pytest.mark.parametrize(
    "span",
    [(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (0.0, 3.1), (3.0, None), (np.inf, None), (0, np.nan)],
)
def test_times_must_be_in_the_file(tmp_path: Path, span: tuple[float, float | None]) -> None:
    soundfile.write(tmp_path / "a.wav", noise(48000), 16000)
    with (
        pytest.raises(AudioError, match=r"must be in order and within the file, which is 3\.000 s"),
        open_audio(Segment(str(tmp_path / "a.wav"), *span)),
    ):
        pass


def test_an_end_may_lie_after_the_file_by_rounding(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", noise(48000), 16000)
    with open_audio(Segment(str(tmp_path / "a.wav"), 1.0, 3.04)) as opened:
        assert opened.frames == 32000


@pytest.mark.parametrize("rates", [(16000, 8000), (44100, 8000), (11025, 16000), (8000, 8000)])
@pytest.mark.parametrize("sizes", [(30000,), (7000, 9000, 14000), (1,) * 50 + (29950,)])
def test_blocks_are_resampled_as_the_whole(rates: tuple[int, int], sizes: tuple[int, ...]) -> None:
    whole = noise(30000)[:, 0]
    blocks = np.split(whole, np.cumsum(sizes)[:-1])
    joined = np.concatenate(list(resampled(blocks, *rates)))
    expected = torchaudio.functional.resample(torch.from_numpy(whole), *rates).numpy()
    np.testing.assert_allclose(joined, expected, atol=1e-6, rtol=0)
    if len(sizes) == 1:
        np.testing.assert_array_equal(joined, expected)


@pytest.mark.parametrize("hop", [128, 500])
def test_features_of_blocks_are_those_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hop: int
) -> None:
    settings = MfccSettings(hop_length=hop)
    soundfile.write(tmp_path / "a.wav", noise(40000, 2), 16000)
    expected = mfcc(load_audio(tmp_path / "a.wav", 8000), settings)
    for block in (700, 5000, 30000):
        monkeypatch.setattr(audio_module, "BLOCK", block)
        with open_audio(Segment(str(tmp_path / "a.wav"))) as opened:
            np.testing.assert_allclose(extract_blocks(settings, opened), expected, atol=2e-3)


def test_audio_beyond_the_bounds_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.flac", np.zeros((80000, 2)), 8000)
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("decoded"))
    with (
        pytest.raises(AudioError, match=r"is 10\.0 seconds and 160,000 samples; cut it, or"),
        open_audio(Segment(str(tmp_path / "a.flac")), most_seconds=9),
    ):
        pass
    with open_audio(Segment(str(tmp_path / "a.flac"), 0.5, 9.5), most_seconds=9) as opened:
        assert opened.frames == 72000


LONG = """
import resource, sys
import torchaudio
from fairser_core.features.blocks import extract_blocks
from fairser_core.features.mfcc import MfccSettings
from fairser_core.files.audio import open_audio
from fairser_core.files.segment import Segment
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
with open_audio(Segment(sys.argv[1])) as opened:
    print(extract_blocks(MfccSettings(), opened).shape)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow  # a minute of resampling
def test_three_hours_are_read_within_500_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    minute = (noise(60 * 44100, 2) * 2**15).astype(np.int16)
    with soundfile.SoundFile(path, "w", 44100, 2, "PCM_16") as file:
        for _ in range(180):
            file.write(minute)
    done = subprocess.run(
        [sys.executable, "-c", LONG, str(path)], cwd=ROOT, capture_output=True, text=True
    )
    imports, shape, peak = done.stdout.splitlines()
    assert shape == f"({1 + (3 * 3600 * 8000 - 320) // 128}, 24)"
    # torch alone takes from 200 to 500 MB, by its build.
    assert (int(peak) - int(imports)) * 1024 < 250e6
