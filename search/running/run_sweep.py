"""A sweep run with all its views, and the references that it needs before."""

import contextlib
import sys
from typing import Any

from rich.console import Console

from fairser_core.tasks.choice import Data
from search.presentation.front_table import front_table
from search.presentation.live_screen import Screen, ShownTable
from search.ray_tune.cluster import Resources, gpus, slots
from search.running.live_views import Views
from search.space.space import Space
from search.store.lock import locked
from search.store.storage import Storage, StorageError
from search.sweep.prerequisites import reference_name, reference_sweep
from search.sweep.resume_check import space_facts
from search.sweep.sweep import Sweep
from search.terminal.console import say
from search.tracking.mirror import Tracking
from search.tracking.sweep_run import restore_tracking, track, tracking_uri

OWN = ("baseline", "stage1")  # facts of a sweep that its references do not share


def tell_of_lack(tracking: Tracking, console: Console) -> None:
    """Say what MLflow could not be told."""
    if tracking.problem:
        say(console, f"MLflow lacks some of this sweep: {tracking.problem}", style="yellow")


def run_sweep(
    sweep: Sweep,
    data: Data,
    options: dict[str, Any],
    results: Storage,
    console: Console,
    table: ShownTable = front_table,
) -> None:
    """Run what is left of a sweep with all its views; they end in order whatever happens.

    Args:
        sweep: to be run.
        data: arrays of the task.
        options: of the command.
        results: where sweeps lie.
        console: where it is shown.
        table: what the screen shows of the front.
    """
    sweep.write_facts()
    need = Resources(
        options["cpus_per_trial"], options.get("gpus_per_trial", 1.0 if gpus() else 0.0)
    )
    concurrent = min(options.get("concurrent", sys.maxsize), slots(need))
    tracking = track(sweep, tracking_uri(options, results), results)
    title = f"{sweep.name} on {sweep.facts['corpus']['name']}"
    with Screen(title, sweep.budget, console=console, table=table) as screen:
        screen.update(sweep.log.trials, sweep.front())  # what was there before is not told again
        views = Views(screen, tracking)
        try:
            sweep.run(data, need, concurrent, views.changed, options["max_failures"])
        except BaseException:
            with contextlib.suppress(StorageError):  # which may be the very error
                views.finish(sweep)
            raise
        else:
            views.finish(sweep)
        finally:
            tell_of_lack(tracking, console)


def train_reference(
    kind: str,
    what: str,
    space: Space,
    sweep: Sweep,
    data: Data,
    options: dict[str, Any],
    results: Storage,
    console: Console,
) -> Sweep:
    """A reference of a sweep: found in the results folder or trained now.

    A sweep that starts while another trains the same reference waits for it.

    Args:
        kind: see `reference_name`.
        what: it is, in words.
        space: as `one_trial` makes it.
        sweep: that refers to it.
        data: arrays of the task.
        options: of the command.
        results: where sweeps lie.
        console: to say what is done.
    """
    name = reference_name(kind, space, sweep.seed, sweep.facts["corpus"], sweep.facts["checkpoint"])
    folder = results.folder(name)
    with locked(folder, name, wait=True):
        reference = reference_sweep(name, folder, space, sweep.seed)
        if reference.done:
            say(console, f"{what} was trained before: {name}")
            tell_of_lack(restore_tracking(reference, options, results), console)
        else:
            say(console, f"training {what}, once for this corpus and these settings")
            shared = {key: fact for key, fact in sweep.facts.items() if key not in OWN}
            own = {"searched": space_facts(reference.space)}
            reference.facts = {**shared, **own, **reference.facts}
            run_sweep(reference, data, options, results, console)
    return reference
