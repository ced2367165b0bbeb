"""Comparisons of systems of one task and corpus, tested on the same utterances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from search.replication import test_record
from search.replication.systems import System, systems
from search.replication.test_record import RecordedTest
from search.reporting import system_names as naming
from search.reporting.sweep_source import Source
from search.reporting.system_names import Origin
from search.store.log import Log
from search.store.storage import Storage
from search.sweep.sweep import Sweep


@dataclass(frozen=True)
class Tested:
    """System of a comparison.

    Attributes:
        system: system with its name in the report.
        member: name in the front of the sweep; `baseline` for a baseline.
        sweep: sweep of the system.
        folder: folder of the replication.
        records: recorded tests of the system.
        baseline: name of the system it is compared with; None for a baseline, or without one.
        serves: sweeps of which the system is the baseline.
    """

    system: System
    member: str
    sweep: Sweep
    folder: Storage
    records: Sequence[RecordedTest]
    baseline: str | None = None
    serves: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Name in the report."""
        return self.system.name

    def representations(self) -> pd.DataFrame | None:
        """Return the representations in the models of one seed; None if none were kept."""
        tables = (test_record.read_representations(self.folder, record) for record in self.records)
        return next((table for table in tables if table is not None), None)


@dataclass(frozen=True)
class Comparison:
    """Comparison of systems that were tested on the same utterances.

    Attributes:
        task: task of the systems.
        corpus: name of the corpus.
        threshold: activation above which an utterance is high; NaN for another task.
        tested: systems, baselines first, then in the order of the papers' tables.
        lacking: sentences on sweeps and members that were not tested.
    """

    task: str
    corpus: str
    threshold: float
    tested: Sequence[Tested]
    lacking: Sequence[str]

    @property
    def systems(self) -> list[System]:
        """Systems without their origin."""
        return [tested.system for tested in self.tested]

    @property
    def baselines(self) -> dict[str, str]:
        """Names of the systems' baselines, by system."""
        return {tested.name: tested.baseline for tested in self.tested if tested.baseline}


def comparisons(sources: Sequence[Source]) -> list[Comparison]:
    """Return the comparisons of tested systems; they name sweeps that were not tested."""
    by_corpus: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        corpus = source.sweep.facts.inputs.corpus
        by_corpus.setdefault((source.sweep.space.task, corpus.fingerprint), []).append(source)
    return [made for group in by_corpus.values() for made in _of_corpus(group)]


def _of_corpus(group: Sequence[Source]) -> list[Comparison]:
    read: dict[str, list[Tested]] = {}
    lacking: dict[str, None] = {}
    for source in group:
        for sweep, folder in zip(_sweeps(source), source.replications, strict=True):
            if folder.uri not in read:
                read[folder.uri] = _read(sweep, folder)
                lacking |= dict.fromkeys(_lost(sweep, folder))
        if not read[source.replications[-1].uri]:
            name = source.sweep.name
            lacking[f"{name} has not been replicated: python search/replicate.py {name}"] = None
    by_utterances: dict[tuple[str, ...], list[Tested]] = {}
    for tested in read.values():
        for each in tested:
            # Of windows an utterance has several rows: these are another test.
            utterances = tuple(sorted(each.system.predictions["utterance"]))
            by_utterances.setdefault(utterances, []).append(each)
    space, corpus = group[0].sweep.space, group[0].sweep.facts.inputs.corpus
    made = [
        Comparison(space.task, corpus.name, corpus.level_threshold, named, ())
        for named in (_named(tested, group) for tested in by_utterances.values())
    ]
    made = made or [Comparison(space.task, corpus.name, float("nan"), (), ())]
    return [replace(made[0], lacking=tuple(lacking)), *made[1:]]


def _sweeps(source: Source) -> list[Sweep]:
    return [source.baseline, source.sweep] if source.baseline else [source.sweep]


def _read(sweep: Sweep, folder: Storage) -> list[Tested]:
    records = test_record.read(folder)
    return [
        Tested(system, system.name, sweep, folder, [r for r in records if r.name == system.name])
        for system in systems(folder)
        if system.seeds
    ]


def _lost(sweep: Sweep, folder: Storage) -> Iterable[str]:
    """Yield sentences on candidates of a replication that have no model."""
    trials = Log(folder).trials.values()
    whole = [(t.values, t.limit) for t in trials if t.state == "complete"]
    records = test_record.read(folder)
    for name in dict.fromkeys(record.name for record in records):
        if not any(record.seeds for record in records if record.name == name):
            yield f"{sweep.name}, {name}: none of its seeds has a model, all diverged"
    for trial in trials:
        if trial.state == "failed" and (trial.values, trial.limit) not in whole:
            values = ", ".join(f"{key} {value}" for key, value in trial.values.items())
            candidate = f"{values or 'the baseline'} at epoch {trial.limit}"
            yield f"{sweep.name}, {candidate}, could not be trained again: {trial.reason}"


def _named(tested: Sequence[Tested], group: Sequence[Source]) -> list[Tested]:
    """Return systems with their names in the report and their baselines, in the tables' order."""
    baselines = {source.sweep.name: source.baseline.name for source in group if source.baseline}
    first = [each for each in tested if each.sweep.name in baselines.values()]
    others = [each for each in tested if each.sweep.name not in baselines.values()]
    ordered = [*first, *sorted(others, key=lambda each: naming.rank(each.sweep.space.name))]
    origins = [
        Origin(each.sweep.space.name, each.sweep.name, each.member, index < len(first))
        for index, each in enumerate(ordered)
    ]
    names = naming.names(origins)
    of_baseline = {each.sweep.name: name for each, name in zip(first, names, strict=False)}
    return [
        replace(
            each,
            system=replace(each.system, name=name),
            baseline=of_baseline.get(baselines.get(each.sweep.name, "")),
            serves=[sweep for sweep, base in baselines.items() if base == each.sweep.name],
        )
        for each, name in zip(ordered, names, strict=True)
    ]
