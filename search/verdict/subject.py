"""Subject of a verdict: facts of a sweep beside its front."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from search.arguments.addresses import RESULTS
from search.sweep.sweep import Sweep
from search.tasks.facts import CorpusFacts
from search.tasks.tasks import TASKS
from search.terminal.command_names import CONSOLE

ROWS = ("training windows", "training utterances", "utterances")
"""Sizes of a sweep's data that count what it trains on, the most exact first."""


@dataclass(frozen=True)
class Difference:
    """Difference of a tested member from the baseline's candidate on test data.

    Attributes:
        value: mean over seeds.
        low: lower end of the 95 % interval; None without one.
        high: upper end of the same.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class MemberTest:
    """Test of a member on test data.

    Attributes:
        time: time of its newest test in UTC.
        seeds: number of fresh seeds.
        baseline: name of the baseline's candidate; None without one.
        means: metrics, means over seeds.
        differences: differences from the baseline's candidate, by metric.
    """

    time: str
    seeds: int
    baseline: str | None = None
    means: Mapping[str, float] = field(default_factory=dict)
    differences: Mapping[str, Difference] = field(default_factory=dict)


MemberTests = Mapping[str, MemberTest]
"""Tests of members by their names, `trial@epoch`."""


@dataclass(frozen=True)
class Subject:
    """Facts of a sweep that a verdict needs.

    Attributes:
        address: name or folder of the sweep, as commands take it.
        corpus: facts of the corpus.
        constant: answers that a model always or never gives, in words, from its metrics.
        threshold: whether activation above a threshold is high.
        trials: budget of the search, in whole trials.
        epochs: epochs of a trial.
        batch: size of a batch; None where it is searched.
        debiases: whether the method does more than the baseline's, which has no de-biasing.
        rows: number of rows to train on, windows or utterances; None where it is not recorded.
        done: whether nothing is left to train.
        tests: tests of members, by their names.
        full: command of the search that a smoke sweep tries out; None for any other sweep.
    """

    address: str
    corpus: CorpusFacts
    constant: Callable[[Mapping[str, float]], list[str]]
    threshold: bool
    trials: int
    epochs: int
    batch: int | None
    done: bool
    tests: MemberTests = field(default_factory=dict)
    full: str | None = None
    rows: int | None = None
    debiases: bool = True


def subject_of(sweep: Sweep, tests: MemberTests | None = None) -> Subject:
    """Return the facts of a sweep.

    Args:
        sweep: sweep with its floors.
        tests: tests of members, by their names.
    """
    space, corpus = sweep.space, sweep.facts.inputs.corpus
    task, batch = TASKS[space.task], space.fixed.get("batch")
    return Subject(
        address=address(sweep),
        corpus=corpus,
        constant=lambda metrics: task.constant(metrics, corpus),
        threshold="threshold" not in task.strangers,
        trials=space.budget.trials,
        epochs=space.budget.epochs,
        batch=int(batch) if isinstance(batch, int) else None,
        done=sweep.done,
        tests=tests or {},
        rows=_training_rows(sweep),
        debiases=space.method != task.baseline,
        full=_full_search(sweep) if sweep.facts.options.corpus.smoke else None,
    )


def _training_rows(sweep: Sweep) -> int | None:
    sizes = sweep.facts.inputs.features
    return next((int(sizes[name]) for name in ROWS if name in sizes), None)


def _full_search(sweep: Sweep) -> str:
    """Return the command of the same search with its whole budget."""
    options = sweep.facts.options
    words = [CONSOLE, "run", "--space", shlex.quote(options.space)]
    if options.corpus.corpus_dir:
        words += ["--corpus", shlex.quote(options.corpus.corpus)]
        words += ["--corpus-dir", shlex.quote(str(options.corpus.corpus_dir))]
    return " ".join(words)


def address(sweep: Sweep) -> str:
    """Return a sweep's name where commands find it by that, else its folder."""
    folder = sweep.folder.where().rstrip("/")
    return sweep.name if folder == str(Path(RESULTS, sweep.name).absolute()) else folder
