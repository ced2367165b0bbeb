"""Commands in forked processes, harmed at a chosen change of their files.

A fork has all modules imported, and trains its trials one after the other without Ray, with all
views and MLflow. So a command takes a second, and can be harmed hundreds of times. Each change of
a file below the folder is counted: a file opened to be written, renamed, removed, a folder made.
"""

import contextlib
import ctypes
import faulthandler
import os
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

import search.commands.export
import search.commands.replicate
import search.commands.report
import search.commands.run  # noqa: F401  a fork has all that a command imports
from search import export, replicate, report, run
from search.replication import testing
from tests.support.local_training import train_with_views

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": run.main,
    "replicate": replicate.main,
    "report": report.main,
    "export": export.main,
}
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.link", "os.truncate", "os.rmdir")
PATIENCE = 240.0  # seconds of a command at most
CAPABILITIES = 0x20080522  # version of the structures of capset(2)
Harm = Callable[[], bool]


@dataclass(frozen=True)
class Ending:
    """Ending of a command.

    Attributes:
        status: exit status; the negative number of the signal that killed it.
        output: all that it printed.
        changes: number of changes of files; at the harm, if it was killed there.
    """

    status: int
    output: str
    changes: int


@dataclass(frozen=True)
class Moment:
    """Moment of a command at which it is harmed.

    Attributes:
        harm: function called in the command's process; returns whether it could, else it is called
            again at the next change.
        change: number of the change before which it is harmed; 0 for none.
        seconds: time at which the process that started it kills it; infinite for never.
    """

    harm: Harm = lambda: True
    change: int = 0
    seconds: float = float("inf")


NEVER = Moment()


class Command:
    """Command that runs in a process of its own.

    Attributes:
        pid: number of the process.
    """

    def __init__(self, words: list[str], folder: Path, moment: Moment = NEVER) -> None:
        """Start it.

        Args:
            words: name of the command and its options.
            folder: folder that it works in; results are in `results`, temporary files in `tmp`.
            moment: moment at which it is harmed.
        """
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  `wait` closes both
        self._count = tempfile.TemporaryFile()  # noqa: SIM115
        self._moment = moment
        sys.stdout.flush()
        self.pid = os.fork()
        if not self.pid:
            _run(words, folder, moment, self._output.fileno(), self._count.fileno())
        self._descriptor = os.pidfd_open(self.pid)

    def wait(self) -> Ending:
        """Wait for its end.

        Raises:
            TimeoutError: it does not end.
        """
        timed = self._moment.seconds < PATIENCE
        if not self.ends_within(min(self._moment.seconds, PATIENCE)):
            os.kill(self.pid, signal.SIGKILL)
        late = not timed and not self.ends_within(0)
        self.ends_within(PATIENCE)
        os.close(self._descriptor)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with self._output as output, self._count as count:
            output.seek(0)
            count.seek(0)
            text, changes = output.read().decode(errors="replace"), count.read().decode().split()
        if late:
            raise TimeoutError(f"a command takes more than {PATIENCE:.0f} s:\n{text}")
        return Ending(status, text, int(changes[-1]) if changes else 0)

    def ends_within(self, seconds: float) -> bool:
        """Return whether it ends within some time."""
        return bool(select.select([self._descriptor], [], [], seconds)[0])


def command(words: list[str], folder: Path, moment: Moment = NEVER) -> Ending:
    """Run a command to its end."""
    return Command(words, folder, moment).wait()


def _run(words: list[str], folder: Path, moment: Moment, output: int, count: int) -> None:
    """Run a command in this process, which ends with its status."""
    faulthandler.disable()
    torch.set_num_threads(1)
    os.chdir(folder)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else 0)
    os.environ |= {"XDG_STATE_HOME": str(folder / "user"), "COLUMNS": "1000"}
    tempfile.tempdir = str(folder / "tmp")
    _obey_modes()
    os.dup2(output, 1)
    os.dup2(output, 2)
    watch = _Watch(folder, moment, count)
    sys.addaudithook(watch.event)
    patch, status = pytest.MonkeyPatch(), 1
    train_with_views(patch)
    _note_tests(patch, folder)
    try:
        status = COMMANDS[words[0]](words[1:])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    watch.write()
    os._exit(status)


def _obey_modes() -> None:
    """Give up the capabilities of root, whom the modes of files do not bind."""
    none = (ctypes.c_uint32 * 6)()
    ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(CAPABILITIES, 0), none)


def _note_tests(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Note each look at test data in `looks.txt`, by another way than fairser's own."""
    evaluate = testing.evaluate

    def noted(method: Any, data: Any, networks: Any, seeds: list[int]) -> Any:
        with (folder / "looks.txt").open("a") as file:
            file.write(f"{type(method).__name__} {' '.join(map(str, seeds))}\n")
        return evaluate(method, data, networks, seeds)

    patch.setattr(testing, "evaluate", noted)


class _Watch:
    """Watch over the changes of files below a folder."""

    def __init__(self, folder: Path, moment: Moment, descriptor: int) -> None:
        self._folder = str(folder / "results")
        self._moment, self._descriptor = moment, descriptor
        self._count, self._harming, self._due = 0, False, moment.change

    def write(self) -> None:
        """Write the number of changes so far."""
        os.pwrite(self._descriptor, f"{self._count:012d}\n".encode(), 0)

    def event(self, name: str, given: tuple[Any, ...]) -> None:
        """Count a change, and harm the command if it is the chosen one."""
        if self._harming or not self._changes(name, given):
            return
        self._count += 1
        if self._due and self._count >= self._due:
            self.write()
            self._harming = True
            try:
                self._due = 0 if self._moment.harm() else self._due
            finally:
                self._harming = False

    def _changes(self, name: str, given: tuple[Any, ...]) -> bool:
        if name == "open":
            path, mode, flags = given
            writes = bool(set(str(mode or "")) & set("wax+")) or bool(
                (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
        else:
            path, writes = given[0] if given else None, name in CHANGES
        if not writes or not isinstance(path, str | bytes | os.PathLike):
            return False
        return os.fsdecode(path).startswith(self._folder)
