"""Results of a replication: tested systems, what they are compared with, and estimates."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from search.front.point import Point
from search.replication import test_record
from search.replication.bases import Base, bases_of, unlike_text
from search.replication.choices import read_choices
from search.replication.estimate import Estimates, adjusted
from search.replication.estimates import GROUPS, SHOWN, estimates
from search.replication.levelling import levelling_texts
from search.replication.looks import Looks
from search.replication.replication import replication_folder
from search.replication.systems import System, systems
from search.replication.test_record import RecordedTest
from search.replication.undefined import undefined_text
from search.sweep.sweep import Sweep
from search.tasks.speaker_metrics import SpeakerMetrics


@dataclass(frozen=True)
class Results:
    """Results of a sweep's replication.

    Attributes:
        tests: recorded tests of the shown systems.
        systems: tested systems, baselines first.
        bases: baselines by system.
        looks: how often the test data were asked.
        speaker_metrics: metrics of the task on the test data.
    """

    tests: Sequence[RecordedTest]
    systems: Sequence[System]
    bases: Mapping[str, Base]
    looks: Looks
    speaker_metrics: SpeakerMetrics

    @cached_property
    def main(self) -> Estimates:
        """Estimates of the metrics in tables of test results."""
        return adjusted(self._estimated, SHOWN[self.speaker_metrics.task_name])

    @cached_property
    def groups(self) -> Estimates:
        """Estimates of the groups' own metrics."""
        return adjusted(self._estimated, GROUPS[self.speaker_metrics.task_name])

    @property
    def all(self) -> Estimates:
        """Estimates of both."""
        return {name: {**row, **self.groups[name]} for name, row in self.main.items()}

    @property
    def notes(self) -> list[str]:
        """Sentences on undefined metrics, levelling down, choice of baselines, and looks."""
        return self._notes(self._base_names, self.bases)

    def _notes(self, names: Mapping[str, str], bases: Mapping[str, Base]) -> list[str]:
        levelled = levelling_texts(self._estimated, names)
        undefined = undefined_text(self._estimated, self.systems, self.speaker_metrics)
        texts = (undefined, *levelled, unlike_text(bases), self.looks.text)
        return [text for text in texts if text]

    def of_member(self, member: str) -> dict[str, Any]:
        """Return the results of a member for JSON, with None for an undefined number.

        Args:
            member: name of the member.
        """
        base = self.bases.get(member)
        metrics = {
            name: {key: _finite(value) for key, value in estimate.columns.items()}
            | {"baseline": _finite(self.all[base.name][name].mean) if base else None}
            for name, estimate in self.all[member].items()
        }
        names = {member: base.name} if base else {}
        bases = {member: base} if base else {}
        return {
            "baseline": base.name if base else None,
            "metrics": metrics,
            "notes": self._notes(names, bases),
        }

    @property
    def _base_names(self) -> dict[str, str]:
        return {name: base.name for name, base in self.bases.items()}

    @cached_property
    def _estimated(self) -> Estimates:
        task = self.speaker_metrics.task_name
        metrics = list(dict.fromkeys([*SHOWN[task], *GROUPS[task]]))
        return estimates(self.systems, self.speaker_metrics, metrics, self._base_names)


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def results_of(sweep: Sweep) -> Results | None:
    """Return the recorded results of the replication of a sweep.

    Of the baseline's tested candidates, those are shown that a member is compared with; all of
    them if no member was tested.

    Args:
        sweep: sweep with its floors and baseline.

    Returns:
        None if nothing was tested.

    Raises:
        StorageError: a record cannot be read.
    """
    folder = replication_folder(sweep)
    baseline = replication_folder(sweep.baseline) if sweep.baseline else None
    tests = test_record.read(folder)
    base_tests = test_record.read(baseline) if baseline else []
    members = [system for system in systems(folder) if system.seeds]
    bases = bases_of([s.name for s in members], read_choices(folder), base_tests)
    used = {base.name for base in bases.values()}
    base_systems = [s for s in systems(baseline) if not used or s.name in used] if baseline else []
    if not members and not base_systems:
        return None
    shown = {system.name for system in (*base_systems, *members)}
    return Results(
        tests=[test for test in (*base_tests, *tests) if test.name in shown],
        systems=[*base_systems, *members],
        bases=bases,
        looks=Looks.of([base_tests, tests]),
        speaker_metrics=SpeakerMetrics(sweep.space.task, sweep.facts.inputs.corpus.level_threshold),
    )


def member_tests(sweep: Sweep, point: Point) -> list[RecordedTest]:
    """Return the tests of a member that gave results, in order.

    A record belongs to the member if it is of the same values, trained to the same epoch.

    Args:
        sweep: sweep of the member.
        point: the member.

    Raises:
        StorageError: the record of tests cannot be read.
    """
    records = test_record.read(replication_folder(sweep))
    return [
        record
        for record in records
        if (record.values, record.epoch) == (point.values, point.epoch) and record.seeds
    ]
