"""Promises on a sweep that was interrupted.

They are checked against its log, MLflow, and an uninterrupted sweep of the same seed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import read_lines
from search.store.models import kept_epochs, load_model
from search.store.operations import Line, Operation
from search.store.seal import Place
from search.store.trials import EpochRecord, TrialRecord
from search.sweep.facts import read_facts
from tests.support.mlflow_store import mlflow_client

TAG, PARENT = "fairser.trial", "mlflow.parentRunId"


def log_lines(folder: Path) -> list[Line]:
    """Read the whole lines of a sweep's log."""
    return list(read_lines(LocalStorage(folder)))


def once(folder: Path) -> str:
    """What is lost or doubled in the log of a finished sweep; empty if nothing is."""
    single = (Operation.SUGGESTED, Operation.EPOCH, Operation.ENDED)
    count = Counter(
        (str(line.operation), line.fields["trial"], line.fields.get("epoch"))
        for line in log_lines(folder)
        if line.operation in single
    )
    doubled = [key for key, times in count.items() if times > 1]
    wrong = [f"{key} is there {count[key]} times" for key in doubled]
    for number, trial in Log(LocalStorage(folder)).trials.items():
        if [record.epoch for record in trial.epochs] != list(range(1, len(trial.epochs) + 1)):
            wrong.append(f"trial {number} lacks epochs")
        if trial.state not in ("complete", "stopped"):
            wrong.append(f"trial {number} is {trial.state}: {trial.reason}")
    return "; ".join(wrong)


def log_facts(folder: Path) -> list[Any]:
    """Return a log's facts on its trials, but for times, resumptions and failures."""
    return [
        (t.number, t.values, t.seeds, t.purpose, t.limit, t.state, t.reason, _untimed(t.epochs))
        for t in Log(LocalStorage(folder)).trials.values()
    ]


def _untimed(epochs: Sequence[EpochRecord]) -> list[Any]:
    return [(e.epoch, e.metrics, e.lanes, e.terms) for e in epochs]


def _tensors(networks: Any) -> Iterator[torch.Tensor]:
    for network in networks.values():
        yield from network.values()


def _place(folder: LocalStorage, trial: TrialRecord) -> Place:
    facts = read_facts(folder)
    assert facts
    return Place(facts.name, trial.number, tuple(trial.seeds))


def models_differ(folder: Path, other: Path) -> str:
    """Return which kept models are not equal bit for bit; empty if all are."""
    one, two = LocalStorage(folder), LocalStorage(other)
    wrong = []
    for number, trial in Log(one).trials.items():
        kept = kept_epochs(one, number)
        if kept != kept_epochs(two, number):
            wrong.append(f"trial {number} kept {kept}, not {kept_epochs(two, number)}")
            continue
        for epoch in kept:
            pair = [load_model(s, _place(s, trial), epoch).networks for s in (one, two)]
            tensors = zip(*map(_tensors, pair), strict=True)
            if not all(torch.equal(a, b) for a, b in tensors):
                wrong.append(f"trial {number} epoch {epoch}")
    return "; ".join(wrong)


def front(folder: Path) -> Any:
    """Return the front as it was written."""
    return json.loads((folder / "front.json").read_text())


def mlflow_differs(uri: str, name: str, folder: Path) -> str:
    """Return where MLflow's runs of a finished sweep differ from its log; empty if nowhere."""
    client = mlflow_client(uri)
    identity = json.loads((folder / "sweep.json").read_text())["id"]
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments, f"tags.`fairser.sweep` = '{identity}'")
    parents = [run for run in runs if TAG not in run.data.tags]
    trials = Log(LocalStorage(folder)).trials
    numbers = sorted(int(run.data.tags[TAG]) for run in runs if TAG in run.data.tags)
    wrong = []
    if len(parents) != 1 or numbers != sorted(trials):
        wrong.append(f"{name} has {len(parents)} runs and trials {numbers}")
    if {run.info.status for run in runs} != {"FINISHED"}:
        wrong.append(f"{name} has runs that are not finished")
    for run in runs:
        if TAG not in run.data.tags:
            continue
        trial = trials[int(run.data.tags[TAG])]
        if run.data.tags.get(PARENT) != parents[0].info.run_id:
            wrong.append(f"trial {trial.number} is not nested")
        history = client.get_metric_history(run.info.run_id, "ccc")
        values = sorted((metric.step, metric.value) for metric in history)
        if values != [(e.epoch, e.metrics["ccc"]) for e in trial.epochs]:
            wrong.append(f"trial {trial.number} of {name} has other values of ccc")
    return "; ".join(wrong)
