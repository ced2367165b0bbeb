"""Harm to a sweep: signals, killed processes, damaged files, a server that is down."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from search.store import snapshots
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.seal import Place
from search.store.trials import trial_folder
from search.sweep.facts import read_facts
from tests.support.processes import processes

KILLS: dict[str, tuple[str, signal.Signals]] = {
    "the command is killed": ("", signal.SIGKILL),
    "everything is killed, as in a reboot": ("all", signal.SIGKILL),
    "Ctrl-C": ("", signal.SIGINT),
    "SIGTERM": ("", signal.SIGTERM),
    "the terminal is closed": ("", signal.SIGHUP),
    "a trial's process is killed": ("ImplicitFunc", signal.SIGKILL),
    "Ray's raylet is killed": ("raylet/raylet", signal.SIGKILL),
    "Ray's GCS is killed": ("gcs_server", signal.SIGKILL),
}
SERVER_SECONDS = 240.0
DAMAGES = ("none", "none", "snapshot", "log", "mlflow")


def interrupt(driver: int, kind: str) -> bool:
    """Harm a command; return whether there was anything to harm."""
    pattern, number = KILLS[kind]
    below = processes(driver)
    hit = [p for p, args in below.items() if pattern == "all" or (pattern and pattern in args)]
    for pid in hit if pattern else [driver]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return not pattern or bool(hit)


def unfinished(folder: Path) -> dict[int, int]:
    """Epoch of the newest whole snapshot of each trial that runs and has epochs; 0 without one."""
    storage = LocalStorage(folder)
    facts, trials = read_facts(storage), Log(storage).trials.values()
    if facts is None:  # interrupted before it began
        return {}
    begun = [trial for trial in trials if trial.state == "running" and trial.epochs]
    newest = {
        trial.number: snapshots.load(storage, Place(facts.name, trial.number, tuple(trial.seeds)))[
            0
        ]
        for trial in begun
    }
    return {number: snapshot.record.epoch if snapshot else 0 for number, snapshot in newest.items()}


def damage(folder: Path, chance: random.Random) -> str:
    """Damage something of a sweep that does not run; return the snapshot that was, if one was."""
    kind, log = chance.choice(DAMAGES), folder / FILE
    if kind == "log" and log.exists():
        with log.open("ab") as file:
            file.write(b'{"event": "epoch", "tri')
    elif kind == "mlflow":
        (folder.parent / "mlflow.db").unlink(missing_ok=True)
    elif kind == "snapshot":
        for number in unfinished(folder):
            states = sorted((folder / trial_folder(number)).glob("*.state"))
            if states:
                os.truncate(states[-1], states[-1].stat().st_size // 2)
                return states[-1].name
    return ""


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start an MLflow server and return it once it answers."""
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    store = f"sqlite:///{folder / 'served.db'}"
    serving = subprocess.Popen(
        [*command, "--backend-store-uri", store, "--artifacts-destination", str(folder / "served")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return serving
        time.sleep(0.2)
    raise TimeoutError("the MLflow server does not answer")
