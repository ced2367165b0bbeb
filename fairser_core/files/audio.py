"""Audio, opened by one function and read in blocks of one channel.

Size and length are known from the header and bounded before anything is decoded. Whatever a file's
content can raise becomes an `AudioError`.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, TypeVar

import numpy as np
import soundfile

from fairser_core.files.integrity import CONVERT, UNCHECKED, Integrity, integrity
from fairser_core.files.resampling import FloatArray, length_problem, resampled
from fairser_core.files.segment import AudioError, Segment, open_regular

T = TypeVar("T")

MAX_SAMPLE = 2**31
"""Samples beyond this (32-bit integers in a float file) are damage; their power may overflow."""

MOST_SECONDS = 4 * 3600
"""Longest audio that is decoded, a file or a part of one."""

MOST_VALUES = 2**31
"""Most samples of all channels that are decoded: 6 hours of two channels at 48 kHz."""

MOST_CHANNELS = 64

BLOCK = 2**20
"""Samples of a channel that are decoded at once: 24 s at 44.1 kHz."""
BLOCK_VALUES = 2**22
"""Most samples of all channels that are decoded at once."""

SILENCE = 2 * 2.0**-15
"""Standard deviation, two steps of 16-bit audio (-84 dB), up to which a recording is silent: such
is dither. Speech has some hundred times as much."""


@dataclass
class Audio:
    """Opened audio of an utterance, of which blocks are read once.

    Attributes:
        name: name for errors.
        rate: sample rate in Hz.
        channels: number of channels.
        frames: number of samples of a channel.
        first: first of these samples, counted in the file.
        file: decoder.
        doubt: reason for which the file may be cut; empty if there is none.
        read: number of samples in the blocks that were read.
        mean: mean of the same.
        squares: sum of their squared deviations from that mean.
    """

    name: str
    rate: int
    channels: int
    frames: int
    first: int
    file: Any
    doubt: str = ""
    read: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether the blocks that were read vary by no more than dither does."""
        return self.squares <= SILENCE**2 * self.read

    def blocks(self) -> Iterator[FloatArray]:
        """Yield the mean of the channels at the file's rate, block after block (sample,).

        Raises:
            AudioError: the content cannot be decoded, ends before its header says, or has samples
                that are not finite or beyond `MAX_SAMPLE`.
        """
        left = self.frames
        for values in self._read_from_first():
            left -= len(values)
            block: FloatArray = values.mean(axis=1)
            self._check(block, self.first + self.frames - left - len(block))
            self._add(block)
            yield block

    def _add(self, block: FloatArray) -> None:
        """Add a block to the moments (Chan et al. 1983, Eqs. 2.1a and 2.1b)."""
        count, mean = len(block), float(block.mean(dtype=np.float64))
        shift, total = mean - self.mean, self.read + len(block)
        self.squares += count * float(block.var(dtype=np.float64))
        self.squares += shift**2 * self.read * count / total
        self.mean += shift * count / total
        self.read = total

    def _read_from_first(self) -> Iterator[FloatArray]:
        """Yield samples (sample, channel), block after block.

        GSM 6.10 and other codings of telephony cannot be sought in: they are read from the
        beginning.
        """
        skipped = 0 if self.file.seekable() else self.first
        if self.first and not skipped:
            _decode(self.name, lambda: self.file.seek(self.first))
        size, left = min(BLOCK, BLOCK_VALUES // self.channels), skipped + self.frames
        while left:
            count = min(size, skipped or left)
            values = _decode(
                self.name, partial(self.file.read, count, dtype="float32", always_2d=True)
            )
            left -= len(values)
            if len(values) < count:
                raise AudioError(
                    f"{self.name}: is cut: its header promises {self.frames} samples, "
                    f"{self.frames - left} can be decoded"
                )
            if skipped:
                skipped -= len(values)
            else:
                yield values

    def _check(self, block: FloatArray, first: int) -> None:
        """Refuse samples that are not finite or too large; `first` is the first one's number."""
        beyond = np.flatnonzero(~(np.abs(block) <= MAX_SAMPLE))
        if len(beyond):
            raise AudioError(
                f"{self.name}: samples must be finite and at most 2^31,"
                f" got {block[beyond[0]]:g} at {(first + beyond[0]) / self.rate:.3f} s"
            )

    def blocks_at(
        self, rate: int, fewest: int = 1, most: int = sys.maxsize
    ) -> Iterator[FloatArray]:
        """Yield the mean of the channels at another rate, block after block (sample,).

        Args:
            rate: sample rate in Hz.
            fewest: fewest samples to accept, at `rate`.
            most: most samples to accept, at `rate`.

        Raises:
            AudioError: as `blocks`; or the audio cannot be resampled, or is too short or too long.
        """
        self.check_length(rate, fewest, most)
        return resampled(self.blocks(), self.rate, rate)

    def check_length(self, rate: int, fewest: int, most: int = sys.maxsize) -> None:
        """Refuse audio that cannot be resampled to a rate or has too few or many samples there."""
        problem = length_problem(self.frames, self.rate, rate, fewest, most)
        if problem:
            raise AudioError(f"{self.name}: {problem}")


@contextmanager
def open_audio(
    segment: Segment, content: bytes | None = None, most_seconds: int = MOST_SECONDS
) -> Iterator[Audio]:
    """Open audio; the only function that opens any.

    Args:
        segment: file, or part of one, of any format that libsndfile reads: WAV, FLAC, Ogg, MP3, ...
        content: content of the file; None to open the file at the path.
        most_seconds: longest audio that is accepted.

    Raises:
        AudioError: there is no such regular file, it is not audio, is cut or of a format of which
            that cannot be seen, or is larger than `MOST_VALUES`, `most_seconds` or `MOST_CHANNELS`;
            or the segment is not in it.
    """
    if content is not None:
        if not content:
            raise AudioError(f"{segment.path}: is empty")
        whole = _integrity(segment.path, io.BytesIO(content), len(content))
        with _decoder(segment.path, io.BytesIO(whole.content or content)) as file:
            yield _audio(segment, file, most_seconds, whole.doubt)
        return
    with open_regular(segment.path) as descriptor:
        with os.fdopen(os.dup(descriptor), "rb") as header:
            whole = _integrity(segment.path, header, os.fstat(descriptor).st_size)
        os.lseek(descriptor, 0, os.SEEK_SET)
        source = io.BytesIO(whole.content) if whole.content else descriptor
        with _decoder(segment.path, source) as file:
            yield _audio(segment, file, most_seconds, whole.doubt)


def _integrity(path: str, file: BinaryIO, size: int) -> Integrity:
    """Return whether a file is whole; refuse one that is not."""
    whole = _decode(path, lambda: integrity(file, size))
    if whole.problem:
        raise AudioError(f"{path}: {whole.problem}")
    return whole


@contextmanager
def _decoder(path: str, source: io.BytesIO | int) -> Iterator[Any]:
    """Open a decoder on a descriptor or on content."""
    with _decode(path, lambda: soundfile.SoundFile(source, closefd=False)) as file:
        yield file


def _audio(segment: Segment, file: Any, most_seconds: int, doubt: str) -> Audio:
    """Return the audio of a segment, within the bounds."""
    rate, channels, frames = file.samplerate, file.channels, file.frames
    path = segment.path
    if file.format in UNCHECKED:
        raise AudioError(f"{path}: is in the format {file.format}, {CONVERT}")
    if not frames:
        raise AudioError(f"{path}: has no samples; was its recorder stopped before it was done?")
    if channels > MOST_CHANNELS:
        raise AudioError(f"{path}: must have at most {MOST_CHANNELS} channels, has {channels}")
    if frames >= 2**62:  # libsndfile's largest number stands for an unknown one
        raise AudioError(
            f"{path}: has a header that does not state the length; write it anew, "
            "e.g. with `sox` or `ffmpeg`, as WAV"
        )
    first, last = _range(segment, rate, frames)
    count = last - first
    if count > most_seconds * rate or count * channels > MOST_VALUES:
        raise AudioError(
            f"{segment.name}: must be at most {most_seconds:,} seconds long and of at most "
            f"{MOST_VALUES:,} samples in all channels, is {count / rate:,.1f} seconds and "
            f"{count * channels:,} samples; cut it, or name its parts by `start` and `end` in a "
            "table"
        )
    return Audio(segment.name, rate, channels, count, first, file, doubt)


def _range(segment: Segment, rate: int, frames: int) -> tuple[int, int]:
    """Return the first sample of a segment and the first one after it."""
    length = frames / rate
    start, end = segment.start, length if segment.end is None else segment.end
    if 0 <= start < end <= length + SLACK:  # false for NaN, too
        first, last = round(start * rate), min(frames, round(end * rate))
        if first < last:
            return first, last
    raise AudioError(
        f"{segment.name}: start and end must be in order and within the file, which is "
        f"{length:.3f} s long"
    )


SLACK = 0.05
"""Seconds by which a segment may end after its file, for times are rounded."""


def _decode(name: str, work: Callable[[], T]) -> T:
    """Call the decoder, whose errors on damaged content are of many kinds."""
    try:
        return work()
    except soundfile.LibsndfileError as error:
        reason = error.error_string
        if "resource fork" in reason:  # libsndfile's last guess, of files without a name, is SD2
            reason = "format not recognised; or, if it plays elsewhere, `._` or `.AppleDouble` in "
            reason += "the working folder is taken for a part of it: run in another folder"
        raise AudioError(f"{name}: is not audio that can be read ({reason})") from error
    except Exception as error:  # of soundfile, NumPy or cffi
        raise AudioError(
            f"{name}: is not audio that can be read ({type(error).__name__}: {error})"
        ) from error
