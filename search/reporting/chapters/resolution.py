"""Chapter on what the corpora can show of differences between groups."""

from collections.abc import Sequence

import pandas as pd

from fairser_core.metrics.tables import metric_of
from search.corpus.resolution import (
    ASSUMED,
    MEASURED,
    Resolution,
    gap_of,
    resolution_sentence,
    short,
    shown_differences,
)
from search.corpus.resolution_record import read_resolutions
from search.reporting.blocks import Block, Chapter, Table, Words
from search.reporting.empty_cells import explained
from search.reporting.sweep_source import Source


def resolution_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter on sweeps that recorded it; none without any."""
    blocks: list[Block] = []
    for source in sources:
        for of in read_resolutions(source.sweep.folder, source.sweep.facts.id):
            name = source.sweep.name
            gaps = [metric for metric in source.sweep.space.objectives if metric in of.chance]
            for metric in gaps or [gap_of(source.sweep.space.task)]:
                blocks.append(Words(f"{name}, {resolution_sentence(of, metric)}"))
            blocks.append(_table(of, name))
    return [Chapter("What can be seen of differences between groups", blocks)] if blocks else []


def _table(of: Resolution, sweep: str) -> Table:
    data = pd.DataFrame(
        {
            "difference": of.chance.keys(),
            "by chance": of.chance.values(),
            "smallest": of.smallest.values(),
        }
    )
    return Table(
        f"resolution {sweep} {of.split}",
        f"{sweep}, {of.split}: what a fair model shows by chance (mean absolute value), and the "
        f"smallest difference between two systems with {of.seeds} seeds that is seen with a power "
        f"of 80 %; {MEASURED if not of.assumed else ASSUMED}.",
        [*data.columns],
        [
            [metric_of(name).title, short(of.chance[name]), short(of.smallest[name])]
            for name in shown_differences([of])
        ],
        explained(data, {}, "a single seed, or a single speaker of a group"),
    )
