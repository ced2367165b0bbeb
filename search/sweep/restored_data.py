"""What a sweep that was run refers to: its baseline, and the data it learned from."""

from typing import Any

from rich.console import Console

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.tasks.choice import Data
from search.corpus.reading import (
    check_goes,
    checkpoint_facts,
    corpus_facts,
    make_data,
    read_checkpoint,
    read_of,
)
from search.store.storage import Storage
from search.sweep.opening import saved_space
from search.sweep.prerequisites import baseline_space, reference_sweep
from search.sweep.resume_check import check_same, features_facts
from search.sweep.stage1 import builds_on_stage1, on_stage1
from search.sweep.sweep import Sweep


def saved_baseline(sweep: Sweep, results: Storage) -> Sweep | None:
    """The sweep that trained the baseline of a sweep; None where it has none, or none yet.

    Raises:
        NoSuchSweep: it is gone.
    """
    if not sweep.space.floor or "baseline" not in sweep.facts:
        return None
    name = sweep.facts["baseline"]
    folder = results.folder(name)
    saved_space(folder, name)
    return reference_sweep(name, folder, baseline_space(sweep.space), sweep.seed)


def saved_data(
    sweep: Sweep, options: dict[str, Any], console: Console
) -> tuple[Corpus | RatedCorpus, Data]:
    """The corpus and the arrays that a sweep learned from.

    Args:
        sweep: as `opened` makes it.
        options: that name the corpus: those of the sweep.
        console: where progress is shown.

    Raises:
        SweepChanged: they are not as they were; names what differs.
    """
    check_goes(sweep.space, options)
    wav2vec = read_checkpoint(options)
    check_same("checkpoint", sweep.facts.get("checkpoint"), checkpoint_facts(wav2vec) or {})
    corpus = read_of(sweep.space, options, console)
    check_same("corpus", sweep.facts.get("corpus"), corpus_facts(corpus))
    data = make_data(corpus, sweep.space, console, wav2vec)
    check_same("feature set", sweep.facts.get("features"), features_facts(data))
    return corpus, data


def learned_from(sweep: Sweep, data: Data) -> Data:
    """The arrays that trials of a sweep learn from: with its stage 1, if it builds on one."""
    return on_stage1(sweep, data) if builds_on_stage1(sweep.space) else data
