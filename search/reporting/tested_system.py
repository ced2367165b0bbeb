"""Tested systems of a comparison, and candidates without a model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from search.replication import test_record, test_tables
from search.replication.bases import Base
from search.replication.systems import System, systems
from search.replication.test_record import RecordedTest
from search.store.log import Log
from search.store.storage import Storage
from search.sweep.sweep import Sweep


@dataclass(frozen=True)
class Tested:
    """System of a comparison.

    Attributes:
        system: system with its name in the report.
        member: name in the front of the sweep; of a baseline, `baseline@epoch`, or `baseline` where
            an earlier version tested its last epoch.
        sweep: sweep of the system.
        folder: folder of the replication.
        records: recorded tests of the system.
        base: baseline that it is compared with; None for a baseline, or without one.
        baseline: name in the report of that baseline; None likewise.
        serves: sweeps of which the system is the baseline.
    """

    system: System
    member: str
    sweep: Sweep
    folder: Storage
    records: Sequence[RecordedTest]
    base: Base | None = None
    baseline: str | None = None
    serves: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Name in the report."""
        return self.system.name

    def representations(self) -> pd.DataFrame | None:
        """Return the representations in the models of one seed; None if none were kept."""
        tables = (test_tables.read_representations(self.folder, record) for record in self.records)
        return next((table for table in tables if table is not None), None)


def tested_systems(sweep: Sweep, folder: Storage) -> list[Tested]:
    """Return the systems that a replication tested and that have a seed with a model.

    Args:
        sweep: sweep of the systems.
        folder: folder of the replication.

    Raises:
        StorageError: the record or a file of predictions cannot be read.
    """
    records = test_record.read(folder)
    return [
        Tested(system, system.name, sweep, folder, [r for r in records if r.name == system.name])
        for system in systems(folder)
        if system.seeds
    ]


def lost_texts(sweep: Sweep, folder: Storage) -> Iterable[str]:
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
