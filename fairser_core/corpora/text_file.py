"""Text of a table's file: UTF-8, or an error that says what it is instead."""

import io
import os
from pathlib import Path

from fairser_core.corpora.problems import CorpusError
from fairser_core.files.segment import AudioError, open_regular

MOST_BYTES = 2**30
UTF16, UTF32 = (b"\xff\xfe", b"\xfe\xff"), (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
BINARY = {
    b"PK\3\4": "an Excel workbook or another zip archive: save the table as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an Excel workbook: save the table as CSV in UTF-8",
    b"\x1f\x8b": "compressed by gzip: unpack it",
    b"PAR1": "Parquet: let its name end in .parquet",
}
"""Kinds of files by their first bytes, with what to do."""
REMEDY = "save it as CSV in UTF-8 (Excel: CSV UTF-8; iconv -f {} -t UTF-8)"


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        CorpusError: the file cannot be read, is too large, or is no text in UTF-8; says what it is
            instead where its first bytes tell.
    """
    try:
        with open_regular(str(path)) as descriptor, io.FileIO(descriptor, closefd=False) as file:
            size = os.fstat(descriptor).st_size
            content = file.read(min(size, MOST_BYTES) + 1)  # which takes so much memory
    except (AudioError, OSError) as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise CorpusError(f"{path} cannot be read as CSV in UTF-8: {reason}") from error
    if len(content) > MOST_BYTES:
        raise CorpusError(f"{path} must be of at most {MOST_BYTES:,} bytes")
    for magic, kind in BINARY.items():
        if content.startswith(magic):
            raise CorpusError(f"{path} cannot be read as CSV in UTF-8: it is {kind}")
    wide = _wide_encoding(content)
    if wide:
        raise CorpusError(f"{path} cannot be read: it is in {wide}: {REMEDY.format(wide)}")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise CorpusError(f"{path} cannot be read as CSV in UTF-8: line {line} holds a zero byte")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path} cannot be read as CSV in UTF-8: line {line} is in another encoding: "
            f"{REMEDY.format('WINDOWS-1252')}"
        ) from error


def _wide_encoding(content: bytes) -> str:
    """Return the encoding of a text in UTF-16 or UTF-32, by its mark or its zeros; else nothing."""
    if content.startswith(UTF32):
        return "UTF-32"
    zeros = [content[first:1000:2].count(0) for first in (0, 1)]
    if content.startswith(UTF16) or max(zeros) > 3 * len(content[:1000]) // 8:
        return "UTF-32" if min(zeros) else "UTF-16"
    return ""
