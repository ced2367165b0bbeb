"""Records of a front's candidates over the validation speakers, from the models that are kept."""

import contextlib
from collections.abc import Iterator, Mapping

import pandas as pd
from rich.console import Console

from fairser_core.datasets.data import Data
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.training.evaluation import evaluate
from search.front.names import point_name
from search.front.point import Point
from search.front.speakers import read_speakers
from search.store.models import kept_epochs
from search.store.storage import Storage, StorageError
from search.store.trials import TrialRecord, trial_folder
from search.sweep.sweep import Sweep
from search.tasks.speaker_record import SpeakerRecord
from search.tasks.speaker_records import speaker_record


class DamagedModel(ValueError):
    """A kept model cannot be read."""


def record_speakers(sweep: Sweep, data: Data, console: Console) -> None:
    """Predict the validation utterances again with each member of a front, and record them.

    Members that are recorded already, with all models that are there, are not predicted again. A
    member with a damaged model has no record.

    Args:
        sweep: sweep whose trials have ended.
        data: arrays of the task.
        console: console that shows the progress.
    """
    if sweep.policy.keep != "feasible":
        return
    before, records = read_speakers(sweep.folder, sweep.facts.id), {}
    members = sweep.front().members
    for number, point in enumerate(members, start=1):
        kept, name = _kept_trials(sweep.folder, sweep.log.trials, point), point_name(point)
        seeds = [seed for trial in kept for seed in trial.seeds]
        if name in before and before[name].seeds == seeds:
            records[name] = before[name]
        elif kept:
            status = console.status(f"validation speakers: member {number} of {len(members)}")
            with status, contextlib.suppress(DamagedModel):
                records[name] = _record(sweep, point, kept, data)
    if records != before:
        sweep.keep_speakers(records)


def _kept_trials(
    folder: Storage, trials: Mapping[int, TrialRecord], point: Point
) -> list[TrialRecord]:
    """Return the trials of a candidate whose models are kept at its epoch."""
    counted = [trials[number] for number in point.trials]
    return [
        trial
        for trial in counted
        if min(point.epoch, len(trial.epochs)) in kept_epochs(folder, trial.number)
    ]


def _record(sweep: Sweep, point: Point, trials: list[TrialRecord], data: Data) -> SpeakerRecord:
    tables = list(_predictions(sweep, point, trials, data))
    first = tables[0]
    others = [table[table.columns.difference(first.columns)] for table in tables[1:]]
    corpus = sweep.facts.inputs.corpus
    return speaker_record(
        pd.concat([first, *others], axis=1),
        [seed for trial in trials for seed in trial.seeds],
        sweep.space.task,
        corpus.level_threshold,
        also=sweep.space.objectives,
    )


def _predictions(
    sweep: Sweep, point: Point, trials: list[TrialRecord], data: Data
) -> Iterator[pd.DataFrame]:
    """Yield the predictions of each trial's models at a candidate's epoch."""
    space = sweep.space
    method = make(METHODS[space.method], {**space.fixed, **point.values})
    for trial in trials:
        try:
            networks = sweep.model(trial, min(point.epoch, len(trial.epochs))).networks
        except StorageError as error:
            raise DamagedModel(str(error)) from error
        try:
            yield evaluate(method, data, networks, trial.seeds).predictions
        except ValueError as error:  # networks of another method
            where = sweep.folder.where(trial_folder(trial.number))
            raise StorageError(f"the models in {where} cannot be used: {error}") from error
