"""Training of commands without Ray: one trial after the other in this process."""

import contextlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from fairser_core.tasks.choice import Data
from search.ray_tune import trainable as trial
from search.ray_tune.cluster import Resources
from search.ray_tune.searcher import PlanSearcher
from search.running import run_sweep as running
from search.store.log import EpochRecord
from search.sweep.sweep import Sweep


class Interrupted(KeyboardInterrupt):
    """Training was cut off."""


def train(sweep: Sweep, data: Data, epochs: float = float("inf")) -> None:
    """Train what is left of a sweep; cut off after so many epochs."""
    plan = sweep.plan()
    searcher = PlanSearcher(sweep.log, plan, sweep._common(Resources(1, 0)))
    number = 0
    while isinstance(config := searcher.suggest(f"ray-{number}"), dict):
        number += 1
        state, reason = "complete", ""
        for report in trial._reports(config, data):
            if "diverged" in report:
                state, reason = "failed", report["diverged"]
            if "record" in report:
                sweep.log.epoch(config["trial"], EpochRecord.from_json(report["record"]))
                epochs -= 1
                if epochs <= 0:
                    raise Interrupted
        sweep.log.ended(config["trial"], state, reason)
        sweep.tidy()


def train_locally(
    monkeypatch: pytest.MonkeyPatch, command: ModuleType, epochs: float = float("inf")
) -> None:
    """Let a command train in this process; each sweep is cut off after so many epochs."""

    def run_sweep(sweep: Sweep, data: Data, *rest: Any) -> None:
        sweep.write_facts()
        train(sweep, data, epochs)
        sweep.write(sweep.front_files())

    @contextlib.contextmanager
    def connected(address: str | None) -> Iterator[None]:
        yield

    for module in (command, running):  # which trains what a sweep refers to
        monkeypatch.setattr(module, "run_sweep", run_sweep)
    monkeypatch.setattr(command, "connected", connected)
