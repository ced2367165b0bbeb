"""Replication of members of a front: fresh seeds, one test, a comparison."""

from rich.console import Console

from search.arguments.replicate_arguments import ReplicateOptions
from search.front.names import plural, point_name
from search.replication.choices import choose
from search.replication.member_tests import tests_of_members
from search.running.replicate_sweep import replicate
from search.running.run_sweep import Runner
from search.store.results_folder import check_usable, open_storage
from search.sweep.opening import opened
from search.sweep.trust import trusted_options
from search.terminal.console import say
from search.tracking.sweep_run import store_address
from search.verdict.subject import subject_of
from search.verdict.verdict import picked_text, verdict


def run(options: ReplicateOptions, console: Console) -> None:
    """Run the command."""
    results = open_storage(options.results)
    check_usable(results)
    sweep = opened(options.sweep, results)
    kept = trusted_options(sweep.facts, sweep.folder, options.given, console=console)
    store = store_address(kept.tracking_uri, results)
    runner = Runner(results, kept.machine, store, console)
    tests = tests_of_members(sweep)
    judged = verdict(sweep.front(), subject_of(sweep, tests))
    if judged.member is None:
        say(console, judged.text, style="yellow", wrap=True)
    choices = choose(sweep, options.pick, options.tolerance, options.top)
    names = ", ".join(choice.candidate.name for choice in choices)
    for choice in choices:
        name = choice.candidate.name
        (point,) = (point for point in sweep.front().members if point_name(point) == name)
        text = picked_text(sweep.front(), choice.picked, point, tests.get(name), options.tolerance)
        say(console, text, wrap=True)
    say(console, f"replicating {names} of {sweep.name} with {plural(options.seeds, 'seed')}")
    replicate(sweep, choices, options.seeds, runner)
