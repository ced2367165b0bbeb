"""Test of replicated candidates: the only module that reads test data."""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.console import Console

from fairser_core.datasets.data import Data
from fairser_core.lanes.lanes import tree_map
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.training.evaluation import evaluate
from search.replication import test_record
from search.replication.replication import Replication
from search.replication.test_record import RecordedTest
from search.space.space import Space
from search.store.trials import TrialRecord, trial_folder
from search.sweep.provenance import command
from search.tasks.any_corpus import AnyCorpus
from search.tasks.tasks import TASKS
from search.terminal.progress_bar import counting


def untested(replication: Replication) -> list[tuple[str, TrialRecord]]:
    """Return the trained trials whose models were never tested, each with its candidate's name."""
    tested = {test.trial for test in test_record.read(replication.folder)}
    return [
        (candidate.name, trial)
        for candidate in replication.candidates
        for trial in replication.trained_trials(candidate)
        if trial.number not in tested
    ]


def record_tests(replication: Replication, make_arrays: Callable[[], Data]) -> None:
    """Test the untested models of a replication, each once, and record the results.

    The log states that a test begins before the models see test data.

    Args:
        replication: replication that trained the models.
        make_arrays: maker of arrays that evaluate the test split; called only if a model is
            untested.

    Raises:
        StorageError: a model or the record cannot be read.
    """
    trials = untested(replication)
    if not trials:
        return
    data = make_arrays()
    for name, trial in trials:
        _test(replication, name, trial, data)


def test_arrays(data: Data, corpus: AnyCorpus, space: Space, console: Console) -> Data:
    """Return a task's arrays with the test split as the evaluated one, which no search reads.

    Args:
        data: arrays of the training.
        corpus: corpus of the arrays.
        space: space of the sweep.
        console: console that shows the progress.
    """
    with counting("features of the test split", console) as progress:
        asking: Data = TASKS[space.task].test_data(
            corpus, data, space.features, space.task_settings, progress
        )
        return asking


def _test(replication: Replication, name: str, trial: TrialRecord, data: Data) -> None:
    space = replication.sweep.space
    networks, record = replication.sweep.model(trial, len(trial.epochs)).networks, trial.epochs[-1]
    lanes = zip(*(record.lanes[objective] for objective in space.objectives), strict=True)
    sound = [None not in values for values in lanes]
    seeds = [seed for seed, whole in zip(trial.seeds, sound, strict=True) if whole]
    method = make(METHODS[space.method], {**space.fixed, **trial.values})
    first = next(iter(next(iter(networks.values())).values()))
    rows = torch.from_numpy(np.repeat(sound, len(first) // len(trial.seeds)))
    begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    replication.sweep.log.asking(trial.number, name, seeds, begun)
    evaluation = evaluate(method, data, tree_map(lambda tensor: tensor[rows], networks), seeds)
    folder = trial_folder(trial.number)
    # Figures show one seed: a candidate's further seeds keep no representations.
    kept = any(
        test.name == name and test.representations_file
        for test in test_record.read(replication.folder)
    )
    representations = None if kept else evaluation.representations
    test = RecordedTest(
        name=name,
        trial=trial.number,
        values=trial.values,
        epoch=trial.limit,
        seeds=seeds,
        diverged=[seed for seed in trial.seeds if seed not in seeds],
        metrics={
            metric: [float(value) if math.isfinite(value) else None for value in values]
            for metric, values in evaluation.metrics.items()
        },
        predictions_file=f"{folder}/test.parquet",
        time=begun,
        command=command(),
        representations_file="" if representations is None else f"{folder}/represented.parquet",
    )
    test_record.add(replication.folder, test, evaluation.predictions, representations)
