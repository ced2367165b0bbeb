"""Lines of a text file that is no table, such as the labels of a release."""

import io
from collections.abc import Iterator
from pathlib import Path

from fairser_core.corpora.problems import CorpusError
from fairser_core.files.segment import AudioError, open_regular


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line, without blanks at its end.

    Names and numbers of releases are ASCII. Other text, which may be of any encoding, is replaced.

    Raises:
        CorpusError: the path leads to no regular file, or to one that is empty or cannot be read.
    """
    try:
        with (
            open_regular(str(path)) as descriptor,
            io.FileIO(descriptor, closefd=False) as raw,
            io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace") as file,
        ):
            for number, text in enumerate(file, start=1):
                yield number, text.rstrip()
    except (AudioError, OSError) as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise CorpusError(f"{path} cannot be read as text: {reason}") from error
