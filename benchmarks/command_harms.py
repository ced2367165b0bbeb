"""Harms to a command without Ray: kills at a moment, and folders that are lost or full."""

import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from forked import Ending, Moment

BYTES, FILES = "200m", 3000  # of a disk that is filled
FILLER = ".filler"
FULL = ("the disk is full", "the disk takes no more files")


@dataclass
class Harmed:
    """Harm to a folder, to be undone.

    Attributes:
        mark: file that is there once the harm happened; None for a kill.
        moves: folder that was moved, and where to.
        removed: folder that was removed.
        locked: folder that was made read-only.
        filled: folder of the files that fill its disk.
    """

    mark: Path | None = None
    moves: tuple[Path, Path] | None = None
    removed: Path | None = None
    locked: Path | None = None
    filled: Path | None = None

    def happened(self, ending: Ending) -> bool:
        """Return whether the harm came before the command ended."""
        return self.mark.exists() if self.mark else ending.status not in (0, 1, 2)

    @property
    def leaves_nothing(self) -> Path | None:
        """Folder that must not be there any more, where one was removed or moved."""
        if self.mark is None or not self.mark.exists():
            return None
        return self.removed or (self.moves[0] if self.moves else None)

    def lost(self, path: Path) -> bool:
        """Return whether a file was in the folder that was removed."""
        return self.removed is not None and path.is_relative_to(self.removed)


MakeHarm = Callable[[Path, int, random.Random], tuple[Moment, Harmed]]


def killed(number: int) -> MakeHarm:
    """Return the harm that sends a signal at a change."""

    def make(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
        def kill() -> bool:
            os.kill(os.getpid(), number)
            return True

        return Moment(kill, change), Harmed()

    return make


def killed_at_a_time(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Kill the command at any time."""
    return Moment(seconds=chance.uniform(0.0, 12.0)), Harmed()


def killed_in_a_line(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Kill the command when a part of a line of a log is written."""
    write, pid = os.write, os.getpid

    def tear() -> bool:
        def half(descriptor: int, content: bytes) -> int:
            if content.startswith(b'{"event"'):
                write(descriptor, content[: chance.randint(1, len(content) - 1)])
                os.kill(pid(), signal.SIGKILL)
            return write(descriptor, content)

        os.write = half
        return True

    return Moment(tear, change), Harmed()


def _harming(
    work: Path, harmed: Harmed, target: Path, harm: Callable[[Path], object], change: int
) -> Moment:
    """Return the moment of a harm to a folder once that is there, which leaves a mark."""
    mark = harmed.mark = work / "harmed"
    mark.unlink(missing_ok=True)

    def act() -> bool:
        if not target.is_dir():
            return False
        harm(target)
        mark.touch()
        return True

    return Moment(act, change)


def _target(work: Path, chance: random.Random) -> Path:
    """Return the folder of the sweep, or that of all results."""
    return chance.choice([work / "results" / "sweep", work / "results" / "sweep", work / "results"])


def removed(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Remove the sweep's folder."""
    target = work / "results" / "sweep"
    harmed = Harmed(removed=target)
    return _harming(work, harmed, target, shutil.rmtree, change), harmed


def moved(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Move the sweep's folder."""
    target = work / "results" / "sweep"
    away = work / "results" / ".elsewhere"  # on the same disk
    harmed = Harmed(moves=(target, away))
    return _harming(work, harmed, target, lambda path: os.rename(path, away), change), harmed


def read_only(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Make a folder and all in it read-only."""
    target = _target(work, chance)
    harmed = Harmed(locked=target)
    return _harming(work, harmed, target, partial(_modes, write=False), change), harmed


def _modes(target: Path, write: bool) -> None:
    for folder, _, names in os.walk(target):
        for path in [Path(folder), *(Path(folder, name) for name in names)]:
            mode = path.stat().st_mode
            path.chmod(mode | 0o200 if write else mode & ~0o222)


def full(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Fill the disk with bytes."""
    target = work / "results"
    harmed = Harmed(filled=target)

    def fill(target: Path) -> None:
        free = shutil.disk_usage(target).free
        with (target / FILLER).open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(free - chance.randint(0, 20_000), 1))

    return _harming(work, harmed, target, fill, change), harmed


def without_files(work: Path, change: int, chance: random.Random) -> tuple[Moment, Harmed]:
    """Fill the disk's table of files."""
    target = work / "results"
    harmed = Harmed(filled=target)

    def fill(target: Path) -> None:
        (target / FILLER).mkdir()
        for number in range(FILES + 1):
            try:
                (target / FILLER / str(number)).touch()
            except OSError:
                return

    return _harming(work, harmed, target, fill, change), harmed


def undo(harmed: Harmed) -> None:
    """Put back what a harm took."""
    if harmed.mark and not harmed.mark.exists():
        return
    if harmed.moves and harmed.moves[1].exists():
        target, away = harmed.moves
        shutil.rmtree(target, ignore_errors=True)
        os.rename(away, target)
    if harmed.locked and harmed.locked.exists():
        _modes(harmed.locked, write=True)
    if harmed.filled:
        filler = harmed.filled / FILLER
        if filler.is_dir():
            shutil.rmtree(filler)
        filler.unlink(missing_ok=True)


def mounted(folder: Path, disks: int) -> None:
    """Mount a small disk at a folder, or remove it; only root may, for others nothing is done."""
    if os.geteuid():
        return
    while os.path.ismount(folder):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    if disks:
        options = f"size={BYTES},nr_inodes={FILES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


KILLS: dict[str, MakeHarm] = {
    "killed at a change": killed(signal.SIGKILL),
    "killed at a time": killed_at_a_time,
    "killed in a line of the log": killed_in_a_line,
    "Ctrl-C": killed(signal.SIGINT),
    "SIGTERM": killed(signal.SIGTERM),
}
HARMS: dict[str, MakeHarm] = {
    "the folder is removed": removed,
    "the folder is moved": moved,
    "the folder is made read-only": read_only,
    **({FULL[0]: full, FULL[1]: without_files} if not os.geteuid() else {}),
}
