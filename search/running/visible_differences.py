"""Differences between groups that a sweep can show, stated before its hours are spent."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from fairser_core.datasets.splits import EvaluatedSplit
from search.arguments.shared_arguments import TEST_SEEDS
from search.corpus.resolution import (
    Resolution,
    assumed_resolutions,
    gap_of,
    hopeless,
    measured_resolution,
    resolution_sentence,
)
from search.corpus.resolution_record import read_resolutions, write_resolutions
from search.corpus.tables import resolution_table
from search.front.names import point_name
from search.front.rule_names import DEFAULT, TOLERANCE
from search.replication.choices import counterpart
from search.space.space import Space
from search.sweep.head import SweepHead
from search.sweep.sweep import Sweep
from search.tasks.any_corpus import AnyCorpus
from search.terminal.console import say


def show_assumed(head: SweepHead, corpus: AnyCorpus, console: Console) -> None:
    """Print what validation and test data can show, by an assumed fair model.

    Nothing is printed if a resolution of the sweep is recorded; a resumed sweep has one.

    Args:
        head: head of the sweep.
        corpus: corpus of the sweep.
        console: console to print on.
    """
    if read_resolutions(head.folder, head.facts.id):
        return
    seeds: Mapping[EvaluatedSplit, int] = {
        "validation": _search_seeds(head.space),
        "test": TEST_SEEDS,
    }
    with console.status("what can be seen of differences between groups"):
        resolutions = assumed_resolutions(head.space.task, corpus, seeds)
    write_resolutions(head.folder, head.facts.id, resolutions)
    _show(head.space, resolutions, console)


def show_measured(sweep: Sweep, console: Console) -> None:
    """Print what validation data can show, by the trained baseline, and warn if it is nothing.

    The baseline's candidate is the one that a member would be compared with.

    Args:
        sweep: sweep with its floors and baseline.
        console: console to print on.
    """
    head, front = sweep.head, sweep.front()
    compared = counterpart(front, DEFAULT, TOLERANCE)
    if compared is None or sweep.baseline is None:
        return
    (point,) = (p for p in front.baseline_points if p.epoch == compared.epoch)
    record = sweep.baseline.speakers.get(point_name(point))
    if record is None:
        return
    seeds = _search_seeds(head.space)
    measured = measured_resolution(head.space.task, record, "validation", seeds)
    others = [of for of in read_resolutions(head.folder, head.facts.id) if of.split != "validation"]
    write_resolutions(head.folder, head.facts.id, [measured, *others])
    _show(head.space, [measured], console)
    for metric in head.space.objectives:
        if metric in measured.chance:
            warning = hopeless(measured, metric, point.metrics[metric])
            if warning:
                say(console, warning, style="yellow")


def _search_seeds(space: Space) -> int:
    """Return the number of seeds that a configuration of a search can earn."""
    return max(space.budget.seeds, space.budget.race_seeds)


def _show(space: Space, resolutions: Sequence[Resolution], console: Console) -> None:
    console.print(resolution_table(resolutions))
    gaps = [name for name in space.objectives if name in resolutions[0].chance]
    for of in resolutions:
        for name in gaps or [gap_of(space.task)]:
            say(console, resolution_sentence(of, name))
