"""Command that hands a member of a front over as a bundle, which predicts without search.

python search/export.py SWEEP
"""

import argparse
import shlex
import sys
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from fairser_core.features.speech_model import SpeechModel
from fairser_core.predictor import predictor_of
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.pretrained import PretrainedModel
from search.arguments.run_options import RESULTS
from search.arguments.search_arguments import split_address
from search.arguments.shared_arguments import (
    result_arguments,
    tolerance_argument,
    trust_argument,
)
from search.front.fresh import refutation
from search.front.front import Front
from search.front.names import BASELINE, baseline_name, point_name
from search.front.pick import DEFAULT, FAIREST_WITHIN, TOLERANCE, pick
from search.front.point import Point
from search.handover import onnx_export as onnx_file
from search.handover.bundle import Origin, bundle_of, with_metrics
from search.handover.model_card import card
from search.handover.typical_seed import SeedModel, typical_seed
from search.replication.choices import counterpart
from search.replication.member_tests import tests_of_members
from search.replication.results import member_results, member_tests
from search.store.local_storage import LocalStorage
from search.store.lock import locked
from search.store.results_folder import open_storage
from search.sweep.inputs import inputs_of
from search.sweep.opening import opened
from search.sweep.prerequisites import saved_baseline
from search.sweep.stage1 import on_stage1
from search.sweep.sweep import Sweep
from search.sweep.trust import PATHS, TRACKING, trusted_options
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say
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


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    commands = command_line(
        typed("export"),
        "Write a member of a sweep's front as a bundle: a folder with its parameters, "
        "all that is needed to predict with them, and a model card. A bundle is written only if "
        "its metrics on the validation utterances equal those that the sweep logged.",
        ("SWEEP", "SWEEP --pick 12@24 --out DIR", "SWEEP --register --onnx"),
        ("candidate", "fresh seeds", "baseline"),
    )
    commands.add_argument("sweep", metavar="SWEEP", help="its name or its folder")
    commands.add_argument(
        "--pick",
        metavar="RULE|TRIAL@EPOCH",
        help=f"member to write: {FAIREST_WITHIN}, the fairest within the tolerance of the "
        "baseline's accuracy; knee, the farthest below the line through the front's extremes; "
        f"fairest; most-accurate; or a name from the front's table (default: {DEFAULT})",
    )
    tolerance_argument(commands)
    commands.add_argument(
        "--anyway",
        action="store_true",
        help="write it also if fresh seeds refuted it, or the baseline learned nothing; the card "
        "says so",
    )
    commands.add_argument(
        "--out",
        metavar="DIR",
        help="folder or URI to write to (default: exports/TRIAL@EPOCH in the sweep's folder)",
    )
    commands.add_argument(
        "--onnx",
        action="store_true",
        help="also write the network as model.onnx, for programs without torch; needs the extra "
        "`onnx`",
    )
    commands.add_argument(
        "--register",
        action="store_true",
        help="also log the bundle in MLflow under the sweep's run, and register it as a version "
        "of the model SWEEP with the pick as its alias",
    )
    trust_argument(result_arguments(commands))
    return commands


@dataclass(frozen=True)
class ExportOptions:
    """Options of the command.

    Attributes:
        sweep: name of the sweep.
        results: folder or URI that holds all sweeps.
        pick: rule, or name of a member of the front.
        tolerance: accuracy that `fairest-within` may give up.
        anyway: whether a member is written that the verdict is against.
        out: folder or URI to write to; None for the default.
        onnx: whether to write model.onnx too.
        register: whether to register the bundle in MLflow.
        tracking_uri: MLflow's; None for the sweep's own.
        trust_folder: whether hosts and paths that the sweep's folder names are accepted.
    """

    sweep: str
    results: str
    pick: str = DEFAULT
    tolerance: float = TOLERANCE
    anyway: bool = False
    out: str | None = None
    onnx: bool = False
    register: bool = False
    tracking_uri: str | None = None
    trust_folder: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """Options in place of the sweep's own, by name."""
        given: dict[str, Any] = {"trust_folder": True} if self.trust_folder else {}
        return given | ({"tracking_uri": self.tracking_uri} if self.tracking_uri else {})


def parse(argv: list[str] | None) -> ExportOptions:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    given = parsed(parser(), argv)
    name, results = split_address(given.pop("sweep"), given.pop("results", None))
    return ExportOptions(name, results or RESULTS, **given)


def run(options: ExportOptions, console: Console) -> None:
    """Run the command."""
    results = open_storage(options.results)
    sweep = opened(options.sweep, results)
    reaching = (*PATHS, *TRACKING) if options.register else PATHS
    kept = trusted_options(sweep.facts, sweep.folder, options.given, reaching, console)
    baseline = saved_baseline(sweep.head, results)
    tests = tests_of_members(sweep, baseline)
    judged = verdict(sweep.front(), subject_of(sweep, tests))
    if judged.kind in AGAINST and not options.anyway:
        raise Refused(f"sweep {sweep.name!r} is {judged.text} {ANYWAY}")
    point = pick(sweep.front(), options.pick, options.tolerance)
    name, against = point_name(point), objection(sweep.front(), point, judged)
    if against and not options.anyway:
        raise Refused(f"{name} is not written: {against}. {ANYWAY}")
    say(console, f"{options.pick} picks {picked_text(sweep.front(), point, tests.get(name))}")
    words = f"{name}: {against}." if against else judged.text
    bundle = bundle_from(sweep, baseline, point, options, words, console)
    if options.register and isinstance(bundle.features, PretrainedModel):
        raise ValueError(
            f"{bundle.features.name} lies outside the bundle, so that MLflow could not serve it: "
            "leave --register out"
        )
    out = (
        open_storage(options.out)
        if options.out
        else sweep.folder.folder(f"{EXPORTS}/{point_name(point)}")
    )
    files = {**bundle.files(), CARD: card(bundle).encode()}
    if options.onnx:
        files[onnx_file.NAME] = onnx_file.onnx_file(predictor_of(bundle))
    for file, content in files.items():
        out.write(file, content)
    say(console, f"bundle  {out.where()}")
    if isinstance(out, LocalStorage):
        model = " --pretrained FOLDER" * isinstance(bundle.features, PretrainedModel)
        say(console, f"predict {typed('predict')} {shlex.quote(out.uri)} FILES...{model}")
    if options.register:  # MLflow takes a second to import
        from search.tracking.registry import alias_of, register, store_variables
        from search.tracking.sweep_run import store_address

        address = store_address(kept.tracking_uri, results)
        with locked(sweep.folder.folder(EXPORTS), f"registration of {sweep.name}", wait=True):
            model = register(files, address, sweep, alias_of(options.pick))
        serve = f"mlflow models serve -m {shlex.quote(model)} --env-manager local"
        variables = store_variables(address.uri)
        names = " ".join(f"{name}={shlex.quote(uri)}" for name, uri in variables.items())
        say(console, f"serve   {names} {serve}")


def objection(front: Front, point: Point, judged: Verdict) -> str:
    """Return why a member should not be used; empty if nothing is against it."""
    if judged.kind is Kind.USELESS:
        return judged.sentences[0].rstrip(".")
    refuted = refutation(front, point)
    return f"fresh seeds refuted it, {refuted}" if refuted else ""


def bundle_from(
    sweep: Sweep,
    baseline: Sweep | None,
    point: Point,
    options: ExportOptions,
    words: str,
    console: Console,
) -> Bundle:
    """Return the bundle of a member, checked against the metrics that the sweep logged.

    Args:
        sweep: sweep with its floors.
        baseline: sweep that trained the baseline; None without a baseline.
        point: member of the sweep's front.
        options: options of the command.
        words: verdict on the sweep, or what is against the member.
        console: console that shows the progress.

    Raises:
        ValueError: the sweep learned from vq-wav2vec.
        SweepChanged: corpus or features are not as they were.
        BundleMismatch: the bundle gives other metrics.
        StorageError: the record of tests cannot be read.
    """
    if sweep.facts.inputs.pretrained and sweep.space.task_settings.get("vectors"):
        raise ValueError(
            f"sweep {sweep.name} learned from vq-wav2vec, which a bundle cannot compute: only "
            "sweeps on MFCCs or on features of the corpus are handed over"
        )
    seed = typical_seed(sweep, point)
    show_seed(point, seed, console)
    origin = origin_of(sweep, baseline, point, seed, options, words)
    inputs = inputs_of(sweep.head, console)
    corpus, data = inputs.corpus, on_stage1(sweep.head, inputs.data)
    pretrained = inputs.pretrained if isinstance(inputs.pretrained, SpeechModel) else None
    bundle = bundle_of(origin, corpus, data, pretrained)
    with counting("predicting validation utterances", console) as progress:
        bundle = with_metrics(bundle, corpus, data, seed.metrics, progress, pretrained)
    say(console, "its metrics on the validation utterances equal those that the sweep logged")
    return bundle


def show_seed(point: Point, seed: SeedModel, console: Console) -> None:
    """Print which seed's model of a member is handed over."""
    which = f"seed {seed.seed} of its {len(point.seeds)}, of trial {seed.trial}"
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
    baseline: Sweep | None,
    point: Point,
    seed: SeedModel,
    options: ExportOptions,
    words: str,
) -> Origin:
    """Return the origin of a bundle, with the member's tests and the baseline's candidate.

    Args:
        sweep: sweep with its floors.
        baseline: sweep that trained the baseline; None without a baseline.
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
    return Origin(
        sweep=sweep,
        point=point,
        seed=seed,
        picked=options.pick,
        verdict=words,
        tests=[{"time": test.time, "seeds": len(test.seeds)} for test in tests],
        results=member_results(sweep, baseline, tests[0].name) if tests else None,
        baseline=name,
        baseline_means=means,
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return exit_status(lambda console: run(parse(argv), console), "interrupted")


if __name__ == "__main__":
    sys.exit(main())
