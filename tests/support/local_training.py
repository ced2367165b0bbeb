"""Training without Ray: one trial after the other in this process."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fairser_core.datasets.data import Data
from search.presentation.front_files import front_files
from search.ray_tune import cluster
from search.ray_tune import trainable as trial
from search.ray_tune.cluster import Resources
from search.ray_tune.execution import trial_config
from search.ray_tune.searcher import PlanSearcher
from search.running import run_sweep as running
from search.running.run_sweep import Runner
from search.store.trials import EpochRecord
from search.sweep.sweep import Sweep


class AnyNumber:
    """Limit that no number of trials reaches."""

    def trials(self) -> int:
        """Return a number above all."""
        return sys.maxsize

    def ask(self, wanted: Callable[[], bool]) -> None:
        """Ask nobody."""


class Interrupted(KeyboardInterrupt):
    """Error of training that is cut off."""


def train(
    sweep: Sweep,
    data: Data,
    epochs: float = float("inf"),
    changed: Callable[[Sweep], None] = lambda now: None,
) -> None:
    """Train the rest of a sweep.

    Args:
        sweep: sweep to train.
        data: arrays of the task.
        epochs: number of epochs, over all trials, before `Interrupted` is raised.
        changed: function called after each event.
    """
    plan = sweep.plan()
    searcher = PlanSearcher(sweep.log, plan, trial_config(sweep, Resources(1, 0)), AnyNumber())
    number = 0
    while isinstance(config := searcher.suggest(f"ray-{number}"), dict):
        number += 1
        state, reason = "complete", ""
        for report in trial._reports(config, data):
            if "diverged" in report:
                state, reason = "failed", report["diverged"]
            if "record" in report:
                sweep.log.epoch(config["trial"], EpochRecord.from_json(report["record"]))
                changed(sweep)
                epochs -= 1
                if epochs <= 0:
                    raise Interrupted
                if reason := plan.why_stop(config["trial"]):
                    state = "stopped"
                    break
        sweep.log.ended(config["trial"], state, reason)
        sweep.tidy()
        changed(sweep)


@contextlib.contextmanager
def _connected(address: str | None, waiting: Callable[[str], None] | None) -> Iterator[None]:
    yield


def train_locally(monkeypatch: pytest.MonkeyPatch, epochs: float = float("inf")) -> None:
    """Let commands train in this process without Ray, views and MLflow.

    Each sweep is cut off after `epochs` epochs.
    """

    def run(runner: Runner, sweep: Sweep, data: Data, *rest: Any) -> None:
        sweep.head.write()
        train(sweep, data, epochs)
        sweep.write(front_files(sweep.front(), sweep.history(), sweep.name))

    monkeypatch.setattr(Runner, "run", run)
    monkeypatch.setattr(cluster, "connected", _connected)


def train_with_views(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands train in this process without Ray, but with their views and MLflow."""

    def execute(
        sweep: Sweep,
        data: Data,
        need: Resources,
        concurrent: int | None,
        changed: Callable[[Sweep], None],
        *rest: Any,
    ) -> None:
        if not sweep.done:
            sweep.log.began(sweep.facts.id)
            train(sweep, data, changed=changed)

    monkeypatch.setattr(running, "execute", execute)
    monkeypatch.setattr(running, "gpus", lambda: 0.0)
    monkeypatch.setattr(running, "await_room", lambda *given: None)
    monkeypatch.setattr(cluster, "connected", _connected)
