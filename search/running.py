"""A sweep run with all its views."""

import contextlib
import sys
from typing import Any

from rich.console import Console

from fairser_core.courses import Data
from search.cluster import Resources, gpus, slots
from search.front_table import front_table
from search.say import say
from search.screen import Screen, ShownTable
from search.storage import Storage, StorageError
from search.sweep import Sweep
from search.tracking import Tracking
from search.tracking_sweep import track, tracking_uri
from search.views import Views


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
