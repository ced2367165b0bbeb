"""First chapter of a report: each sweep's question and results in words."""

from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.tables import metric_of
from search.front.fresh import judged, refuted
from search.front.front import Front
from search.front.names import baseline_name, plural, point_name, why_empty
from search.front.pick import pick, within
from search.front.point import Point
from search.front.rule_names import FAIREST, FAIREST_WITHIN, MOST_ACCURATE, TOLERANCE
from search.presentation.numbers import signed, values_text
from search.presentation.wording import (
    better,
    checked_text,
    floors_text,
    judged_text,
    least_text,
    sentence_case,
)
from search.replication import test_record
from search.reporting.blocks import Block, Chapter, Heading, Table, Words
from search.reporting.comparable_sweeps import headed
from search.reporting.glossary import terms_table
from search.reporting.sweep_source import Source
from search.tasks.tasks import TASKS


def summary_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter, with paragraphs on each sweep and a table of all."""
    blocks: list[Block] = []
    for source in sources:
        if headed(sources):
            blocks.append(Heading(source.sweep.name))
        blocks += [Words(_verdict(source)), Words(_question(source))]
        blocks += [Words(_results(source)), Words(_checks(source))]
    blocks += [_table(sources), terms_table(sources)]
    return [Chapter("In short", blocks)]


def _verdict(source: Source) -> str:
    return sentence_case(source.verdict.text)


def _question(source: Source) -> str:
    sweep = source.sweep
    space = sweep.space
    ways = " and ".join(f"{name} ({better(name)})" for name in space.objectives)
    keys = ", ".join(space.search) or "nothing"
    words = TASKS[space.task].words
    groups = sweep.facts.options.corpus.group or words.groups
    text = (
        f"The sweep {sweep.name} trained {words.models}, by the method {space.method}, on the "
        f"corpus {sweep.facts.inputs.corpus.name}. Groups are of {groups}. It searched {keys} for "
        f"{ways}, judged on validation data, which no model learned from."
    )
    floors = source.front.floors
    if not floors:
        return f"{text} The sweep has no floor and no baseline."
    return f"{text} A model must reach the floor {floors_text(floors)}."


def _results(source: Source) -> str:
    front, trials = source.front, source.sweep.log.trials
    ended = len(source.sweep.log.ends)
    text = f"{plural(ended, 'trial')} ended"
    if ended:
        text += f", of {plural(len(source.configurations), 'configuration')}"
    if len(trials) > ended:
        more = plural(len(trials) - ended, "trial")
        text += f"; {more} had begun and not ended, so the sweep is unfinished"
    text += ". "
    if not front.members:
        reason = why_empty(front)
        return text + "No candidate is on the front" + (f": {reason}." if reason else ".")
    return text + _members(front)


def _members(front: Front) -> str:
    """Return sentences on the ends of the front, less what fresh seeds refute, and the baseline."""
    text = f"The front holds {plural(len(front.members), 'candidate')}"
    count = len(refuted(front))
    text += f", of which fresh seeds refute {count}. " if count else ". "
    ends = dict(zip((MOST_ACCURATE, FAIREST), front.objectives, strict=False))
    points = {name: pick(front, rule) for rule, name in ends.items()}
    if len({*map(point_name, points.values())}) == 1:
        text += f"The best is {_at(points[front.objectives[0]], front)}"
    else:
        each = (f"the best in {metric_of(n).title} is {_at(p, front)}" for n, p in points.items())
        text += sentence_case("; ".join(each))
    if front.baseline:
        means = values_text(front.baseline, front.objectives)
        text += f"; without de-biasing, the baseline has {means} after its last epoch"
    return " ".join(filter(None, [f"{text}.", added_text(front)]))


def added_text(front: Front) -> str:
    """Return sentences on what a member adds to a choice among the baseline's own epochs.

    Both are chosen by the same rule, so that the difference is not that of a free choice.

    Args:
        front: front with at least one member.

    Returns:
        Empty without a baseline or with accuracy as the only objective, or if no member or epoch
        is within the tolerance.
    """
    if not front.baseline_points or len(front.objectives) < 2:
        return ""
    if not (within(front, TOLERANCE) and within(front.of_baseline, TOLERANCE)):
        return ""
    member, base = pick(front, FAIREST_WITHIN), pick(front.of_baseline, FAIREST_WITHIN)
    first, values, less = front.objectives[0], judged(member), base.metrics
    apart = ", ".join(
        f"{metric_of(name).title} {signed(values[name] - less[name])}" for name in front.objectives
    )
    return (
        f"The fairest within {TOLERANCE:g} of the baseline's {metric_of(first).title} is "
        f"{_at(member, front)}. By the same rule the baseline alone, among its own epochs, has "
        f"{baseline_name(base.epoch)} with {values_text(less, front.objectives)}: beyond that, "
        f"{point_name(member)} adds {apart}, on the validation data that chose both."
    )


def _at(point: Point, front: Front) -> str:
    return f"{point_name(point)} with {judged_text(front, point)}"


def _checks(source: Source) -> str:
    """Return sentences on fresh seeds and test data, or that they were not used."""
    check = checked_text(source.front)
    text = f"{sentence_case(check)}." if check else "The front was not checked with fresh seeds."
    tests = test_record.read(source.replications[-1])
    if not tests:
        return f"{text} No member was tested: all figures below are of validation data."
    names = ", ".join(dict.fromkeys(test.name for test in tests))
    return f"{text} Trained again and tested once on test data: {names}; see the next chapters."


def _table(sources: Sequence[Source]) -> Table:
    rows, data = [], []
    for source in sources:
        sweep, front = source.sweep, source.front
        floors = ", ".join(least_text(floor) for floor in front.floors if not floor.void) or "-"
        fresh = f"{front.checked[1]:.4f}" if front.checked else "-"
        about = [sweep.name, sweep.space.method, sweep.facts.inputs.corpus.name]
        goals = ", ".join(sweep.space.objectives)
        counts = [len(source.configurations), len(front.members)]
        volume = f"{front.hypervolume:.4f}"
        rows.append([*about, goals, floors, *map(str, counts), volume, fresh])
        checked = front.checked or (None, None)
        data.append([*about, goals, floors, *counts, front.hypervolume, checked[0], checked[1]])
    columns = [
        "sweep",
        "method",
        "corpus",
        "objectives",
        "floors",
        "configurations",
        "on the front",
    ]
    return Table(
        "sweeps",
        "The sweeps: hypervolume of the front on validation data, and with fresh seeds (higher is "
        "better; comparable only between sweeps with the same objectives and floors).",
        [*columns, "hypervolume", "with fresh seeds"],
        rows,
        pd.DataFrame(data, columns=[*columns, "hypervolume", "claimed", "with fresh seeds"]),
    )
