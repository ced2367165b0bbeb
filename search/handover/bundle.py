"""A seed of a front's member as a bundle, checked against the metrics that the sweep logged."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fairser_core.datasets.data import Data
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.speech_model import SpeechModel
from fairser_core.methods import METHODS
from fairser_core.methods.settings import make
from fairser_core.predictor import Predictor, load
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.pretrained import PretrainedModel
from fairser_core.temporary import temporary_folder
from search.front.names import BASELINE, point_name
from search.front.point import Point
from search.handover.certainty import certain
from search.handover.typical_seed import SeedModel
from search.sweep import provenance
from search.sweep.sweep import Sweep
from search.tasks.any_corpus import AnyCorpus
from search.tasks.tasks import TASKS

TOLERANCE = 1e-3  # of metrics: machines differ a little in rounding
NETWORKS = ("predictor", "stage1")  # networks that predict; an adversary is not exported


class BundleMismatch(ValueError):
    """Error of a bundle whose metrics differ from those that the sweep logged."""


@dataclass(frozen=True)
class Origin:
    """Where a bundle comes from.

    Attributes:
        sweep: as `opening.opened` opens it.
        point: the member of its front.
        seed: of the member.
        picked: how the member was chosen.
        verdict: verdict on the sweep, or what is against the member.
        tests: of the member on test data, in order: `time` in UTC, and number of `seeds`.
        results: of these tests, as `Results.of_member` gives them; None if it was not tested.
        baseline: name of the baseline's candidate by the same rule, or `baseline`.
        baseline_means: metrics of the same on validation data; empty without a baseline.
    """

    sweep: Sweep
    point: Point
    seed: SeedModel
    picked: str
    verdict: str = ""
    tests: Sequence[Mapping[str, Any]] = ()
    results: Mapping[str, Any] | None = None
    baseline: str = BASELINE
    baseline_means: Mapping[str, float] = field(default_factory=dict)


def bundle_of(
    origin: Origin, corpus: AnyCorpus, data: Data, pretrained: SpeechModel | None = None
) -> Bundle:
    """Return the bundle of a seed, not measured yet.

    Args:
        origin: of the bundle.
        corpus: that it learned from.
        data: arrays made of the corpus.
        pretrained: speech model that it learned from; None without one.
    """
    sweep, point, seed = origin.sweep, origin.point, origin.seed
    features: MfccSettings | PretrainedModel | None = sweep.space.features
    if "features" in corpus.utterances:
        features = None
    elif pretrained:
        features = PretrainedModel.of(pretrained)
    settings: dict[str, Any] = {**sweep.space.fixed, **point.values}
    method = make(METHODS[sweep.space.method], settings)
    networks = {name: seed.networks[name] for name in NETWORKS if name in seed.networks}
    task = TASKS[sweep.space.task].specification(corpus, data, sweep.space.task_settings, method)
    return Bundle(
        method=method,
        task=task,
        features=features,
        networks=task.networks_of_seed(networks),
        metrics={},
        provenance=_provenance(origin),
    )


def _provenance(origin: Origin) -> dict[str, Any]:
    sweep, point, seed = origin.sweep, origin.point, origin.seed
    facts, now = sweep.facts, provenance.git_state()
    return {
        "sweep": sweep.name,
        "id": facts.id,
        "space": sweep.space.name,
        "objectives": list(sweep.space.objectives),
        "member": point_name(point),
        "picked": origin.picked,
        "verdict": origin.verdict,
        "tests": [dict(test) for test in origin.tests],
        "results": origin.results,
        "trial": seed.trial,
        "epoch": seed.epoch,
        "seed": seed.seed,
        "seeds": point.seeds,
        "values": point.values,
        "member_means": point.metrics,
        "fresh_means": point.check,
        "baseline": origin.baseline,
        "baseline_means": dict(origin.baseline_means),
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
    corpus: AnyCorpus,
    data: Data,
    logged: Mapping[str, float | None],
    progress: Callable[[int, int], None] | None = None,
    pretrained: SpeechModel | None = None,
) -> Bundle:
    """Return the bundle with its metrics on the validation utterances, read from their files.

    The bundle is written, read and asked as its users will do it.

    Args:
        bundle: not measured yet.
        corpus: that it learned from.
        data: arrays made of the corpus.
        logged: metrics that the sweep logged; None where undefined.
        progress: called with utterances done and utterances in all.
        pretrained: speech model that it learned from; None without one.

    Raises:
        BundleMismatch: metrics differ from those logged; names them.
        AudioError: a file cannot be used any more.
    """
    with temporary_folder() as folder:
        predictor = _write_and_load(bundle, folder, pretrained)
        task = TASKS[bundle.task_name]
        measured = certain(task.measurement(predictor, corpus, data, progress))
    differences = [
        f"{name} is {_text(measured[name].value)}, logged was {_text(logged[name])}"
        for name in logged
        if name in measured and not _same(measured[name].value, logged[name])
    ]
    if differences:
        raise BundleMismatch(
            f"the bundle must have the metrics that the sweep logged: {'; '.join(differences)}"
        )
    metrics = {name: metric.to_json() for name, metric in measured.items()}
    return dataclasses.replace(bundle, metrics=metrics)


def _write_and_load(bundle: Bundle, folder: Path, pretrained: SpeechModel | None) -> Predictor:
    for name, content in bundle.files().items():
        (folder / name).write_bytes(content)
    return load(folder, pretrained.folder.path if pretrained else None)


def _same(measured: float, logged: float | None) -> bool:
    return measured != measured if logged is None else abs(measured - logged) <= TOLERANCE


def _text(value: float | None) -> str:
    return "undefined" if value is None or value != value else f"{value:.6g}"
