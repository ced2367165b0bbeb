"""Chapter on the provenance of the figures: commands, versions, revisions."""

from collections.abc import Sequence

import pandas as pd

from search.replication.unsealed import unsealed_text
from search.reporting.blocks import Block, Chapter, Table, Words
from search.reporting.sweep_source import Source
from search.sweep.provenance import GitState


def origins_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter on the commands, data and versions of the sweeps."""
    blocks: list[Block] = [
        Words(f"{source.sweep.name} was run by: " + "; then ".join(source.sweep.facts.commands))
        for source in sources
        if source.sweep.facts.commands
    ]
    texts = (unsealed_text(source.sweep) for source in sources)
    notes: list[Block] = [Words(text) for text in texts if text]
    return [Chapter("How it was run", [*blocks, *notes, _table(sources)])]


def revision(git: GitState | None) -> str:
    """Return a git revision in words."""
    return str(git) if git else "no git checkout"


def _table(sources: Sequence[Source]) -> Table:
    """Return a table with a row per fact and a column per sweep."""
    facts = [_facts(source) for source in sources]
    keys = list(dict.fromkeys(key for sweep_facts in facts for key in sweep_facts))
    rows = [[key, *(sweep_facts.get(key, "-") for sweep_facts in facts)] for key in keys]
    columns = ["", *(source.sweep.name for source in sources)]
    return Table(
        "origins",
        "Data, seeds and versions of the sweeps.",
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
        "digest of the log": source.sweep.log.digest or "-",
    }
    if pretrained:
        shown["pretrained model"] = f"{pretrained.file}, SHA-256 {pretrained.fingerprint}"
    if stage1:
        shown["stage 1"] = f"{stage1.sweep}/{stage1.member}"
    return shown | dict(facts.versions)
