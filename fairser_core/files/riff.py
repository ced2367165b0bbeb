"""Sizes that the headers of WAV and AIFF files promise."""

import struct
from typing import BinaryIO

KINDS = {b"RIFF": ("<", b"data"), b"FORM": (">", b"SSND")}
"""Byte order, and the chunk that holds the samples, by the first bytes of a file."""

UNKNOWN = 0x7FFF0000
"""Sizes from here on are written by programs that stream, which do not know the size yet."""

MOST_CHUNKS = 1000


def promised_bytes(file: BinaryIO, size: int) -> int:
    """Return the bytes that a file must have for its samples; 0 if its header does not say.

    Args:
        file: file at its beginning.
        size: size of the file in bytes.
    """
    order, wanted = KINDS.get(file.read(12)[:4], ("", b""))
    if not order:
        return 0
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return 0
        length = struct.unpack(f"{order}I", head[4:])[0]
        if head[:4] == wanted:
            return at + 8 + length if length < UNKNOWN else 0
        at += 8 + length + length % 2
    return 0
