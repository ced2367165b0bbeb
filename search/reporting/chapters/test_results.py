"""Test results of sweeps, as the tables and figures of the papers."""

from collections import Counter
from collections.abc import Sequence

from fairser_core.metrics.metric import Place, names, shown_in
from search.corpus.record import read_record
from search.replication.estimates import GROUPS, estimates
from search.replication.levelling import levelling_texts
from search.reporting.blocks import Block, Chapter, Words
from search.reporting.box_plots import boxes
from search.reporting.class_tables import class_blocks, class_metrics
from search.reporting.comparison import Comparison, comparisons
from search.reporting.emotion_tables import detector_blocks, detector_metrics
from search.reporting.perception_figures import agreement_blocks
from search.reporting.sweep_source import Source
from search.reporting.system_tables import (
    extent_text,
    groups_table,
    main_table,
    systems_table,
)
from search.reporting.tsne_figure import neighbourhood_blocks
from search.reporting.weight_figures import weight_figure
from search.tasks.tasks import TASKS
from search.tasks.words import ReportPart

TABLES = {
    ReportPart.CLASSES: (class_metrics, class_blocks),
    ReportPart.DETECTORS: (detector_metrics, detector_blocks),
}
"""Tables that only some tasks have: names of their metrics, and the blocks."""
CHAPTERS = {
    ReportPart.REPRESENTATIONS: (
        "Gender in the representations",
        "t-sne",
        neighbourhood_blocks,
    )
}
"""Chapters that only some tasks have: title, end of the blocks' names, and the blocks."""


def tested_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return chapters on test data, a comparison each, and on what the papers show beside it.

    Args:
        sources: sweeps; those of one task and corpus that were tested on the same utterances are
            compared.
    """
    sources = list({source.sweep.folder.uri: source for source in sources}.values())
    chapters = []
    met: Counter[str] = Counter()
    for comparison in comparisons(sources):
        met[comparison.task] += 1
        number = met[comparison.task]
        again = "" if number == 1 else f"-{number}"
        prefix = f"tested-{comparison.task}{again}"
        count = "" if number == 1 else f" ({number})"
        task = TASKS[comparison.task]
        heading = f"{task.words.heading}: test data of {comparison.corpus}{count}"
        chapters.append(Chapter(heading, _tested(prefix, comparison)))
        for part in task.parts if comparison.tested else ():
            if part in CHAPTERS:
                title, name, blocks = CHAPTERS[part]
                title = f"{title}: {comparison.corpus}{count}"
                chapters.append(Chapter(title, blocks(f"{prefix}-{name}", comparison)))
    weights = [figure for source in sources if (figure := weight_figure(source))]
    chapters.append(Chapter("The weight of de-biasing, on validation data", weights))
    chapters.append(Chapter("How women and men among the raters perceive", _perceived(sources)))
    return [chapter for chapter in chapters if chapter.blocks]


def _tested(prefix: str, comparison: Comparison) -> list[Block]:
    lacking: list[Block] = [Words(sentence) for sentence in comparison.lacking]
    if not comparison.tested:
        return lacking
    task = TASKS[comparison.task]
    metrics = names(shown_in(task.metrics, Place.RESULTS, Place.REPORT))
    groups = GROUPS[comparison.task]
    tables = [TABLES[part] for part in task.parts if part in TABLES]
    wanted = [*metrics, *groups, *(name for named, _ in tables for name in named(comparison))]
    estimated = estimates(
        comparison.systems,
        comparison.speaker_metrics,
        metrics=list(dict.fromkeys(wanted)),
        bases=comparison.baselines,
    )
    sentences = [comparison.unlike, *levelling_texts(estimated, comparison.baselines)]
    blocks: list[Block] = [
        *lacking,
        Words(extent_text(comparison)),
        *(Words(sentence) for sentence in sentences if sentence),
        systems_table(f"{prefix}-systems", comparison),
        main_table(f"{prefix}-main", comparison, estimated, metrics),
        groups_table(f"{prefix}-groups", comparison, estimated, groups),
    ]
    for _, blocks_of in tables:
        blocks += blocks_of(prefix, comparison, estimated)
    return [*blocks, boxes(f"{prefix}-boxes", comparison)]


def _perceived(sources: Sequence[Source]) -> list[Block]:
    """Return blocks on the raters of each corpus with ratings."""
    by_corpus: dict[str, list[Block]] = {}
    for source in sources:
        corpus = source.sweep.facts.inputs.corpus
        if corpus.fingerprint in by_corpus:
            continue
        record = read_record(source.sweep.folder, source.sweep.facts.id)
        if record and record.get("agreement"):
            again = f"-{len(by_corpus) + 1}" if by_corpus else ""
            name = f"perceived{again}"
            blocks = agreement_blocks(name, corpus.name, record["agreement"])
            by_corpus[corpus.fingerprint] = blocks
    return [block for blocks in by_corpus.values() for block in blocks]
