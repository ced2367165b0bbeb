"""Hand-over of a member of a front as a bundle, which predicts without search."""

import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console

from fairser_core.features.speech_model import SpeechModel
from fairser_core.predictor import predictor_of
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.pretrained import model_files
from search.arguments.export_arguments import ExportOptions
from search.front.fresh import refutation
from search.front.front import Front
from search.front.names import BASELINE, baseline_name, point_name
from search.front.pick import pick
from search.front.point import Point
from search.handover import onnx_export as onnx_file
from search.handover.bundle import Origin, bundle_of, with_metrics
from search.handover.model_card import card
from search.handover.typical_seed import SeedModel, typical_seed
from search.presentation.wording import sentence_case
from search.replication.choices import counterpart
from search.replication.member_tests import tests_of_members
from search.replication.results import member_tests, results_of
from search.replication.unsealed import unsealed_text
from search.store.local_storage import LocalStorage
from search.store.lock import locked
from search.store.results_folder import open_storage
from search.sweep.inputs import inputs_of
from search.sweep.opening import opened
from search.sweep.stage1 import on_stage1
from search.sweep.sweep import Sweep
from search.sweep.trust import PATHS, TRACKING, trusted_options
from search.terminal.command_names import typed
from search.terminal.console import say
from search.terminal.progress_bar import counting
from search.verdict.subject import subject_of
from search.verdict.verdict import Kind, Verdict, picked_text, verdict

CARD = "README.md"
EXPORTS = "exports"
AGAINST = (Kind.USELESS, Kind.REFUTED)
"""Verdicts on which no member is handed over."""
ANYWAY = "--anyway writes a member all the same"


class Refused(ValueError):
    """A member that the verdict is against is not handed over."""


def run(options: ExportOptions, console: Console) -> None:
    """Run the command."""
    results = open_storage(options.results)
    sweep = opened(options.sweep, results)
    check_pretrained(sweep, options)
    reaching = (*PATHS, *TRACKING) if options.register else PATHS
    kept = trusted_options(sweep.facts, sweep.folder, options.given, reaching, console)
    tests = tests_of_members(sweep)
    judged = verdict(sweep.front(), subject_of(sweep, tests))
    if judged.kind in AGAINST and not options.anyway:
        raise Refused(f"sweep {sweep.name!r} is {judged.text} {ANYWAY}")
    if unsealed := unsealed_text(sweep):
        say(console, unsealed, style="yellow")
    say(console, judged.text, wrap=True)
    point = pick(sweep.front(), options.pick, options.tolerance)
    name, against = point_name(point), objection(sweep.front(), point, judged)
    if against and not options.anyway:
        raise Refused(f"{name} is not written: {against}. {ANYWAY}")
    say(
        console,
        picked_text(sweep.front(), options.pick, point, tests.get(name), options.tolerance),
        wrap=True,
    )
    words = f"{name}: {against}." if against else verdict_on_member(judged, name)
    bundle, pretrained = bundle_from(sweep, point, options, words, console)
    out = (
        open_storage(options.out)
        if options.out
        else sweep.folder.folder(f"{EXPORTS}/{point_name(point)}")
    )
    files = {**bundle.files(), CARD: card(bundle).encode()}
    if options.with_pretrained and pretrained:
        say(console, terms(pretrained), style="yellow", wrap=True)
        files = {**model_files(pretrained), **files}  # a bundle is whole once it is described
    if options.onnx:
        files[onnx_file.NAME] = onnx_file.onnx_file(predictor_of(bundle))
    for file, content in files.items():
        out.write(file, content)
    say(console, f"bundle  {out.where()}")
    if isinstance(out, LocalStorage):
        needed = pretrained is not None and not options.with_pretrained
        model = " --pretrained FOLDER" * needed
        say(console, f"predict {typed('predict')} {shlex.quote(out.uri)} FILES...{model}")
    if options.register:  # MLflow takes a second to import
        from search.tracking.registry import alias_of, register, store_variables
        from search.tracking.sweep_run import store_address

        address = store_address(kept.tracking_uri, results)
        with locked(sweep.folder.folder(EXPORTS), f"registration of {sweep.name}", wait=True):
            model = register(files, address, sweep, alias_of(options.pick))
        variables = store_variables(address.uri)
        names = " ".join(f"{name}={shlex.quote(uri)}" for name, uri in variables.items())
        say(console, f"serve   {names} {serving(model)}")


def check_pretrained(sweep: Sweep, options: ExportOptions) -> None:
    """Raise a ValueError unless the options go with the features that a sweep learned from."""
    model = sweep.facts.inputs.pretrained
    if model and model.fairseq:
        raise ValueError(
            f"sweep {sweep.name} learned from vq-wav2vec, which a bundle cannot compute: only "
            "sweeps on MFCCs, speech models in folders or features of the corpus are handed over"
        )
    if options.with_pretrained and not model:
        raise ValueError(
            f"sweep {sweep.name} learned from no pretrained model: leave --with-pretrained out"
        )
    if options.register and model and not options.with_pretrained:
        raise ValueError(
            "MLflow serves a bundle only with all that it needs: add --with-pretrained, or leave "
            "--register out"
        )


def terms(model: SpeechModel) -> str:
    """Return a sentence on the terms under which a bundle with a speech model is passed on."""
    folder = model.folder
    declared = f"is under {folder.licence}" if folder.licence else "declares no licence"
    return (
        f"the bundle holds {folder.path.resolve().name}, which {declared}: pass it on only as its "
        "terms allow"
    )


def verdict_on_member(judged: Verdict, name: str) -> str:
    """Return the verdict on a sweep, after a sentence if another member was chosen.

    Args:
        judged: verdict on the sweep.
        name: name of the member.
    """
    taken = judged.member and point_name(judged.member)
    if taken in (None, name):
        return judged.text
    first = f"this is {name}, and not {taken}, which the verdict on its sweep takes."
    return f"{first} {sentence_case(judged.text)}"


def objection(front: Front, point: Point, judged: Verdict) -> str:
    """Return why a member should not be used; empty if nothing is against it."""
    if judged.kind is Kind.USELESS:
        return judged.sentences[0].rstrip(".")
    refuted = refutation(front, point)
    return f"fresh seeds refuted it ({refuted})" if refuted else ""


def serving(model: str) -> str:
    """Return the command that serves a model, also where this environment is not activated.

    MLflow starts its server, uvicorn, by name.

    Args:
        model: URI of the model in MLflow.
    """
    arguments = f"models serve -m {shlex.quote(model)} --env-manager local"
    if shutil.which("mlflow") and shutil.which("uvicorn"):
        return f"mlflow {arguments}"
    programs = shlex.quote(str(Path(sys.executable).parent))
    return f'PATH={programs}:"$PATH" {programs}/mlflow {arguments}'


def bundle_from(
    sweep: Sweep,
    point: Point,
    options: ExportOptions,
    words: str,
    console: Console,
) -> tuple[Bundle, SpeechModel | None]:
    """Return the bundle of a member, checked against the metrics that the sweep logged.

    With it comes the speech model that it learned from, if it learned from one.

    Args:
        sweep: sweep with its floors and baseline.
        point: member of the sweep's front.
        options: options of the command.
        words: verdict on the sweep, or what is against the member.
        console: console that shows the progress.

    Raises:
        SweepChanged: corpus or features are not as they were.
        BundleMismatch: the bundle gives other metrics.
        StorageError: the record of tests cannot be read.
    """
    seed = typical_seed(sweep, point)
    show_seed(point, seed, console)
    origin = origin_of(sweep, point, seed, options, words)
    inputs = inputs_of(sweep.head, console)
    corpus, data = inputs.corpus, on_stage1(sweep.head, inputs.data)
    pretrained = inputs.pretrained if isinstance(inputs.pretrained, SpeechModel) else None
    bundle = bundle_of(origin, corpus, data, pretrained)
    with counting("predicting validation utterances", console) as progress:
        bundle = with_metrics(bundle, corpus, data, seed.metrics, progress, pretrained)
    say(console, "its metrics on the validation utterances equal those that the sweep logged")
    return bundle, pretrained


def show_seed(point: Point, seed: SeedModel, console: Console) -> None:
    """Print which seed's model of a member is handed over."""
    count = len(point.seeds)
    which = f"seed {seed.seed} of its {count}" if count > 1 else f"its one seed, {seed.seed}"
    which += f", of trial {seed.trial}"
    say(console, f"{point_name(point)}: {which}")
    if not seed.bound:
        say(
            console,
            "its file does not state its trial, as an earlier fairser wrote it: only its metrics "
            "are compared with the log",
            style="yellow",
        )


def origin_of(
    sweep: Sweep,
    point: Point,
    seed: SeedModel,
    options: ExportOptions,
    words: str,
) -> Origin:
    """Return the origin of a bundle, with the member's tests and the baseline's candidate.

    Args:
        sweep: sweep with its floors and baseline.
        point: member of the sweep's front.
        seed: seed of the member.
        options: options of the command.
        words: verdict on the sweep, or what is against the member.

    Raises:
        StorageError: the record of tests cannot be read.
    """
    front, policy = sweep.front(), sweep.policy
    name, means = BASELINE, policy.baseline
    chosen = counterpart(front, options.pick, options.tolerance)
    if chosen:
        (candidate,) = [p for p in front.baseline_points if p.epoch == chosen.epoch]
        name, means = baseline_name(chosen.epoch), candidate.metrics
    tests = member_tests(sweep, point)
    results = results_of(sweep) if tests else None
    return Origin(
        sweep=sweep,
        point=point,
        seed=seed,
        picked=options.pick,
        verdict=words,
        tests=[{"time": test.time, "seeds": len(test.seeds)} for test in tests],
        results=results.of_member(tests[0].name) if results else None,
        baseline=name,
        baseline_means=means,
    )
