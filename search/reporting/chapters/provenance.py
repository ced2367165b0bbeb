"""Where the figures come from: commands, versions, revisions."""

from collections.abc import Sequence

import pandas as pd

from search.reporting.blocks import Block, Chapter, Table, Words
from search.reporting.sweep_source import Source


def origins_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """What it takes to run the sweeps again."""
    blocks: list[Block] = [
        Words(f"{source.sweep.name} was run by: " + "; then ".join(source.sweep.facts["commands"]))
        for source in sources
        if source.sweep.facts.get("commands")
    ]
    return [Chapter("How it was run", [*blocks, _table(sources)])]


def revision(git: dict[str, object] | None) -> str:
    """A git revision in words."""
    if not git:
        return "no git checkout"
    return f"{str(git['revision'])[:12]}{' with changes' if git['dirty'] else ''}"


def _table(sources: Sequence[Source]) -> Table:
    """A row a fact, a column a sweep."""
    facts = [_facts(source) for source in sources]
    keys = list(dict.fromkeys(key for one in facts for key in one))
    rows = [[key, *(one.get(key, "-") for one in facts)] for key in keys]
    columns = ["", *(source.sweep.name for source in sources)]
    return Table(
        "origins",
        "What the sweeps were run with.",
        columns,
        rows,
        pd.DataFrame(rows, columns=columns),
    )


def _facts(source: Source) -> dict[str, str]:
    facts = source.sweep.facts
    told = {
        "corpus": str(facts["corpus"]["name"]),
        "fingerprint of the corpus": str(facts["corpus"]["fingerprint"]),
        "baseline": str(facts.get("baseline", "-")),
        "seed": str(source.sweep.seed),
        "git revision": revision(facts.get("git")),
    }
    checkpoint, stage1 = facts.get("checkpoint"), facts.get("stage1")
    if checkpoint:
        told["vq-wav2vec"] = f"{checkpoint['file']}, SHA-256 {checkpoint['fingerprint']}"
    if stage1:
        told["stage 1"] = f"{stage1['sweep']}/{stage1['member']}"
    return told | {name: str(version) for name, version in facts.get("versions", {}).items()}
