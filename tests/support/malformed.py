"""Malformed labels for readers of corpora: a right read, or an error with file and place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fairser_core.corpora.problems import CorpusError

FIXED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
JUNK = st.one_of(
    st.sampled_from(["", " ", "nan", "inf", "-1", "1e400", "0x4", "4,5", "4;5", '"', "../x.wav",
                     "/", "\0", "é", "Unknown", "F", "{", "{0}", "%s", "[b]",
                     "female ", "TEST", "Test2", "1.2.3"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)  # fmt: skip
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["set", "delete", "repeat", "add", "cut", "swap"]),
        st.integers(0, 30), st.integers(0, 8), JUNK,
    ),
    max_size=4,
)  # fmt: skip
"""Changes of a text's lines: kind, line, value and new text."""


def edited(text: str, edits: list[tuple[str, int, int, str]], separator: str) -> bytes:
    """Change lines of a text."""
    lines = text.split("\n")
    for kind, number, place, new in edits:
        if not lines:
            break
        at = number % len(lines)
        values = lines[at].split(separator)
        if kind == "delete":
            del lines[at]
        elif kind == "repeat":
            lines.insert(at, lines[at])
        elif kind == "add":
            lines.insert(at, new)
        elif kind == "cut":
            lines[at] = lines[at][: place * 5]
        else:
            values[place % len(values)] = new if kind == "set" else values[0]
            lines[at] = separator.join(values)
    return "\n".join(lines).encode()


def read(work: Callable[[], Any], folder: Path) -> Any:
    """Result of a reader; None if an error refuses it, which must name a file of the folder."""
    message = ""
    try:
        return work()
    except CorpusError as error:
        message = str(error)
    assert str(folder) in message
    return None


def read_damaged(
    work: Callable[[Path], Any],
    folder: Path,
    file: str,
    edits: list[tuple[str, int, int, str]],
    separator: str = ",",
) -> Any:
    """Result of a reader of a folder one of whose text files is edited, and then whole again."""
    path = folder / file
    whole = path.read_bytes()
    path.write_bytes(edited(whole.decode(), edits, separator))
    try:
        return read(lambda: work(folder), folder)
    finally:
        path.write_bytes(whole)
