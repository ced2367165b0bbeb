"""Trainable for Ray Tune: one trial, the training of one configuration's lanes."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from ray import tune

from fairser_core.datasets.data import Data
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.metrics.lane_summary import summary
from fairser_core.training.fit import Epoch, fit
from search.front.configurations import counted
from search.ray_tune.model_keeper import ModelKeeper
from search.store import snapshots
from search.store.models import save_model
from search.store.results_folder import open_existing
from search.store.seal import Place
from search.store.snapshots import Snapshot
from search.store.storage import StorageError
from search.store.trials import EpochRecord

SNAPSHOT_SECONDS = 5.0  # of training between snapshots
USABLE = (
    0.9  # share of a GPU's memory that trials may fill; each process takes some for CUDA itself
)


def record_of(epoch: Epoch) -> EpochRecord:
    """Return an epoch's record: an undefined value is None per lane and absent as a mean."""
    return EpochRecord(
        epoch=epoch.number,
        metrics=summary(epoch.metrics),
        lanes={
            name: [float(v) if math.isfinite(v) else None for v in values]
            for name, values in epoch.metrics.items()
        },
        terms={n: v for n, v in summary(epoch.terms).items() if not n.endswith("_sd")},
        seconds=round(epoch.seconds, 4),
    )


def report_of(record: EpochRecord) -> dict[str, str]:
    """Return a record as Ray Tune carries it: one string, since it takes nested results apart."""
    return {"record": record.to_json()}


def _resumption(snapshot: Snapshot | None, damaged: Sequence[str]) -> dict[str, str]:
    """Return the first report of a trial that goes on, with the epoch of its snapshot."""
    if snapshot is None:
        return {"resumed": json.dumps({"epoch": 0, "damaged": damaged})}
    resumed = json.dumps({"epoch": snapshot.record.epoch, "damaged": damaged})
    return {"resumed": resumed, **report_of(snapshot.record)}


def failure(epoch: Epoch, record: EpochRecord, names: Sequence[str]) -> str:
    """Return why an epoch cannot be counted; empty if it can.

    Args:
        epoch: epoch as trained.
        record: record of the same.
        names: metrics that count.
    """
    missing = [name for name in dict.fromkeys(names) if name not in record.metrics]
    if not missing:
        return ""
    reasons = [f"seed {s}: {r}" for s, r in zip(epoch.state.seeds, epoch.ended, strict=True) if r]
    why = "; ".join(reasons) or "no seed has a value for it"
    return f"{', '.join(missing)} undefined in epoch {epoch.number}: {why}"


def train_trial(config: Mapping[str, Any], data: Data) -> None:
    """Train one configuration and report each epoch to Ray Tune.

    Training goes on from the trial's newest whole snapshot in the results folder, if there is one.
    The snapshot's epoch is then reported again, in case the log does not hold it.

    Args:
        config: trial (number), method, settings, values, seeds, epochs, again (whether the trial
            trained before), objectives, floors (metric and least value of each), keep (models of
            the trial's `front`, or of the `last` epoch), sweep (name in its facts), folder (of the
            sweep), cpus and gpus.
        data: arrays of the task, from Ray's object store.
    """
    torch.set_num_threads(max(1, int(config["cpus"])))
    device = _device(config["gpus"])
    try:
        for report in _reports(config, data, device):
            tune.report(report)
    except StorageError as error:
        tune.report({"storage": str(error)})


def _device(gpus: float) -> str:
    """Return the device of a trial, after limiting the memory of one that has a part of a GPU.

    Args:
        gpus: GPUs of the trial. Where they are only logical, the trial runs on the CPU.
    """
    if not gpus or not torch.cuda.is_available():
        return "cpu"
    if gpus < 1:  # a trial that takes more than its share fails itself, not its neighbours
        torch.cuda.set_per_process_memory_fraction(USABLE * gpus)
    return "cuda"


def _reports(
    config: Mapping[str, Any], data: Data, device: str = "cpu"
) -> Iterator[dict[str, Any]]:
    """Yield the reports of a trial; all that an epoch leaves on disk is there before its report."""
    method = make(METHODS[config["method"]], {**config["settings"], **config["values"]})
    folder = open_existing(config["folder"])
    place = Place(config["sweep"], config["trial"], tuple(config["seeds"]))
    snapshot, damaged = snapshots.load(folder, place, device)
    if snapshot or damaged or config["again"]:
        yield _resumption(snapshot, damaged)
    keeper = (
        ModelKeeper(folder, place, config["objectives"], config["floors"])
        if config["keep"] == "feasible"
        else None
    )
    names = counted(config["objectives"], config["floors"])
    saved = time.monotonic()
    state = snapshot.state if snapshot else None
    for epoch in fit(
        method, data, config["seeds"], epochs=config["epochs"], state=state, device=device
    ):
        record = record_of(epoch)
        failed = failure(epoch, record, names)
        if failed:
            yield {"diverged": failed}
            return
        if keeper:
            keeper.offer(record, epoch.state)
        elif epoch.last:
            save_model(folder, place, record, epoch.state)
        if epoch.last or time.monotonic() - saved >= SNAPSHOT_SECONDS:
            snapshots.save(folder, place, Snapshot(epoch.state, record))
            saved = time.monotonic()
        yield report_of(record)
