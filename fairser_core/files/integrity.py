"""Whether a file of audio is whole, as far as its format shows before it is decoded."""

from dataclasses import dataclass
from typing import BinaryIO

from fairser_core.files.mpeg import mpeg_frames
from fairser_core.files.ogg import MAGIC, ogg_faults
from fairser_core.files.promised_size import bytes_behind, promised_bytes, read_to_end

UNCHECKED = {
    *("AVR", "IRCAM", "MAT4", "MAT5", "MPC2K", "PAF", "PVF", "SD2", "VOC", "WVE", "XI"),
}
"""Formats whose files the decoder reads short without an error where they are cut."""
CONVERT = (
    "of which it cannot be seen whether a file is whole: convert it to WAV or FLAC, e.g. with `sox`"
)
CONVERT_LARGE = "which would be decoded as samples: convert it to WAV or FLAC, e.g. with `sox`"
MOST_COPIED = 2**31
"""Largest size in bytes of samples that are copied to be decoded without the bytes behind them."""


@dataclass(frozen=True)
class Integrity:
    """Whether a file of audio is whole.

    Attributes:
        problem: rule that the file breaks; empty if it breaks none that can be seen.
        doubt: reason for which the file may be cut; empty if there is none.
        content: content to decode in place of the file; None for the file itself.
    """

    problem: str = ""
    doubt: str = ""
    content: bytes | None = None


def integrity(file: BinaryIO, size: int) -> Integrity:
    """Return whether a file of audio is whole.

    Args:
        file: file at its beginning.
        size: size of the file in bytes.
    """
    head = file.read(4)
    if head == MAGIC:
        problem, doubt = ogg_faults(file, size)
        return Integrity(problem, doubt)
    if head[:3] == b"ID3" or head[:1] == b"\xff":
        frames = mpeg_frames(file, size)
        if frames:
            return Integrity(frames.problem, content=frames.content)
    file.seek(0)
    promised = promised_bytes(file, size)
    if promised > size:
        return Integrity(f"is cut: its header promises {promised:,} bytes, it has {size:,}")
    if 0 < promised < size and read_to_end(head, file):
        if promised > MOST_COPIED:
            return Integrity(f"has {size - promised:,} bytes behind its samples, {CONVERT_LARGE}")
        file.seek(0)
        return Integrity(content=file.read(promised))
    behind = bytes_behind(file, promised, size) if promised else 0
    if behind:
        return Integrity(doubt=f"has {behind:,} bytes behind its samples that no header names")
    return Integrity()
