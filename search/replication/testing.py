"""The test of what was replicated: the only place that asks for test data."""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.console import Console

from fairser_core.lanes.lanes import tree_map
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.tasks.choice import Data
from fairser_core.training.evaluation import evaluate
from search.replication import test_record as examined
from search.replication.replication import Replication
from search.replication.test_record import Examined
from search.space.space import Space
from search.store.log import TrialRecord, trial_folder
from search.store.models import load_model
from search.sweep.provenance import command
from search.tasks.task import AnyCorpus
from search.tasks.tasks import TASKS
from search.terminal.progress_bar import counting


def untested(replication: Replication) -> list[tuple[str, TrialRecord]]:
    """Names and whole trials of what was chosen and never tested."""
    known = {one.trial for one in examined.read(replication.folder)}
    return [
        (one.name, trial)
        for one in replication.chosen
        for trial in replication.trained(one)
        if trial.number not in known
    ]


def examine_new(replication: Replication, asking: Callable[[], Data]) -> None:
    """Test the models that never were, each once, and record it.

    Args:
        replication: that trained them.
        asking: makes arrays that ask for test data; called only if there are such models.

    Raises:
        StorageError: a model or the record cannot be read.
    """
    left = untested(replication)
    data = asking() if left else None
    for name, trial in left:
        assert data is not None
        _examine(replication, name, trial, data)


def asking_for_test(data: Data, corpus: AnyCorpus, space: Space, console: Console) -> Data:
    """The arrays of a task as they ask for test data, which no search may see.

    Args:
        data: the arrays that were trained on.
        corpus: they were made from.
        space: of the sweep.
        console: where progress is shown.
    """
    with counting("features of the test split", console) as progress:
        asking: Data = TASKS[space.task].test_data(
            corpus, data, space.features, space.own, progress
        )
        return asking


def _examine(replication: Replication, name: str, trial: TrialRecord, data: Data) -> None:
    space = replication.sweep.space
    networks, record = load_model(replication.folder, trial.number, len(trial.epochs))
    lanes = zip(*(record.lanes[objective] for objective in space.objectives), strict=True)
    sound = [None not in values for values in lanes]
    seeds = [seed for seed, whole in zip(trial.seeds, sound, strict=True) if whole]
    method = make(METHODS[space.method], {**space.fixed, **trial.values})
    first = next(iter(next(iter(networks.values())).values()))
    rows = torch.from_numpy(np.repeat(sound, len(first) // len(trial.seeds)))
    tested = evaluate(method, data, tree_map(lambda tensor: tensor[rows], networks), seeds)
    place = trial_folder(trial.number)
    # Pictures are of one seed: further seeds of the same need not be kept for them.
    known = any(one.name == name and one.represented for one in examined.read(replication.folder))
    represented = None if known else tested.representations
    new = Examined(
        name=name,
        trial=trial.number,
        values=trial.values,
        epoch=trial.limit,
        seeds=seeds,
        diverged=[seed for seed in trial.seeds if seed not in seeds],
        metrics={
            name: [float(v) if math.isfinite(v) else None for v in values]
            for name, values in tested.metrics.items()
        },
        told=f"{place}/test.parquet",
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        command=command(),
        represented="" if represented is None else f"{place}/represented.parquet",
    )
    examined.add(replication.folder, new, tested.predictions, represented)
