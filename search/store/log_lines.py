"""Lines of a sweep's log, as they are read from its file."""

import contextlib
from collections.abc import Iterator

from search.store.chain import Chain
from search.store.fields import NewerFormat
from search.store.log_mark import LogDamaged
from search.store.operations import Line
from search.store.rules import RuleError
from search.store.storage import Storage, StorageError

FILE = "trials.jsonl"


@contextlib.contextmanager
def naming_line(folder: Storage, number: int) -> Iterator[None]:
    """Turn errors of a line into errors that name file and line."""
    source = f"{folder.where(FILE)} line {number}"
    try:
        yield
    except RuleError as error:
        raise LogDamaged(f"{source} is not of a sweep's log: {error}", number - 1) from error
    except NewerFormat as error:
        raise StorageError(f"{source} cannot be read: {error}") from error


def next_line(content: bytes, chain: Chain) -> Line:
    """Return the line that follows those in a chain.

    Raises:
        RuleError: the line is not of a log, also where its operation is unknown by a bit error.
        NewerFormat: a newer fairser wrote the line.
    """
    try:
        return Line.from_json(content)
    except NewerFormat:
        if chain.contradicts(content):
            chain.add(content)
        raise


def read_lines(folder: Storage) -> Iterator[Line]:
    """Read the whole lines of the log in a sweep's folder, in order.

    Raises:
        LogDamaged: a whole line is not what a log holds at its place; names file, line and rule.
        StorageError: a newer fairser wrote a line; names file, line and operation.
    """
    chain = Chain()
    for number, content in enumerate(folder.lines(FILE), start=1):
        with naming_line(folder, number):
            line = next_line(content, chain)
            chain.add(content)
        yield line
