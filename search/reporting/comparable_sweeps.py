"""Groups of sweeps that are comparable: with the same task, corpus and objectives."""

import json
from collections.abc import Sequence

from search.reporting.sweep_source import Source


def alike(sources: Sequence[Source]) -> list[list[Source]]:
    """Return the sources grouped by task, corpus and objectives, each group in order."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        space, corpus = source.sweep.space, source.sweep.facts.inputs.corpus
        key = [space.task, list(space.objectives), corpus.fingerprint]
        groups.setdefault(json.dumps(key), []).append(source)
    return list(groups.values())


def names(sources: Sequence[Source]) -> str:
    """Return the names of the sources' sweeps for a sentence."""
    return ", ".join(source.sweep.name for source in sources)


def headed(sources: Sequence[Source]) -> bool:
    """Return whether parts on one sweep need a heading with its name."""
    return len(sources) > 1
