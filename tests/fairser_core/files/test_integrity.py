"""Whether compressed audio is whole: MP3 by its frames, Ogg by its pages, CAF by its chunks."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal

from fairser_core.files.audio import open_audio
from fairser_core.files.integrity import UNCHECKED
from fairser_core.files.promised_size import W64_DATA
from fairser_core.files.segment import AudioError, Segment
from fairser_core.files.usable import AudioFacts

RATE = 16000
TIME = np.arange(3 * RATE) / RATE
SPEECH = 0.3 * np.sin(2 * np.pi * 300 * TIME) * (1 + np.sin(3 * TIME)) / 2
NAME = "the recording"
DELAYS = 576, 529
"""Samples of delay of the encoder and of the decoder, of which the decoder drops its own."""
APE = struct.pack("<8sIIIQ", b"APETAGEX", 2000, 5032, 1, 0)
TAGS = {
    "none": (b"", b""),
    "ID3v1": (b"", b"TAG" + bytes(125)),
    "ID3v2": (b"ID3\3\0\0\0\0\x20\0" + bytes(4096), b""),
    "APE": (b"", APE[:20] + b"\0\0\0\xa0" + APE[24:] + bytes(4, ) + bytes(5000) + APE + bytes(4)),
    "zeros": (b"", bytes(3000)),
}  # fmt: skip


def encoded(kind: str, subtype: str | None = None, rate: int = RATE, mode: str = "") -> bytes:
    """Content of a file of `SPEECH`."""
    file = io.BytesIO()
    options = {"bitrate_mode": mode, "compression_level": 0.5} if mode else {}
    soundfile.write(file, SPEECH, rate, format=kind, subtype=subtype, **options)
    return file.getvalue()


def decoded(content: bytes) -> np.ndarray:
    with open_audio(Segment(NAME), content) as audio:
        return np.concatenate(list(audio.blocks()))


def frames(mp3: bytes, rate: int) -> list[bytes]:
    """Frames of an MP3 file of MPEG 2, the first of which states their number."""
    bitrates = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    pieces = []
    while mp3:
        bits = int.from_bytes(mp3[:4], "big")
        size = 72_000 * bitrates[bits >> 12 & 15] // rate + (bits >> 9 & 1)
        pieces.append(mp3[:size])
        mp3 = mp3[size:]
    assert {b"Xing", b"Info"} & {pieces[0][13:17], pieces[0][21:25]}
    return pieces


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
@pytest.mark.parametrize("rate", [16000, 22050])
def test_mp3_without_a_count_of_frames_is_read_whole(mode: str, rate: int) -> None:
    mp3 = encoded("MP3", rate=rate, mode=mode)
    expected = decoded(mp3)
    assert len(expected) == len(SPEECH)
    _, *pieces = frames(mp3, rate)
    encoder, decoder = DELAYS
    for before, after in TAGS.values():
        samples = decoded(before + b"".join(pieces) + after)
        assert len(samples) == 576 * len(pieces) - decoder
        np.testing.assert_array_equal(samples[encoder:][: len(expected)], expected)


def test_mp3_files_one_after_the_other_are_read_to_the_end() -> None:
    mp3 = encoded("MP3")
    number = len(frames(mp3, RATE)) - 1
    for between in (b"", b"TAG" + bytes(125), TAGS["ID3v2"][0]):
        assert len(decoded(mp3 + between + mp3)) == 576 * (2 * number + 1) - DELAYS[1]


@pytest.mark.parametrize("stated", [True, False])
def test_mp3_that_ends_within_a_frame_or_has_a_hole_is_named(stated: bool) -> None:
    pieces = frames(encoded("MP3", mode="VARIABLE"), RATE)[0 if stated else 1 :]
    whole = b"".join(pieces)
    ends = np.cumsum([len(piece) for piece in pieces])
    for cut in np.linspace(1000, len(whole) - 20, 15).astype(int):
        if min(abs(ends - cut)) > 3:
            with pytest.raises(AudioError, match=r"^the recording: is cut: its last frame ends"):
                decoded(whole[:cut])
    with pytest.raises(AudioError, match="is damaged: no frame begins at its byte "):
        decoded(b"".join(pieces[:20]) + bytes(700) + b"".join(pieces[20:]))


def test_mp3_with_fewer_frames_than_it_states_is_cut() -> None:
    pieces = frames(encoded("MP3"), RATE)
    with pytest.raises(AudioError, match=r"is cut: its header promises \d+ frames, it has 49"):
        decoded(b"".join(pieces[:50]))


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_is_whole_cut_or_in_doubt(subtype: str) -> None:
    speech = np.tile(SPEECH, 10) + np.random.default_rng(0).uniform(-0.1, 0.1, 10 * len(SPEECH))
    file = io.BytesIO()
    soundfile.write(file, speech, RATE, format="OGG", subtype=subtype)
    content = file.getvalue()
    pages = [at for at in range(len(content)) if content[at : at + 4] == b"OggS"]
    for cut in np.linspace(50, len(content) - 1, 25).astype(int):
        if cut not in pages:
            with pytest.raises(AudioError, match=r"^the recording: is cut: (its last|a) page"):
                decoded(content[:cut])
    with open_audio(Segment(NAME), content) as audio:
        assert (audio.frames, audio.doubt) == (len(speech), "")
    with open_audio(Segment(NAME), content[: pages[-1]]) as audio:
        assert audio.doubt == "ends without the mark that ends a stream"
        assert len(speech) / 2 < audio.frames < len(speech)
    with pytest.raises(AudioError, match="holds several streams one after the other"):
        decoded(content + content)


def test_mp3_whose_count_of_frames_the_decoder_does_not_read_is_read_whole() -> None:
    content = bytearray(encoded("MP3"))
    content[8] = 149  # side information before the Xing header
    assert 0 <= len(decoded(bytes(content))) - len(SPEECH) < 3000


@pytest.mark.parametrize(
    ("kind", "behind"),
    [
        ("W64", b"junk" + W64_DATA[4:] + struct.pack("<Q", 24 + 40) + b"a" * 40),
        ("SVX", b"NAME" + struct.pack(">I", 4) + b"abcd"),
        ("NIST", b"a" * 40),
        ("WAV", b"LIST" + struct.pack("<I", 4) + b"abcd"),
        ("AIFF", b"NAME" + struct.pack(">I", 4) + b"abcd"),
    ],
)
def test_bytes_behind_the_samples_are_no_samples(kind: str, behind: bytes) -> None:
    content = encoded(kind, "PCM_16")
    assert_array_equal(decoded(content + behind), decoded(content))
    with open_audio(Segment(NAME), content + behind) as audio:
        assert (audio.frames, audio.doubt) == (len(SPEECH), "")


def test_a_header_that_was_written_before_the_last_samples_is_noted() -> None:
    content = bytearray(encoded("WAV", "PCM_16"))
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 2 * RATE)
    with open_audio(Segment(NAME), bytes(content)) as audio:
        assert audio.frames == RATE
        assert audio.doubt == f"has {4 * RATE:,} bytes behind its samples that no header names"
    with open_audio(Segment(NAME), encoded("WAV", "PCM_16") + bytes(5000)) as audio:
        assert audio.doubt == ""


@pytest.mark.parametrize("kind", ["CAF", "RIFX"])
def test_a_cut_chunk_is_named(kind: str) -> None:
    if kind == "CAF":
        content = encoded("CAF", "PCM_16")
    else:
        body = (SPEECH * 2**15).astype(">i2").tobytes()
        form = struct.pack(">4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        body = b"WAVE" + form + b"data" + struct.pack(">I", len(body)) + body
        content = b"RIFX" + struct.pack(">I", len(body)) + body
    assert len(decoded(content)) == len(SPEECH)
    for left in (0.95, 0.5):
        with pytest.raises(AudioError, match=r"is cut: its header promises [0-9,]+ bytes"):
            decoded(content[: int(left * len(content))])


def test_formats_whose_cuts_nobody_sees_are_refused(tmp_path: Path) -> None:
    for kind in sorted(
        UNCHECKED & {*soundfile.available_formats()} - {"SD2"}
    ):  # which is two files
        subtype = next(s for s in ("PCM_16", "ALAW", "DPCM_16") if soundfile.check_format(kind, s))
        path = tmp_path / f"a.{kind.lower()}"
        soundfile.write(path, SPEECH, 8000, format=kind, subtype=subtype)
        facts = AudioFacts.of(Segment(str(path)))
        assert facts.problem.startswith(f"{path}: is in the format {kind}, of which it cannot be")


def test_no_other_format_is_read_short() -> None:
    for kind in {*soundfile.available_formats()} - UNCHECKED - {"RAW", "OGG", "MP3"}:
        content = encoded(kind, rate=8000)
        assert len(decoded(content)) >= len(SPEECH)
        with pytest.raises(AudioError, match=r"^the recording: "):
            decoded(content[: int(0.9 * len(content))])
