"""Mark of a log: how far it had come, in a file beside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from fairser_core.documents import read_json
from search.store.chain import Chain
from search.store.fields import read_fields
from search.store.storage import Storage, StorageError
from search.store.trials import TRIALS, TrialRecord

FILE = "log.json"
REPAIR = (
    "`run --resume SWEEP --repair` keeps the lines above it, drops the others, says what they "
    "held, and keeps the file as it is beside the new one"
)


class LogDamaged(StorageError):
    """Error of a log that is not as it was written.

    Attributes:
        damage: the damage, without the way to go on.
        whole: number of lines above the damage.
        trials: trials by number, as these lines give them.
    """

    def __init__(self, damage: str, whole: int) -> None:
        """State the damage, and the way to go on if there is one."""
        super().__init__(f"{damage}. {REPAIR if whole else 'No line of it can be kept'}")
        self.damage, self.whole = damage, whole
        self.trials: Mapping[int, TrialRecord] = {}


@dataclass(frozen=True)
class Mark:
    """Mark of a log.

    Attributes:
        lines: number of lines that the log had.
        digest: digest of the last of them.
    """

    lines: int
    digest: str

    def tore(self, folder: Storage, log: str, chain: Chain) -> bool:
        """Return whether a log lacks only its last line, of which a part is still there."""
        return chain.lines == self.lines - 1 and folder.torn(log)

    def check(self, folder: Storage, log: str, chain: Chain) -> None:
        """Check that a log has come as far as it had, by the same lines.

        Args:
            folder: folder of the sweep.
            log: name of the log's file.
            chain: chain over the log's lines, which marks the line of this mark.

        Raises:
            LogDamaged: the log is gone, or lost its last lines.
            StorageError: the log is another one.
        """
        source = folder.where(log)
        if self.tore(folder, log, chain):
            return
        if not chain.lines and (self.lines or folder.names(TRIALS)):
            raise LogDamaged(
                f"there is no {source}, or it holds no line, although the sweep had begun to "
                f"train: put the log back from a copy, or begin a sweep of another name",
                0,
            )
        if chain.lines < self.lines:
            raise LogDamaged(
                f"{source} ends with line {chain.lines}, but {self.lines} lines were written: "
                "the last ones are lost",
                chain.lines,
            )
        if chain.marked_digest != self.digest:
            raise StorageError(
                f"{source} is not the log that was written here: line {self.lines} has the digest "
                f"{chain.marked_digest}, {folder.where(FILE)} states {self.digest}. Put back the "
                "log of this sweep; or remove that file if this is it"
            )


def read_mark(folder: Storage) -> Mark:
    """Read the mark of a log; that of no line if there is none.

    Raises:
        StorageError: the file is no mark; names it.
    """
    content = folder.read(FILE)
    if content is None:  # of a log that has not begun, or that an earlier version wrote
        return Mark(0, "")
    try:
        return read_fields(Mark, read_json(content), "mark")
    except ValueError as error:
        raise StorageError(
            f"{folder.where(FILE)} does not state how far the log had come: {error}. Remove it if "
            "the log beside it is whole"
        ) from error


def write_mark(folder: Storage, chain: Chain) -> None:
    """Record how far a log has come."""
    folder.write(FILE, json.dumps(asdict(Mark(chain.lines, chain.digest))).encode())
