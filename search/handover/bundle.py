"""From a seed of a front's member to a bundle that is known to do what the sweep logged."""

import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.predictor import Predictor, load
from fairser_core.predictor.bundle import Bundle
from fairser_core.tasks.choice import Data
from search.front.front import Point
from search.front.names import point_name
from search.handover.bootstrap import intervals
from search.handover.typical_seed import Trained
from search.sweep import provenance
from search.sweep.sweep import Sweep
from search.tasks.task import AnyCorpus
from search.tasks.tasks import TASKS

TOLERANCE = 1e-3  # of metrics, which machines may compute a little differently
HANDED = ("predictor", "stage1")  # networks that predict; an adversary stays behind


class NotTheSame(ValueError):
    """A bundle does not do what the sweep logged."""


def bundle_of(
    sweep: Sweep, point: Point, seed: Trained, corpus: AnyCorpus, data: Data, picked: str
) -> Bundle:
    """The bundle of a seed, not measured yet.

    Args:
        sweep: as `opening.opened` opens it.
        point: the member of its front.
        seed: of the member.
        corpus: that it learned from.
        data: the arrays made of it.
        picked: how the member was chosen.
    """
    own = "features" in corpus.utterances
    settings: dict[str, Any] = {**sweep.space.fixed, **point.values}
    networks = {name: seed.networks[name] for name in HANDED if name in seed.networks}
    task = TASKS[sweep.space.task].specification(corpus, data, sweep.space.own)
    return Bundle(
        method=make(METHODS[sweep.space.method], settings),
        task=task,
        features=None if own else sweep.space.features,
        networks=task.networks_of_seed(networks),
        metrics={},
        provenance=_provenance(sweep, point, seed, picked),
    )


def _provenance(sweep: Sweep, point: Point, seed: Trained, picked: str) -> dict[str, Any]:
    facts, now = sweep.facts, provenance.git_state()
    return {
        "sweep": sweep.name,
        "id": facts.id,
        "space": sweep.space.name,
        "objectives": list(sweep.space.objectives),
        "member": point_name(point),
        "picked": picked,
        "trial": seed.trial,
        "epoch": seed.epoch,
        "seed": seed.seed,
        "seeds": point.seeds,
        "values": point.values,
        "member_means": point.metrics,
        "fresh_means": point.check,
        "baseline_means": dict(sweep.policy.baseline),
        "corpus": facts.inputs.corpus.to_json(),
        "versions": dict(facts.versions),
        "git": asdict(facts.git) if facts.git else None,
        "exported_with": {
            "versions": provenance.versions(),
            "git": asdict(now) if now else None,
            "command": provenance.command(),
        },
    }


def measured(
    bundle: Bundle,
    corpus: AnyCorpus,
    data: Data,
    logged: Mapping[str, float | None],
    progress: Callable[[int, int], None] | None = None,
) -> Bundle:
    """The bundle with what it does on the validation utterances, read from their own files.

    It is written, read and asked as those will do it who are given it.

    Args:
        bundle: not measured yet.
        corpus: that it learned from.
        data: the arrays made of it.
        logged: what the sweep says it does; None where that is undefined.
        progress: called with utterances done and utterances in all.

    Raises:
        NotTheSame: it does something else; names the metrics.
        AudioError: a file cannot be used any more.
    """
    with tempfile.TemporaryDirectory() as place:
        predictor = _written(bundle, Path(place))
        task = TASKS[bundle.task_name]
        found = task.measurement(predictor, corpus, data, progress)
    values = {name: float(value) for name, value in found.measure(None).items()}
    ends = intervals(found.measure, found.owner, resamples=found.resamples)
    differing = [
        f"{name} is {_shown(values[name])}, logged was {_shown(logged[name])}"
        for name in logged
        if name in values and not _same(values[name], logged[name])
    ]
    if differing:
        raise NotTheSame(f"the bundle does not do what the sweep logged: {'; '.join(differing)}")
    metrics = {}
    for name, value in values.items():
        low, high = ends.get(name) or (None, None)
        metrics[name] = {"value": value if value == value else None, "low": low, "high": high}
    return dataclasses.replace(bundle, metrics=metrics)


def _written(bundle: Bundle, place: Path) -> Predictor:
    for name, content in bundle.files().items():
        (place / name).write_bytes(content)
    return load(place)


def _same(found: float, logged: float | None) -> bool:
    return found != found if logged is None else abs(found - logged) <= TOLERANCE


def _shown(value: float | None) -> str:
    return "undefined" if value is None or value != value else f"{value:.6g}"
