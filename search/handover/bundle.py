"""From a seed of a front's member to a bundle that is known to do what the sweep logged."""

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
from search.handover.activation import activation_task_of, measure_activation
from search.handover.certainty import Measures
from search.handover.emotion import emotion_task_of, measure_emotion
from search.handover.typical_seed import Trained
from search.sweep import provenance
from search.sweep.sweep import Sweep

TOLERANCE = 1e-3  # of metrics, which machines may compute a little differently
HANDED = ("predictor", "stage1")  # networks that predict; an adversary stays behind


class NotTheSame(ValueError):
    """A bundle does not do what the sweep logged."""


def bundle_of(
    sweep: Sweep, point: Point, seed: Trained, corpus: Corpus | RatedCorpus, data: Data, picked: str
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
        features=None if own else sweep.space.features,
        networks=networks,
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
    corpus: Corpus | RatedCorpus,
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
        found = _measure(_written(bundle, Path(place)), corpus, data, progress)
    differing = [
        f"{name} is {_shown(found[name].value)}, logged was {_shown(logged[name])}"
        for name in logged
        if name in found and not _same(found[name].value, logged[name])
    ]
    if differing:
        raise NotTheSame(f"the bundle does not do what the sweep logged: {'; '.join(differing)}")
    metrics = {name: each.to_json() for name, each in found.items()}
    return dataclasses.replace(bundle, metrics=metrics)


def _written(bundle: Bundle, place: Path) -> Predictor:
    for name, content in bundle.files().items():
        (place / name).write_bytes(content)
    return load(place)


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


def _same(found: float, logged: float | None) -> bool:
    return found != found if logged is None else abs(found - logged) <= TOLERANCE


def _shown(value: float | None) -> str:
    return "undefined" if value is None or value != value else f"{value:.6g}"
