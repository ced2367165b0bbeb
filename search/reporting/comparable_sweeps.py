"""Sweeps that may be laid over each other, for they asked the same of the same data."""

import json
from collections.abc import Sequence

from search.reporting.sweep_source import Source


def alike(sources: Sequence[Source]) -> list[list[Source]]:
    """The sources by task, corpus and objectives, each group in order."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        space, corpus = source.sweep.space, source.sweep.facts.inputs.corpus
        asked = [space.task, list(space.objectives), corpus.fingerprint]
        groups.setdefault(json.dumps(asked), []).append(source)
    return list(groups.values())


def names(sources: Sequence[Source]) -> str:
    """Their sweeps' names in a sentence."""
    return ", ".join(source.sweep.name for source in sources)


def headed(sources: Sequence[Source]) -> bool:
    """Whether what is of one sweep needs a heading that says so."""
    return len(sources) > 1
