"""MP3 files, walked from frame to frame (ISO 11172-3, 13818-3): length, and whether they are whole.

The decoder takes the length from a Xing header, which counts the frames. Without one it guesses by
size and bitrate: tags, variable bitrates and files that were put together mislead the guess. Such a
file is decoded as its frames behind a header that counts them.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

TABLES = {
    3: (1152, 144, (44100, 48000, 32000), (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224,
                                           256, 320)),
    2: (576, 72, (22050, 24000, 16000), (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144,
                                         160)),
    0: (576, 72, (11025, 12000, 8000), (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144,
                                        160)),
}  # fmt: skip
"""Samples of a frame, factor of its size, sample rates in Hz, and bitrates in kbit/s by version."""

SAME = 0xFFFE0C00
"""Bits of a frame's header that all frames of a stream share: sync, version, layer, sample rate."""
BITRATE, PADDING, NO_CRC = 0xF000, 0x0200, 0x10000
MONO = 0xC0
COUNTED = (b"Xing", b"Info")
FRAUNHOFER = 36
"""Position of Fraunhofer's header in a frame, which takes the place of a Xing header."""


@dataclass(frozen=True)
class Mpeg:
    """Frames of an MP3 file.

    Attributes:
        problem: rule that the file breaks; empty if there is none.
        content: content to decode in place of the file; None for the file itself.
    """

    problem: str = ""
    content: bytes | None = None


def mpeg_frames(file: BinaryIO, size: int) -> Mpeg | None:
    """Walk the frames of an MP3 file.

    Args:
        file: file at any position.
        size: size of the file in bytes.

    Returns:
        None if the file is no MPEG audio of layer III, or has frames of free format.
    """
    begin = _after_tags(file, 0)
    first = _header(file, begin)
    if not _frame_size(first):
        return None
    frames, at = [], begin
    while True:
        header = _header(file, at)
        length = _frame_size(header) if header & SAME == first & SAME else 0
        if length and at + length > size:
            return Mpeg(f"is cut: its last frame ends at byte {at + length:,}, it has {size:,}")
        if length:
            frames.append((at, length))
            at += length
            continue
        after = _after_tags(file, at)
        if after == at:
            break
        at = after
    if _continues(file, at, first):
        return Mpeg(f"is damaged: no frame begins at its byte {at:,}, but some begin further on")
    return _counted(file, frames, first)


def _counted(file: BinaryIO, frames: list[tuple[int, int]], first: int) -> Mpeg:
    """Compare the frames with the number that the first of them states."""
    at, length = frames[0]
    file.seek(at)
    stated = _stated(file.read(length), first)
    count = len(frames) - (stated is not None)
    if stated is not None and stated > count:
        return Mpeg(f"is cut: its header promises {stated:,} frames, it has {count:,}")
    if stated == count:
        return Mpeg()
    pieces = [_counting_frame(first, count)]
    for at, length in frames[stated is not None :]:
        file.seek(at)
        pieces.append(file.read(length))
    return Mpeg(content=b"".join(pieces))


def _stated(frame: bytes, header: int) -> int | None:
    """Return the number of frames that the header in a frame states; None if there is no header.

    It is 0 where the decoder does not read the header, as where side information stands before it.
    """
    if frame[FRAUNHOFER : FRAUNHOFER + 4] == b"VBRI":
        return 0
    at = 4 + _side_size(header)
    if frame[at : at + 4] not in COUNTED:
        return None
    flags, count = struct.unpack_from(">II", frame.ljust(at + 12, b"\0"), at + 4)
    return count if flags & 1 and not any(frame[6:at]) else 0  # behind a checksum


def _counting_frame(first: int, count: int) -> bytes:
    """Return a frame with a Xing header that counts the frames behind."""
    header = first & ~(BITRATE | PADDING) | 14 * 0x1000 | NO_CRC
    body = (
        struct.pack(">I", header)
        + bytes(_side_size(header))
        + struct.pack(">4sII", b"Info", 1, count)
    )
    return body.ljust(_frame_size(header), b"\0")


def _side_size(header: int) -> int:
    """Return the bytes between the header of a frame and a Xing header in the frame."""
    mono = header & MONO == MONO
    return (17 if mono else 32) if header >> 19 & 3 == 3 else (9 if mono else 17)


def _header(file: BinaryIO, at: int) -> int:
    """Return the 32 bits at a position; 0 if there are fewer."""
    file.seek(at)
    head = file.read(4)
    return int.from_bytes(head, "big") if len(head) == 4 else 0


def _frame_size(header: int) -> int:
    """Return the bytes of a frame of layer III; 0 if the bits are no header of such a frame."""
    version, bitrate, rate = header >> 19 & 3, header >> 12 & 15, header >> 10 & 3
    if header >> 21 != 0x7FF or header >> 17 & 3 != 1 or version not in TABLES:
        return 0
    if bitrate in (0, 15) or rate == 3:
        return 0
    _, factor, rates, bitrates = TABLES[version]
    return factor * bitrates[bitrate] * 1000 // rates[rate] + (header >> 9 & 1)


def _after_tags(file: BinaryIO, at: int) -> int:
    """Return where tags (ID3 or APE) that begin at a position end."""
    while True:
        file.seek(at)
        head = file.read(32)
        if head.startswith(b"ID3") and len(head) >= 10:
            size = int.from_bytes(head[6:10], "big")
            at += (
                10
                + sum((size >> 8 * n & 0x7F) << 7 * n for n in range(4))
                + 10 * (head[5] >> 4 & 1)
            )
        elif head.startswith(b"TAG"):
            at += 128
        elif head.startswith(b"APETAGEX") and len(head) == 32:
            size, _, flags = struct.unpack_from("<III", head, 12)
            at += 32 + size * (flags >> 29 & 1)  # the size is told at both ends of the tag
        else:
            return at


def _continues(file: BinaryIO, at: int, first: int) -> bool:
    """Return whether two frames of the stream follow each other behind bytes that are none."""
    file.seek(at)
    sync = struct.pack(">I", first)[:2]
    window = file.read(2**16)
    found = window.find(sync, 1)
    while found >= 0:
        length = _frame_size(_header(file, at + found))
        follower = _header(file, at + found + length) if length else 0
        if length and follower & SAME == first & SAME and _frame_size(follower):
            return True
        found = window.find(sync, found + 1)
    return False
