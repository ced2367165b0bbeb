"""Guard of a command on hostile input: a process with limits, whose deeds are watched."""

import contextlib
import faulthandler
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairser_core.temporary import PREFIX

SECONDS, MEGABYTES = 5, 500
PATIENCE = 90.0  # seconds on the clock, beside other work
PROGRAMS = ("git", "uname", "lscpu")  # that fairser itself asks for versions
HARMLESS = ("127.0.0.1", "localhost", "::1", None)
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
WRITING = ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link", "os.truncate")


@dataclass(frozen=True)
class Ending:
    """How a command ended.

    Attributes:
        status: exit status; -1 where the process was killed.
        output: all that it printed.
        violations: deeds that no input may lead to.
        seconds: time of a processor.
        megabytes: memory beyond what was in use before.
    """

    status: int
    output: str
    violations: list[str]
    seconds: float
    megabytes: float


def guarded(work: Callable[[], int], folder: Path) -> Ending:
    """Run a command in a process that may write below a folder alone, and work there."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as deeds:
        child = os.fork()
        if not child:
            _run(work, folder, output.fileno(), deeds.fileno())
        status = _wait(child)
        output.seek(0)
        deeds.seek(0)
        lines = deeds.read().decode().splitlines()
        text = output.read().decode(errors="replace")
    used = json.loads(lines.pop()) if lines and lines[-1].startswith("{") else {}
    violations = [line for line in lines if line]
    if status < 0:
        violations.append(f"it was stopped by signal {-status}: beyond {SECONDS} s or a crash")
    megabytes = used.get("megabytes", 0.0)
    if megabytes > MEGABYTES:
        violations.append(f"it took {megabytes:.0f} MB")
    return Ending(max(status, -1), text, violations, used.get("seconds", 0.0), megabytes)


def _wait(child: int) -> int:
    """Return the exit status of a process, or the negative number of the signal that ended it."""
    descriptor = os.pidfd_open(child)
    try:
        if not select.select([descriptor], [], [], PATIENCE)[0]:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(work: Callable[[], int], folder: Path, output: int, deeds: int) -> None:
    """Run the command in this process, which ends with its status."""
    faulthandler.disable()
    os.chdir(folder)
    for name in ("XDG_STATE_HOME", "FAIRSER_CACHE", "MPLCONFIGDIR"):
        os.environ[name] = str(folder / "user")
    os.environ["COLUMNS"] = "1000"  # no line is broken
    os.dup2(output, 1)
    os.dup2(output, 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    before, size = _resident(), _size()
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    most = size + MEGABYTES * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    sys.addaudithook(_Watch(folder, deeds).event)
    status = 1
    try:
        status = work()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    used = {"seconds": time.process_time(), "megabytes": max(0.0, _resident(peak=True) - before)}
    os.write(deeds, (json.dumps(used) + "\n").encode())
    os._exit(status)


def _resident(peak: bool = False) -> float:
    """Return the memory of this process that is in use, or was at most, in MB."""
    key = "VmHWM" if peak else "VmRSS"
    (line,) = [row for row in Path("/proc/self/status").read_text().splitlines() if key in row]
    return int(line.split()[1]) / 1000


def _size() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


class _Watch:
    """Watch of what a process does: hosts, programs, files that are written."""

    def __init__(self, folder: Path, deeds: int) -> None:
        self._folder, self._deeds = os.path.realpath(folder), deeds
        self._temporary = os.path.realpath(tempfile.gettempdir())  # a command may name another

    def event(self, name: str, given: tuple[Any, ...]) -> None:
        """Note a deed that no input may lead to, and prevent it."""
        deed = ""
        if name in NETWORK:
            host = given[1] if name in ("socket.connect", "socket.sendto") else given[0]
            host = host[0] if isinstance(host, tuple) else host
            if isinstance(host, bytes):
                host = host.decode()
            if host not in HARMLESS and not str(host).startswith("/"):
                deed = f"it asked for the host {host}"
        elif name in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
            program = Path(os.fsdecode(given[0])).name
            if program not in PROGRAMS and not (
                program == Path(sys.executable).name and "mlflow" in map(str, given[1])
            ):
                deed = f"it ran {given[0]}"
        elif name == "open" and isinstance(given[0], str | bytes):
            mode, flags = given[1] or "", given[2] or 0
            if set(str(mode)) & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                deed = self._outside(given[0])
        elif name in WRITING:
            target = given[1] if name in ("os.rename", "os.symlink", "os.link") else given[0]
            deed = self._outside(target) if isinstance(target, str | bytes) else ""
        elif name == "sqlite3.connect":
            deed = self._outside(given[0])
        if deed:
            os.write(self._deeds, f"{deed}\n".encode())
            raise PermissionError(deed)

    def _outside(self, path: str | bytes) -> str:
        target = os.path.realpath(os.fsdecode(path))
        here = f"{self._temporary}/tmp", f"{self._temporary}/{PREFIX}"
        allowed = self._folder, *here, "/dev/", "/proc/"
        harmless = target.startswith(allowed) or "__pycache__" in target
        stolen = target.startswith(self._folder + "/outside")
        return f"it wrote {target}" if stolen or not harmless else ""
