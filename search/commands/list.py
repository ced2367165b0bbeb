"""List of the sweeps of a results folder."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from search.replication import test_record
from search.replication.replication import replication_folder
from search.store.results_folder import open_storage
from search.store.storage import Storage
from search.sweep.head import saved_head, sweep_names
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.terminal.command_names import typed
from search.terminal.console import say


def sweeps_table(results: Storage) -> Table:
    """Return a table of the sweeps of a results folder.

    Prerequisites, which sweeps of other names need, stand among them.
    """
    table = Table(
        title=f"sweeps in {escape(results.where())}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("sweep", no_wrap=True)  # whole, to be copied
    for name in ("space", "corpus"):
        table.add_column(name, overflow="fold")
    for name in ("trials", "running", "tests"):
        table.add_column(name, justify="right")
    for name in sweep_names(results):
        sweep = Sweep(saved_head(results, name), SearchPolicy())
        head, trials = sweep.head, sweep.log.trials.values()
        running = sum(trial.state == "running" for trial in trials)
        tests = len(test_record.read(replication_folder(sweep)))
        counts = (str(len(trials)), str(running or ""), str(tests or ""))
        cells = (name, head.facts.space, head.facts.inputs.corpus.name)
        table.add_row(*map(escape, cells), *counts)
    return table


def run(results: str, console: Console) -> None:
    """Run the command."""
    storage = open_storage(results)
    table = sweeps_table(storage)
    if not table.row_count:
        say(console, f"no sweep in {storage.where()}; `{typed('run')} --smoke` makes one")
        return
    console.print(table)
