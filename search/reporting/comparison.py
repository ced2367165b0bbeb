"""Comparisons of systems of one task and corpus, tested on the same utterances."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from search.replication import test_record
from search.replication.bases import bases_of, unlike_text
from search.replication.choices import read_choices
from search.replication.looks import Looks
from search.replication.systems import System
from search.reporting import system_names as naming
from search.reporting.sweep_source import Source
from search.reporting.system_names import Origin
from search.reporting.tested_system import Tested, lost_texts, tested_systems
from search.store.storage import Storage
from search.sweep.sweep import Sweep
from search.tasks.speaker_metrics import SpeakerMetrics
from search.verdict.subject import address


@dataclass(frozen=True)
class Comparison:
    """Comparison of systems that were tested on the same utterances.

    Attributes:
        corpus: name of the corpus.
        speaker_metrics: metrics of the task on these test data.
        tested: systems, baselines first, then in the order of the papers' tables.
        lacking: sentences on sweeps and members that were not tested.
    """

    corpus: str
    speaker_metrics: SpeakerMetrics
    tested: Sequence[Tested]
    lacking: Sequence[str]

    @property
    def task(self) -> str:
        """Name of the task of the systems."""
        return self.speaker_metrics.task_name

    @property
    def systems(self) -> list[System]:
        """Systems without their origin."""
        return [tested.system for tested in self.tested]

    @property
    def baselines(self) -> dict[str, str]:
        """Names of the systems' baselines, by system."""
        return {tested.name: tested.baseline for tested in self.tested if tested.baseline}

    @property
    def looks(self) -> Looks:
        """Looks at the test data in all replications of these systems."""
        folders = {tested.folder.uri: tested.folder for tested in self.tested}
        return Looks.of([test_record.read(folder) for folder in folders.values()])

    @property
    def unlike(self) -> str:
        """A sentence on baselines that were not chosen as their members; empty without any."""
        bases = {
            tested.name: replace(tested.base, name=tested.baseline)
            for tested in self.tested
            if tested.base and tested.baseline
        }
        return unlike_text(bases)


def comparisons(sources: Sequence[Source]) -> list[Comparison]:
    """Return the comparisons of tested systems; they name sweeps that were not tested."""
    by_corpus: dict[tuple[str, str], list[Source]] = {}
    for source in sources:
        corpus = source.sweep.facts.inputs.corpus
        by_corpus.setdefault((source.sweep.space.task, corpus.fingerprint), []).append(source)
    return [each for group in by_corpus.values() for each in _of_corpus(group)]


def _of_corpus(group: Sequence[Source]) -> list[Comparison]:
    read: dict[str, list[Tested]] = {}
    lacking: dict[str, None] = {}
    for source in group:
        for sweep, folder in zip(_sweeps(source), source.replications, strict=True):
            if folder.uri not in read:
                read[folder.uri] = tested_systems(sweep, folder)
                lacking |= dict.fromkeys(lost_texts(sweep, folder))
        *baselines, members = source.replications
        if not read[members.uri]:
            command = f"fairser replicate {shlex.quote(address(source.sweep))}"
            lacking[f"{source.sweep.name} has not been replicated: {command}"] = None
        for baseline in baselines:
            read[members.uri] = _with_bases(read[members.uri], members, baseline)
    by_utterances: dict[tuple[str, ...], list[Tested]] = {}
    for each in _shown(read, group):
        # Of windows an utterance has several rows: these are another test.
        utterances = tuple(sorted(each.system.predictions["utterance"]))
        by_utterances.setdefault(utterances, []).append(each)
    space, corpus = group[0].sweep.space, group[0].sweep.facts.inputs.corpus
    metrics = SpeakerMetrics(space.task, corpus.level_threshold)
    compared = [
        Comparison(corpus.name, metrics, named, ())
        for named in (_named(tested, group) for tested in by_utterances.values())
    ]
    compared = compared or [Comparison(corpus.name, metrics, (), ())]
    return [replace(compared[0], lacking=tuple(lacking)), *compared[1:]]


def _with_bases(members: Sequence[Tested], folder: Storage, baseline: Storage) -> list[Tested]:
    """Return members with the baselines that they are compared with."""
    names = [member.member for member in members]
    bases = bases_of(names, read_choices(folder), test_record.read(baseline))
    return [replace(member, base=bases.get(member.member)) for member in members]


def _shown(read: Mapping[str, Sequence[Tested]], group: Sequence[Source]) -> list[Tested]:
    """Return the tested systems but for a baseline's candidates that no member is compared with.

    All candidates of a baseline are shown if no member is compared with any of them.

    Args:
        read: tested systems by the folder of their replication.
        group: sources of the systems.
    """
    used: dict[str, set[str]] = {}
    for source in group:
        *baselines, members = source.replications
        names = {tested.base.name for tested in read[members.uri] if tested.base}
        for baseline in baselines:
            used.setdefault(baseline.uri, set()).update(names)
    return [
        each
        for uri, tested in read.items()
        for each in tested
        if not used.get(uri) or each.member in used[uri]
    ]


def _sweeps(source: Source) -> list[Sweep]:
    return [source.sweep.baseline, source.sweep] if source.sweep.baseline else [source.sweep]


def _named(tested: Sequence[Tested], group: Sequence[Source]) -> list[Tested]:
    """Return systems with their names in the report and their baselines, in the tables' order."""
    sweeps = [source.sweep for source in group]
    baselines = {sweep.name: sweep.baseline.name for sweep in sweeps if sweep.baseline}
    first = [each for each in tested if each.sweep.name in baselines.values()]
    others = [each for each in tested if each.sweep.name not in baselines.values()]
    ordered = [*first, *sorted(others, key=lambda each: naming.rank(each.sweep.space.name))]
    origins = [
        Origin(each.sweep.space.name, each.sweep.name, each.member, index < len(first))
        for index, each in enumerate(ordered)
    ]
    names = naming.names(origins)
    of_baseline = {
        (each.sweep.name, each.member): name for each, name in zip(first, names, strict=False)
    }
    return [
        replace(
            each,
            system=replace(each.system, name=name),
            baseline=of_baseline.get((baselines.get(each.sweep.name, ""), each.base.name))
            if each.base
            else None,
            serves=_served(each, tested, baselines),
        )
        for each, name in zip(ordered, names, strict=True)
    ]


def _served(baseline: Tested, tested: Sequence[Tested], baselines: Mapping[str, str]) -> list[str]:
    """Return the sweeps of which a system is the baseline, or could be: no member was tested."""
    sweeps = [sweep for sweep, base in baselines.items() if base == baseline.sweep.name]
    compared = {
        each.sweep.name for each in tested if each.base and each.base.name == baseline.member
    }
    return [sweep for sweep in sweeps if sweep in compared] or sweeps
