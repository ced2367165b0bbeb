"""The beginning of a report: what was asked, and what came out, in words."""

from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.directions import cost
from search.front.front import Front, Point
from search.front.names import plural, point_name, why_empty
from search.presentation.wording import (
    better,
    checked_text,
    floors_text,
    interval_text,
    least_text,
    mean_sd,
)
from search.replication import test_record
from search.reporting.blocks import Block, Chapter, Heading, Table, Words
from search.reporting.comparable_sweeps import headed
from search.reporting.glossary import terms_table
from search.reporting.sweep_source import Source

TASKS = {
    "activation": "models that predict activation, how excited a speaker sounds; groups are those "
    "of the speaker's gender",
    "emotion": "detectors of emotions, one for each emotion and each session left out; groups are "
    "those of the raters' gender",
}


def summary_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Each sweep in a paragraph or two, then a table of all."""
    blocks: list[Block] = []
    for source in sources:
        if headed(sources):
            blocks.append(Heading(source.sweep.name))
        blocks += [Words(_asked(source)), Words(_found(source)), Words(_true(source))]
    blocks += [_table(sources), terms_table(sources)]
    return [Chapter("In short", blocks)]


def _asked(source: Source) -> str:
    sweep = source.sweep
    space = sweep.space
    ways = " and ".join(f"{name} ({better(name)})" for name in space.objectives)
    keys = ", ".join(space.search) or "nothing"
    told = (
        f"The sweep {sweep.name} trained {TASKS[space.task]}, by the method {space.method}, on the "
        f"corpus {sweep.facts.inputs.corpus.name}. It searched {keys} for {ways}, judged on "
        "validation data, which no model learned from."
    )
    floors = source.front.floors
    if not floors:
        return f"{told} It has no floor and no baseline to be held to."
    return f"{told} A model counts only from {floors_text(floors)}."


def _found(source: Source) -> str:
    front, trials = source.front, source.sweep.log.trials
    ended = len(source.sweep.log.ends)
    told = f"{plural(ended, 'trial')} ended"
    if ended:
        told += f", of {plural(len(source.configurations), 'configuration')}"
    if len(trials) > ended:
        more = plural(len(trials) - ended, "trial")
        told += f"; {more} had begun and not ended: this is as far as the sweep came"
    told += ". "
    if not front.members:
        reason = why_empty(front)
        return told + "No checkpoint is on the front" + (f": {reason}." if reason else ".")
    return told + _members(front)


def _members(front: Front) -> str:
    """The ends of the front beside the baseline."""
    first = front.members[0]
    told = f"The front holds {plural(len(front.members), 'checkpoint')}. "
    if len(front.members) == 1:
        told += f"It is {_at(first, front)}"
    else:
        told += f"The best in {front.objectives[0]} is {_at(first, front)}"
    for metric in front.objectives[1:] if len(front.members) > 1 else ():
        best = min(front.members, key=lambda point: cost(metric, point.metrics[metric]))
        told += f"; the best in {metric} is {_at(best, front)}"
    if front.baseline:
        own = ", ".join(f"{name} {mean_sd(front.baseline, name)}" for name in front.objectives)
        told += f"; without de-biasing, the baseline has {own} (± spread over seeds)"
    sure = any(point.intervals for point in front.members)
    return told + (". In brackets: 95 % intervals over seeds." if sure else ".")


def _at(point: Point, front: Front) -> str:
    values = ", ".join(f"{name} {interval_text(point, name)}" for name in front.objectives)
    return f"{point_name(point)} with {values}"


def _true(source: Source) -> str:
    """What fresh seeds and test data said, or that nobody asked them."""
    told = checked_text(source.front)
    text = (
        f"{told[:1].upper()}{told[1:]}." if told else "The front was not checked with fresh seeds."
    )
    tested = test_record.read(source.replications[-1])
    if not tested:
        return f"{text} Nothing of it was tested: all figures below are of validation data."
    names = ", ".join(dict.fromkeys(one.name for one in tested))
    return f"{text} Trained again and tested once on test data: {names}; see the next chapters."


def _table(sources: Sequence[Source]) -> Table:
    rows, data = [], []
    for source in sources:
        sweep, front = source.sweep, source.front
        floors = ", ".join(map(least_text, front.floors)) or "-"
        fresh = f"{front.checked[1]:.4f}" if front.checked else "-"
        about = [sweep.name, sweep.space.method, sweep.facts.inputs.corpus.name]
        goals = ", ".join(sweep.space.objectives)
        counts = [len(source.configurations), len(front.members)]
        volume = f"{front.hypervolume:.4f}"
        rows.append([*about, goals, floors, *map(str, counts), volume, fresh])
        checked = front.checked or (None, None)
        data.append([*about, goals, floors, *counts, front.hypervolume, checked[0], checked[1]])
    known = ["sweep", "method", "corpus", "objectives", "floors", "configurations", "on the front"]
    return Table(
        "sweeps",
        "The sweeps: hypervolume of the front in validation, and what fresh seeds left of it "
        "(higher is better; only of sweeps with the same objectives and floors to be compared).",
        [*known, "hypervolume", "with fresh seeds"],
        rows,
        pd.DataFrame(data, columns=[*known, "hypervolume", "claimed", "with fresh seeds"]),
    )
