"""Stage 1 of a sweep: the detectors that the sweep builds on, copied into its folder.

Stage 1 is chosen once. The choice is a fact of the sweep, and the parameters are a file beside it.
The sweep therefore goes on even if the sweep that trained them is deleted.
"""

import dataclasses
import hashlib
import io

import torch

from fairser_core.datasets.data import Data
from fairser_core.datasets.emotion import Emotion
from fairser_core.files.tensors import read_tensors
from fairser_core.methods import METHODS
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters
from search.front.names import point_name
from search.front.pick import PickError, pick
from search.front.point import Point
from search.front.rule_names import FAIREST_WITHIN
from search.presentation.wording import number
from search.space.load import load
from search.space.space import Space
from search.store.changes import SweepChanged
from search.store.models import kept_epochs
from search.store.seal import seal, unseal
from search.store.storage import Storage, StorageError
from search.sweep.facts import STAGE1_FILE, Stage1Facts
from search.sweep.head import SweepHead, named_by, saved_head
from search.sweep.opening import opened
from search.sweep.prerequisites import one_trial, trained
from search.sweep.sweep import Sweep


def builds_on_stage1(space: Space) -> bool:
    """Return whether a space's method takes over detectors that were trained before."""
    return bool(METHODS[space.method].builds_on)


def stage1_space(space: Space, corpus: str) -> Space:
    """Return the space of the stage 1 that is trained where none is named.

    Its settings are the fixed ones of its space and the defaults of its method. The configurations
    that its space tries first are the paper's grid, which is far from the best.

    Args:
        space: space of the sweep that builds on it.
        corpus: name of the corpus, as on the command line.
    """
    stage1 = load(METHODS[space.method].builds_on, corpus)
    stage1 = dataclasses.replace(stage1, features=space.features, task_settings=space.task_settings)
    return one_trial(stage1, stage1.fixed, space.budget)


def adopt(head: SweepHead, source: Sweep, point: Point | None = None) -> SweepHead:
    """Copy a member of the front of a sweep of detectors into the sweep that builds on it.

    Args:
        head: head of the sweep that builds on it.
        source: sweep of detectors.
        point: member of the front; by default the one that `fairest-within` picks.

    Returns:
        The head, with the choice among its facts.

    Raises:
        SweepChanged: the detectors were trained on another corpus or other features.
        PrerequisiteFailed: the detectors' training failed.
        StorageError: the detectors' models cannot be read.
    """
    if point is None:
        trained(source, "stage 1", "representation to build on")
        point = pick(source.front(), FAIREST_WITHIN)
    when = f"when stage 1 was trained, the sweep {source.name}"
    head.facts.inputs.check_against(source.facts.inputs, when)
    trials, parameters = _models(source, point)
    buffer = io.BytesIO()
    torch.save(parameters, buffer)
    head.folder.write(STAGE1_FILE, seal(buffer.getvalue()))
    stage1 = Stage1Facts(
        sweep=source.name,
        id=source.facts.id,
        method=source.space.method,
        member=point_name(point),
        trials=trials,
        epoch=point.epoch,
        values={**source.space.fixed, **point.values},
        metrics={name: point.metrics[name] for name in source.space.objectives},
        digest=digest(parameters),
    )
    return head.with_facts(stage1=stage1)


def _models(source: Sweep, point: Point) -> tuple[list[int], Parameters]:
    """Return the trials of a front's member whose models are kept, and their detectors."""
    first, *others = point.trials
    kept = [trial for trial in others if point.epoch in kept_epochs(source.folder, trial)]
    trials = [first, *kept]
    models = [
        source.model(source.log.trials[trial], point.epoch).networks["predictor"]
        for trial in trials
    ]
    return trials, {name: torch.cat([model[name] for model in models]) for name in models[0]}


def digest(parameters: Parameters) -> str:
    """Return a digest of parameters: of their names, shapes, types and values."""
    sha = hashlib.sha256()
    for name, value in sorted(parameters.items()):
        sha.update(f"{name} {list(value.shape)} {value.dtype}".encode())
        sha.update(value.contiguous().numpy().tobytes())
    return sha.hexdigest()[:16]


def stage1_text(chosen: Stage1Facts) -> str:
    """Return the stage 1 that a sweep builds on, in words."""
    metrics = ", ".join(f"{name} {number(value)}" for name, value in chosen.metrics.items())
    return (
        f"stage 1 is {chosen.sweep}/{chosen.member}, of method {chosen.method}, frozen: {metrics}"
    )


def on_stage1(head: SweepHead, data: Data) -> Data:
    """Return the arrays that a sweep learns from: with its stage 1, if it builds on one.

    Args:
        head: head of the sweep.
        data: arrays without stage 1.

    Raises:
        StorageError: the copy of stage 1 is gone or torn, or is no model; names the file.
        SweepChanged: the copy is not the stage 1 that was chosen.
    """
    chosen = head.facts.stage1
    if chosen is None:
        return data
    assert isinstance(data, Emotion)
    content, source = head.folder.read(STAGE1_FILE), head.folder.where(STAGE1_FILE)
    if content is None:
        raise StorageError(f"there is no {source}: the copy of stage 1 that this sweep builds on")
    body = unseal(content, source)
    try:
        parameters = read_tensors(body)
        copied = digest(parameters)
        _, latent, hidden = parameters["latent.weight"].shape
    except Exception as error:  # whatever a forged file makes its readers raise
        raise StorageError(f"{source} is no model of stage 1: {error}") from error
    if copied != chosen.digest:
        raise SweepChanged(
            f"{source} is not the stage 1 chosen: its digest is {copied}, not {chosen.digest}"
        )
    # Stage 1 is not trained any more, so nothing is dropped out.
    net = Dnn(features=data.problem.features, hidden=hidden, latent=latent, dropout=0.0)
    problem = dataclasses.replace(data.problem, stage1=net)
    return dataclasses.replace(data, problem=problem, stage1=parameters)


class Stage1Error(ValueError):
    """Error of a named sweep or member that cannot be stage 1."""


def named_stage1(space: Space, given: str, results: Storage) -> tuple[Sweep, Point]:
    """Return the sweep that `--stage1` names, and the member of its front that is named or picked.

    Args:
        space: space of the sweep that builds on it.
        given: SWEEP, from whose front `fairest-within` picks, or SWEEP/TRIAL@EPOCH.
        results: folder of all sweeps.

    Raises:
        Stage1Error: the space's method does not build on detectors, the sweep trains none, or
            there is no such member.
        NoSuchSweep: there is no such sweep.
        NotBegun: the sweep was stopped before its baseline was trained.
    """
    if not builds_on_stage1(space):
        builders = " or ".join(repr(name) for name, kind in METHODS.items() if kind.builds_on)
        raise Stage1Error(
            f"--stage1 goes with spaces of method {builders}, {space.name} is of {space.method!r}"
        )
    sweep_name, _, member = given.partition("/")
    with named_by("--stage1"):
        method = saved_head(results, sweep_name).space.method
    detecting = [name for name, kind in METHODS.items() if kind.hands_over_detectors]
    if method not in detecting:
        raise Stage1Error(
            f"--stage1 takes a sweep of a method that detects emotions ({', '.join(detecting)}), "
            f"{sweep_name!r} is of {method}"
        )
    sweep = opened(sweep_name, results)
    try:
        return sweep, pick(sweep.front(), member or FAIREST_WITHIN)
    except PickError as error:
        raise Stage1Error(f"--stage1 {given}: {error}") from None
