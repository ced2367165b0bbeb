"""Sizes that headers of audio promise: WAV, RF64, Wave64, AIFF, 8SVX, AU, CAF and SPHERE."""

import math
import re
import struct
from typing import BinaryIO

KINDS = {
    b"RIFF": ("<", (b"data",)),
    b"RIFX": (">", (b"data",)),
    b"RF64": ("<", (b"data",)),
    b"FORM": (">", (b"SSND", b"BODY")),
}
"""Byte order, and the chunks that hold samples, by the first bytes of a file."""

UNKNOWN = 0x7FFF0000
"""Sizes from here on are written by programs that stream, which do not know the size yet."""

MOST_CHUNKS = 1000
FEW = 1000
"""Bytes behind the samples that are passed over: 30 ms of 16 bits at 16 kHz."""
W64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
SPHERE = b"NIST_1A\n"
SPHERE_FACTORS = (b"sample_count", b"sample_n_bytes", b"channel_count")
"""Fields whose product is the size of the samples in bytes."""


def promised_bytes(file: BinaryIO, size: int) -> int:
    """Return the bytes that a file must have for its samples; 0 if its header does not say.

    Args:
        file: file at its beginning.
        size: size of the file in bytes.
    """
    head = file.read(1024)
    if head.startswith(SPHERE):
        return _of_sphere(head)
    if head.startswith(b".snd") and len(head) >= 12:
        offset, length = struct.unpack(">II", head[4:12])
        return int(offset + length) if length < UNKNOWN else 0
    if head.startswith(W64):
        return _of_w64(file)
    if head.startswith(b"caff"):
        return _of_caf(file)
    return _of_chunks(file, head)


def read_to_end(head: bytes, file: BinaryIO) -> bool:
    """Return whether the decoder takes all bytes behind the samples for samples, too.

    That is so for SPHERE, Wave64 and 8SVX.

    Args:
        head: first four bytes of the file.
        file: file at any position.
    """
    file.seek(8)
    return head in (SPHERE[:4], W64[:4]) or (head, file.read(4)) in (
        (b"FORM", b"8SVX"),
        (b"FORM", b"16SV"),
    )


def bytes_behind(file: BinaryIO, end: int, size: int) -> int:
    """Return the bytes behind the samples that are no chunks; 0 if they are zeros, or a few.

    Such are left where a recorder was stopped that writes its header now and then.

    Args:
        file: file at any position.
        end: end of the samples in bytes.
        size: size of the file in bytes.
    """
    file.seek(0)
    order, _ = KINDS.get(file.read(4), ("", ()))
    at = end + end % 2
    for _ in range(MOST_CHUNKS if order else 0):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or not re.fullmatch(rb"[ -~]{4}", head[:4]):
            break
        after = at + 8 + struct.unpack(f"{order}I", head[4:])[0]
        if after > size:
            break
        at = after + after % 2
    file.seek(at)
    return size - at if len(file.read(2**16).strip(b"\0")) >= FEW else 0


def _of_chunks(file: BinaryIO, head: bytes) -> int:
    """Return the end of the chunk of samples of RIFF, RF64 or FORM."""
    order, wanted = KINDS.get(head[:4], ("", ()))
    long_size = 0  # of the samples in RF64
    at = 12
    for _ in range(MOST_CHUNKS if order else 0):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return 0
        length = struct.unpack(f"{order}I", head[4:])[0]
        if head[:4] == b"ds64":
            sizes = file.read(16)
            long_size = struct.unpack("<Q", sizes[8:])[0] if len(sizes) == 16 else 0
            long_size = long_size if long_size < 2**62 else 0
        if head[:4] in wanted:
            if length < UNKNOWN:
                return int(at + 8 + length)
            return at + 8 + long_size if long_size else 0
        at += 8 + length + length % 2
    return 0


def _of_caf(file: BinaryIO) -> int:
    """Return the end of the samples of Apple's CAF, whose sizes are of 64 bits, -1 if unknown."""
    at = 8
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(12)
        length = struct.unpack(">q", head[4:])[0] if len(head) == 12 else -1
        if not 0 <= length < 2**62:
            return 0
        at += 12 + length
        if head[:4] == b"data":
            return int(at)
    return 0


def _of_w64(file: BinaryIO) -> int:
    """Return the end of the samples of Sony's Wave64, whose sizes are of 64 bits."""
    at = 40
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(24)
        length = struct.unpack("<Q", head[16:])[0] if len(head) == 24 else 0
        if not 24 <= length < 2**62:
            return 0
        if head[:16] == W64_DATA:
            return int(at + length)
        at += -(-length // 8) * 8
    return 0


def _of_sphere(head: bytes) -> int:
    """Return the size of a file of NIST's SPHERE, whose header is text; 0 if it is compressed."""
    fields = dict(re.findall(rb"^(\w+) -[is]\d* (\S+)$", head, re.MULTILINE))
    begins = re.match(rb"NIST_1A\n *(\d{1,9})\n", head)
    factors = [fields.get(name, b"") for name in SPHERE_FACTORS]
    plain = fields.get(b"sample_coding", b"pcm") in (b"pcm", b"ulaw", b"alaw")
    if not (begins and plain and all(factor.isdigit() for factor in factors)):
        return 0
    return int(begins[1]) + math.prod(map(int, factors))
