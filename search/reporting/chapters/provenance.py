"""Where the figures come from: commands, versions, revisions."""

from collections.abc import Sequence

import pandas as pd

from search.reporting.blocks import Block, Chapter, Table, Words
from search.reporting.sweep_source import Source
from search.sweep.provenance import GitState


def origins_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """What it takes to run the sweeps again."""
    blocks: list[Block] = [
        Words(f"{source.sweep.name} was run by: " + "; then ".join(source.sweep.facts.commands))
        for source in sources
        if source.sweep.facts.commands
    ]
    return [Chapter("How it was run", [*blocks, _table(sources)])]


def revision(git: GitState | None) -> str:
    """Return a git revision in words."""
    return str(git) if git else "no git checkout"


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
    corpus, pretrained, stage1 = facts.inputs.corpus, facts.inputs.pretrained, facts.stage1
    shown = {
        "corpus": corpus.name,
        "fingerprint of the corpus": corpus.fingerprint,
        "baseline": facts.baseline or "-",
        "seed": str(source.sweep.seed),
        "git revision": revision(facts.git),
    }
    if pretrained:
        shown["vq-wav2vec"] = f"{pretrained.file}, SHA-256 {pretrained.fingerprint}"
    if stage1:
        shown["stage 1"] = f"{stage1.sweep}/{stage1.member}"
    return shown | dict(facts.versions)
