"""Closing words of a search: the verdict on the screen and in the sweep's folder."""

from rich.console import Console

from search.front.names import plural
from search.replication.member_tests import verdict_on
from search.store.storage import Storage
from search.sweep.sweep import Sweep
from search.terminal.command_names import as_typed
from search.terminal.console import say
from search.terminal.terms import term_lines
from search.verdict.readme import NAME, RESULTS, readme
from search.verdict.verdict import Verdict

WORDS = ("candidate", "front", "floor", "hypervolume", "fresh seeds")
"""Terms that are explained below the tables."""


def close(sweep: Sweep, results: Storage, console: Console) -> None:
    """Print the verdict on a sweep with the commands that follow, and write them to its README.

    The results folder gets a README of its own, unless it has one.

    Args:
        sweep: sweep with its floors and baseline.
        results: folder of all sweeps.
        console: console to print on.

    Raises:
        StorageError: the record of tests cannot be read, or the README not be written.
    """
    judged = verdict_on(sweep)
    sweep.write({NAME: readme(sweep.name, _about(sweep), judged).encode()})
    if results.read(NAME) is None:
        results.write(NAME, RESULTS.encode())
    say_verdict(judged, console)


def say_verdict(judged: Verdict, console: Console) -> None:
    """Print the words of the tables above, a verdict, and the commands that follow."""
    say(console, "\n".join(term_lines(WORDS)), style="dim")
    first, *others = judged.lines
    say(console, f"\n{first}", style="bold", wrap=True)
    for line in others:
        say(console, line, wrap=True)
    for command in judged.commands:
        say(console, f"next      {as_typed(command)}")


def _about(sweep: Sweep) -> str:
    """Return what was searched on what, in a sentence."""
    corpus, front = sweep.facts.inputs.corpus, sweep.front()
    return (
        f"The space {sweep.space.name} on the corpus {corpus.name} (fingerprint "
        f"{corpus.fingerprint}): {plural(len(sweep.log.ends), 'trial')} ended, "
        f"{plural(len(front.members), 'candidate')} on the front."
    )
