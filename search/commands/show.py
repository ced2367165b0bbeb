"""Show of a sweep: the verdict, the commands that follow, and the front."""

from rich.console import Console

from search.presentation.front_table import front_table
from search.presentation.intervals_table import IntervalsTable
from search.replication.member_tests import verdict_on
from search.replication.unsealed import unsealed_text
from search.running.closing import say_verdict
from search.store.results_folder import open_storage
from search.sweep.opening import opened
from search.terminal.console import say


def run(name: str, results: str, console: Console) -> None:
    """Run the command."""
    sweep = opened(name, open_storage(results))
    front, judged = sweep.front(), verdict_on(sweep)
    failed = {n: t.reason for n, t in sweep.log.trials.items() if t.state == "failed"}
    console.print(front_table(front, failed))
    if front.members:
        console.print(IntervalsTable(front))
    if unsealed := unsealed_text(sweep):
        say(console, unsealed, style="yellow")
    say_verdict(judged, console)
