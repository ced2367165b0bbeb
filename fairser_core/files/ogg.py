"""Ogg files, walked from page to page: whether they end where their last page does (RFC 3533)."""

from typing import BinaryIO

MAGIC = b"OggS"
HEADER = 27
"""Bytes of a page's header, whose last one counts the segments that follow."""
FIRST, LAST = 2, 4
"""Flags of the first and the last page of a stream."""
SEVERAL = (
    "holds several streams one after the other, of which the first alone would be read: write each "
    "to a file, or all of them anew, e.g. with `ffmpeg`"
)
UNMARKED = "ends without the mark that ends a stream"


def ogg_faults(file: BinaryIO, size: int) -> tuple[str, str]:
    """Return the rule that an Ogg file breaks, and a reason to doubt that the file is whole.

    Both are empty if there is none. Damage between pages is left to the decoder.

    Args:
        file: file at any position.
        size: size of the file in bytes.
    """
    at, begun, ended = 0, False, False
    while True:
        file.seek(at)
        head = file.read(HEADER)
        if len(head) < HEADER or not head.startswith(MAGIC):
            cut = MAGIC.startswith(head[:4]) and at < size
            return (f"is cut: a page begins at its byte {at:,} and does not end" * cut), (
                "" if ended else UNMARKED
            )
        flags, segments = head[5], file.read(head[26])
        end = at + HEADER + head[26] + sum(segments)
        if end > size:
            return f"is cut: its last page ends at byte {end:,}, it has {size:,}", ""
        if flags & FIRST and begun:
            return SEVERAL, ""
        begun = begun or not flags & FIRST
        ended = bool(flags & LAST)
        at = end
