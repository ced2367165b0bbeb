"""A sweep run with all its views, and the prerequisites that it needs before."""

import contextlib
import dataclasses
import secrets
import sys
from dataclasses import dataclass

from rich.console import Console

from fairser_core.tasks.choice import Data
from search.arguments.run_options import MachineOptions
from search.presentation.front_table import front_table
from search.presentation.live_screen import Screen, ShownTable
from search.ray_tune.cluster import Resources, gpus, slots
from search.ray_tune.execution import execute
from search.running.live_views import Views
from search.space.space import Space
from search.store.lock import locked
from search.store.storage import Storage, StorageError
from search.sweep.facts import read_facts
from search.sweep.head import SweepHead
from search.sweep.prerequisites import prerequisite_name, prerequisite_sweep
from search.sweep.sweep import Sweep
from search.terminal.console import say
from search.tracking.mirror import Tracking
from search.tracking.sweep_run import StoreAddress, restore_tracking, track


@dataclass(frozen=True)
class Runner:
    """Runs sweeps of one results folder with all their views.

    Attributes:
        results: where sweeps lie.
        machine: where trials run.
        store: MLflow's.
        console: where sweeps are shown.
    """

    results: Storage
    machine: MachineOptions
    store: StoreAddress
    console: Console

    def run(self, sweep: Sweep, data: Data, table: ShownTable = front_table) -> None:
        """Run what is left of a sweep; its views end in order whatever happens.

        Args:
            sweep: to be run.
            data: arrays of the task.
            table: what the screen shows of the front.
        """
        sweep.head.write()
        machine, per_trial = self.machine, self.machine.gpus_per_trial
        need = Resources(
            machine.cpus_per_trial, (1.0 if gpus() else 0.0) if per_trial is None else per_trial
        )
        concurrent = min(machine.concurrent or sys.maxsize, slots(need))
        tracking = track(sweep, self.store)
        title = f"{sweep.name} on {sweep.facts.inputs.corpus.name}"
        with Screen(title, sweep.budget, console=self.console, table=table) as screen:
            screen.update(sweep.log.trials, sweep.front())  # what was there is not shown as new
            views = Views(screen, tracking)
            try:
                execute(sweep, data, need, concurrent, views.changed, machine.max_failures)
            except BaseException:
                with contextlib.suppress(StorageError):  # which may be the very error
                    views.finish(sweep)
                raise
            else:
                views.finish(sweep)
            finally:
                self.report_lack(tracking)

    def report_lack(self, tracking: Tracking) -> None:
        """Say what MLflow does not hold."""
        if tracking.problem:
            say(
                self.console,
                f"MLflow lacks some of this sweep: {tracking.problem}",
                style="yellow",
            )

    def restore_tracking(self, sweep: Sweep) -> None:
        """Write a finished sweep to MLflow if that has lost it or never had it."""
        self.report_lack(restore_tracking(sweep, self.store))

    def prerequisite(
        self, kind: str, title: str, space: Space, head: SweepHead, data: Data
    ) -> Sweep:
        """Return a prerequisite of a sweep: from the results folder, or trained now.

        A sweep that starts while another trains the same prerequisite waits for it.

        Args:
            kind: see `prerequisite_name`.
            title: of the prerequisite, in words.
            space: as `one_trial` makes it.
            head: of the sweep that needs it.
            data: arrays of the task.
        """
        name = prerequisite_name(kind, space, head.seed, head.facts.inputs)
        folder = self.results.folder(name)
        with locked(folder, name, wait=True):
            prerequisite = prerequisite_sweep(_head(name, folder, space, head))
            if prerequisite.done:
                say(self.console, f"{title} was trained before: {name}")
                self.restore_tracking(prerequisite)
            else:
                say(self.console, f"training {title}, once for this corpus and these settings")
                self.run(prerequisite, data)
        return prerequisite


def _head(name: str, folder: Storage, space: Space, owner: SweepHead) -> SweepHead:
    """Head of a prerequisite, new or as it is in its folder."""
    facts = read_facts(folder)
    if facts is None:
        shared = owner.with_facts(baseline=None, stage1=None).facts
        facts = dataclasses.replace(
            shared,
            name=name,
            id=secrets.token_hex(8),
            space=space.name,
            searched=space.facts(),
        )
    return SweepHead(name, folder, space, facts)
