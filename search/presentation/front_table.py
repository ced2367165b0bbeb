"""Table of a front for the terminal."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from search.front.front import Front
from search.front.names import BASELINE, baseline_name, plural, point_name, why_empty
from search.front.point import Point
from search.presentation.wording import (
    better,
    chance_sentence,
    checked_text,
    claim_sentences,
    floors_text,
    hypervolume_text,
    mean_sd,
    number,
    probability_text,
    seeds_text,
)


def front_table(front: Front, failed: Mapping[int, str] | None = None) -> Table:
    """Return a table of the members with their objectives and values, and of the baseline.

    The baseline is shown after its last epoch, which sets the floors, and with its own front over
    epochs, `baseline@epoch`. Further rows of a member have the metrics over the seeds that were
    trained, if a posterior claims others, and those of fresh seeds, if any were trained.

    Args:
        front: front to show.
        failed: reasons of the failed trials by number, shown if the front is empty.

    Returns:
        A table whose caption has the floors and the hypervolume, or why the front is empty.
    """
    keys = list(dict.fromkeys(key for point in front.members for key in point.values))
    table = Table(
        title=f"the front: {plural(len(front.members), 'candidate')}",
        caption_justify="left",
        box=box.SIMPLE_HEAD,  # narrow: rows stay on their lines in 80 columns
        padding=(0, 1, 0, 0),
    )
    table.add_column("trial\n@epoch", justify="right", overflow="fold")
    for name in front.objectives:
        heading = f"{name}\n{better(name)}".replace(" is ", "\nis ")
        table.add_column(heading, justify="right", no_wrap=True)
    certain = ["seeds", "P"] if front.claimed else ["seeds"]
    for heading in (*certain, *map(escape, keys)):
        table.add_column(heading, justify="right", overflow="fold")
    for point in front.members:
        _add_member(table, front, point, keys)
    if front.baseline:
        table.add_section()
        table.add_row(BASELINE, *(mean_sd(front.baseline, name) for name in front.objectives))
    for point in front.baseline_points:
        metrics = [mean_sd(point.metrics, name) for name in front.objectives]
        table.add_row(baseline_name(point.epoch), *metrics, str(len(point.seeds)), style="dim")
    table.caption = escape("\n".join(_caption(front, failed or {})))
    return table


def _add_member(table: Table, front: Front, point: Point, keys: Sequence[str]) -> None:
    """Add the rows of a member of the front: expected, trained and fresh metrics."""
    objectives = [mean_sd(point.expected, name) for name in front.objectives]
    values = [escape(number(point.values[key])) if key in point.values else "" for key in keys]
    certain = [seeds_text(point), *([probability_text(point)] if front.claimed else [])]
    table.add_row(point_name(point), *objectives, *certain, *values)
    if point.claim:
        raw = [mean_sd(point.metrics, name) for name in front.objectives]
        table.add_row("trained", *raw, style="dim")
    if point.check or point.check_failed:
        fresh = [mean_sd(point.check, name) for name in front.objectives]
        failed_seeds = f", {point.check_failed} failed" if point.check_failed else ""
        table.add_row(f"fresh{failed_seeds}", *fresh, style="dim")


def _caption(front: Front, failed: Mapping[int, str]) -> list[str]:
    lines = [f"floor {floors_text([floor])}" for floor in front.floors]
    if front.members:
        notes = hypervolume_text(front), checked_text(front), chance_sentence(front)
        return [*lines, *claim_sentences(front), *filter(None, notes)]
    if not front.points and not failed:
        return [*lines, "no trial has numbers yet"]
    reason = why_empty(front)
    lines.append("no trial is on the front" + (f": {reason}" if reason else ""))
    if failed:
        first = min(failed)
        lines.append(f"{plural(len(failed), 'trial')} failed, first trial {first}: {failed[first]}")
    return lines
