"""Chapter on the data: sizes of groups, and what was left out."""

from collections.abc import Sequence

import pandas as pd

from search.corpus.record import read_record
from search.presentation.wording import sentence_case
from search.reporting.blocks import Block, Chapter, Heading, Table, Words
from search.reporting.comparable_sweeps import names
from search.reporting.sweep_source import Source
from search.tasks.counts import Counts
from search.tasks.tasks import TASKS


def groups_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter, with each corpus once."""
    corpora: dict[str, list[Source]] = {}
    for source in sources:
        corpora.setdefault(source.sweep.facts.inputs.corpus.fingerprint, []).append(source)
    blocks: list[Block] = []
    for number, group in enumerate(corpora.values()):
        blocks += _corpus(group, number, several=len(corpora) > 1)
    return [Chapter("Who is in the data", blocks)]


def _corpus(group: Sequence[Source], number: int, several: bool) -> list[Block]:
    corpus = group[0].sweep.facts.inputs.corpus
    blocks: list[Block] = [Heading(corpus.name)] if several else []
    corpus_text = f"Corpus {corpus.name}, fingerprint {corpus.fingerprint}"
    blocks.append(Words(f"{corpus_text}: {names(group)}."))
    blocks += [Words(f"Note of the corpus' reader: {note}.") for note in corpus.notes]
    if TASKS[group[0].sweep.space.task].group_column != "group":
        blocks.append(
            Words(
                "Gender is treated as binary, as in the papers and in the labels: no figure shows "
                "how well the models serve people who are neither women nor men."
            )
        )
    records = [read_record(source.sweep.folder, source.sweep.facts.id) for source in group]
    record = next((record for record in records if record), None)
    if record is None:
        return [*blocks, *_without_record(group[0], number)]
    blocks += [Words(f"{sentence_case(line)}.") for line in record["sentences"]]
    suffix = f" {number + 1}" if several else ""
    for index, counts in enumerate(record["sizes"], start=1):
        blocks.append(_table(counts, f"groups {index}{suffix}"))
    return blocks


def _table(counts: Counts, name: str) -> Table:
    rows = [[label, *(f"{value:,}" for value in values)] for label, values in counts.rows]
    data = pd.DataFrame([(label, *values) for label, values in counts.rows])
    data.columns = list(counts.columns)
    caption = ". ".join(filter(None, [sentence_case(counts.title), counts.note]))
    return Table(name, f"{caption}.", counts.columns, rows, data)


def _without_record(source: Source, number: int) -> list[Block]:
    """Return the counts of a sweep without a record of its corpus."""
    corpus = source.sweep.facts.inputs.corpus
    rows = [(name, f"{count:,}") for name, count in corpus.utterances.items()]
    columns = ["who", "utterances"]
    words = Words(
        "An earlier version ran these sweeps and kept no record of the corpus, so sizes by level "
        "of activation or by raters, and the agreement of raters, are unknown. Resume a sweep to "
        "record them."
    )
    table = Table(
        f"groups {number + 1}",
        "Utterances by part of the corpus and gender.",
        columns,
        rows,
        pd.DataFrame(list(corpus.utterances.items()), columns=columns),
    )
    return [words, table]
