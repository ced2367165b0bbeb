"""Runner of sweeps and of the prerequisites that they need."""

import contextlib
import dataclasses
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

from fairser_core.datasets.data import Data
from search.arguments.machine_options import MachineOptions
from search.presentation.front_table import front_table
from search.presentation.intervals_table import IntervalsTable
from search.presentation.live_screen import MakeTable, Screen
from search.ray_tune import cluster
from search.ray_tune.cluster import Resources
from search.ray_tune.execution import execute
from search.ray_tune.room import await_room, gpus
from search.ray_tune.watch import check_ray
from search.running.live_views import Views
from search.running.validation_speakers import record_speakers
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
from search.verdict.subject import MemberTests


@dataclass(frozen=True)
class Runner:
    """Runner of the sweeps of one results folder, with all their views.

    Attributes:
        results: folder of all sweeps.
        machine: options of the machine that trials run on.
        store: address of the MLflow store.
        console: console that shows the sweeps.
    """

    results: Storage
    machine: MachineOptions
    store: StoreAddress
    console: Console

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """Connect to Ray inside the context."""
        self.console.print("starting Ray")
        waiting = self._say if self.machine.wait_for_nodes else None
        with cluster.connected(self.machine.address, waiting):
            yield

    def run(self, sweep: Sweep, data: Data, table: MakeTable = front_table) -> None:
        """Run the rest of a sweep; its views are closed whatever happens.

        Args:
            sweep: sweep to run.
            data: arrays of the task.
            table: maker of the front's table on the screen.

        Raises:
            ClusterError: Ray ended.
        """
        check_ray()  # which nobody watches between two sweeps
        sweep.head.write()
        machine, per_trial = self.machine, self.machine.gpus_per_trial
        need = Resources(
            machine.cpus_per_trial, (1.0 if gpus() else 0.0) if per_trial is None else per_trial
        )
        await_room(need, bool(machine.address), machine.wait_for_nodes, self._say)
        tracking = track(sweep, self.store)
        title = f"{sweep.name} on {sweep.facts.inputs.corpus.name}"
        searching = sweep.policy.keep == "feasible" and bool(sweep.space.search)
        phase = "search" if searching else "training"  # of a baseline, a stage 1, a replication
        with Screen(title, sweep.budget, self.console, table, phase) as screen:
            screen.update(sweep.log.trials, sweep.front())  # trials of earlier runs get no line
            views = Views(screen, tracking)
            try:
                execute(
                    sweep,
                    data,
                    need,
                    machine.concurrent,
                    views.changed,
                    machine.max_failures,
                    screen.print,
                )
                record_speakers(sweep, data, self.console)
            except BaseException as error:
                with contextlib.suppress(StorageError):  # the error itself may be of the storage
                    views.finish(sweep)
                if isinstance(error, KeyboardInterrupt):
                    sweep.log.check_intact()  # only then is nothing lost
                raise
            else:
                views.finish(sweep)
            finally:
                self.report_problem(tracking)
        if sweep.policy.keep == "feasible" and sweep.front().members:
            self.console.print(IntervalsTable(sweep.front()))

    def _say(self, text: str) -> None:
        say(self.console, text)

    def report_problem(self, tracking: Tracking) -> None:
        """Report that MLflow lacks a part of the sweep, and why."""
        if tracking.problem:
            say(
                self.console,
                f"MLflow lacks a part of this sweep: {tracking.problem}",
                style="yellow",
            )

    def restore_tracking(self, sweep: Sweep, tests: MemberTests | None = None) -> None:
        """Write a finished sweep to MLflow, unless MLflow holds all of it.

        Args:
            sweep: finished sweep.
            tests: tests of the members; with them the sweep is written again.
        """
        self.report_problem(restore_tracking(sweep, self.store, tests))

    def prerequisite(
        self, kind: str, title: str, space: Space, head: SweepHead, data: Data
    ) -> Sweep:
        """Return a prerequisite of a sweep: from the results folder, or trained now.

        A sweep that starts while another trains the same prerequisite waits for it.

        Args:
            kind: kind of the prerequisite; see `prerequisite_name`. A sweep that goes on keeps the
                baseline that it was held to, by whatever name an earlier version gave it.
            title: words for the prerequisite.
            space: space of a single trial, made by `one_trial`.
            head: head of the sweep that needs the prerequisite.
            data: arrays of the task.
        """
        name = prerequisite_name(kind, space, head.seed, head.facts.inputs)
        if kind == "baseline":
            name = head.facts.baseline or name
        folder = self.results.folder(name)
        with locked(folder, name, wait=True):
            prerequisite = prerequisite_sweep(_head(name, folder, space, head))
            if prerequisite.done:
                say(self.console, f"{title} was trained before: {name}")
                record_speakers(prerequisite, data, self.console)
                self.restore_tracking(prerequisite)
            else:
                say(self.console, f"training {title}, once for this corpus and these settings")
                self.run(prerequisite, data)
        return prerequisite


def _head(name: str, folder: Storage, space: Space, owner: SweepHead) -> SweepHead:
    """Return the head of a prerequisite: from its folder, or a new one."""
    facts = read_facts(folder)
    if facts is None:
        owner_facts = owner.with_facts(baseline=None, stage1=None).facts
        facts = dataclasses.replace(
            owner_facts,
            name=name,
            id=secrets.token_hex(8),
            space=space.name,
            searched=space.facts(),
        )
    return SweepHead(name, folder, space, facts)
