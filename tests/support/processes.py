"""Processes of a command, and signals that must not be inherited as ignored."""

import os
import signal
import subprocess


def processes(driver: int) -> dict[int, str]:
    """Return command lines of a process and all below it, by process id."""
    rows = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True
    ).stdout
    table = [row.split(maxsplit=2) for row in rows.splitlines()]
    family = {driver: ""}
    for _ in range(4):  # the command, the raylet, its workers, theirs
        family |= {int(pid): args for pid, parent, args in table if int(parent) in family}
    return family


def reset_signals() -> None:
    """Handle SIGHUP and SIGINT by default; under nohup and in the background they are ignored."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def family() -> dict[int, str]:
    """Return command lines of this process and all below it, by process id."""
    return processes(os.getpid())
