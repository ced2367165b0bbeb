"""Bundle of a seed of a front's member, checked to have the metrics that the sweep logged."""

import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.datasets.activation import Activation
from fairser_core.datasets.emotion import Emotion
from fairser_core.lanes.lanes import take
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.predictor import Predictor, load
from fairser_core.predictor.activation import ActivationPredictor
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.specification import ActivationTask, EmotionTask
from fairser_core.tasks.choice import Data
from search.front.front import Point
from search.front.names import point_name
from search.handover.activation import Measures, activation_task_of, measure_activation
from search.handover.emotion import emotion_task_of, measure_emotion
from search.handover.typical_seed import SeedModel
from search.sweep import provenance
from search.sweep.sweep import Sweep

TOLERANCE = 1e-3  # of metrics: machines differ a little in rounding
NETWORKS = ("predictor", "stage1")  # networks that predict; an adversary is not exported


class BundleMismatch(ValueError):
    """Error of a bundle whose metrics differ from those that the sweep logged."""


def bundle_of(
    sweep: Sweep,
    point: Point,
    seed: SeedModel,
    corpus: Corpus | RatedCorpus,
    data: Data,
    picked: str,
) -> Bundle:
    """Return the bundle of a seed, without metrics yet.

    Args:
        sweep: sweep with its floors and baseline.
        point: member of the sweep's front.
        seed: model of a seed of the member.
        corpus: corpus that the model learned from.
        data: arrays of the corpus.
        picked: rule or name by which the member was chosen.
    """
    precomputed = "features" in corpus.utterances
    settings: dict[str, Any] = {**sweep.space.fixed, **point.values}
    networks = {name: seed.networks[name] for name in NETWORKS if name in seed.networks}
    task: ActivationTask | EmotionTask
    if isinstance(data, Emotion):
        task = emotion_task_of(data, sweep.space.vectors.pooling)
    else:
        assert isinstance(corpus, Corpus)
        task = activation_task_of(corpus, data, sweep.space.windows)
        networks = take(networks, 0)
    return Bundle(
        method=make(METHODS[sweep.space.method], settings),
        task=task,
        features=None if precomputed else sweep.space.features,
        networks=networks,
        metrics={},
        provenance=_provenance(sweep, point, seed, picked),
    )


def _provenance(sweep: Sweep, point: Point, seed: SeedModel, picked: str) -> dict[str, Any]:
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


def with_metrics(
    bundle: Bundle,
    corpus: Corpus | RatedCorpus,
    data: Data,
    logged: Mapping[str, float | None],
    progress: Callable[[int, int], None] | None = None,
) -> Bundle:
    """Return the bundle with its metrics on the validation utterances, read from their files.

    The metrics are those of the bundle as a user gets it: written to disk and read back.

    Args:
        bundle: bundle without metrics.
        corpus: corpus that the model learned from.
        data: arrays of the corpus.
        logged: metrics that the sweep logged; None where undefined.
        progress: function called with the numbers of utterances done and in all.

    Raises:
        BundleMismatch: a metric differs from the logged one; names all such metrics.
        AudioError: a file can no longer be used.
    """
    with tempfile.TemporaryDirectory() as folder:
        predictor = _write_and_load(bundle, Path(folder))
        values, intervals = _measure(predictor, corpus, data, progress)
    differences = [
        f"{name} is {_text(values[name])}, logged was {_text(logged[name])}"
        for name in logged
        if name in values and not _same(values[name], logged[name])
    ]
    if differences:
        raise BundleMismatch(
            f"the bundle must have the metrics that the sweep logged: {'; '.join(differences)}"
        )
    metrics = {}
    for name, value in values.items():
        low, high = intervals.get(name) or (None, None)
        metrics[name] = {"value": value if value == value else None, "low": low, "high": high}
    return dataclasses.replace(bundle, metrics=metrics)


def _write_and_load(bundle: Bundle, folder: Path) -> Predictor:
    for name, content in bundle.files().items():
        (folder / name).write_bytes(content)
    return load(folder)


def _measure(
    predictor: Predictor,
    corpus: Corpus | RatedCorpus,
    data: Data,
    progress: Callable[[int, int], None] | None,
) -> Measures:
    match predictor, corpus, data:
        case ActivationPredictor(), Corpus(), Activation():
            return measure_activation(predictor, corpus, data, progress)
        case EmotionPredictor(), RatedCorpus(), Emotion():
            return measure_emotion(predictor, corpus, data, progress)
    raise AssertionError("a predictor, a corpus and arrays of one task")


def _same(value: float, logged: float | None) -> bool:
    return value != value if logged is None else abs(value - logged) <= TOLERANCE


def _text(value: float | None) -> str:
    return "undefined" if value is None or value != value else f"{value:.6g}"
