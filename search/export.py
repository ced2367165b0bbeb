"""Hand over a member of a sweep's front: a bundle that predicts without what searched it.

python search/export.py SWEEP --pick knee
"""

import argparse
import shlex
import sys
from dataclasses import dataclass

from rich.console import Console

from fairser_core.predictor import predictor_of
from fairser_core.predictor.bundle import Bundle
from search.arguments.run_options import RESULTS
from search.arguments.search_arguments import split_address
from search.front.front import Point
from search.front.names import point_name
from search.front.pick import KNEE, RULES, pick
from search.handover import onnx_export as onnx_file
from search.handover.bundle import bundle_of, with_metrics
from search.handover.model_card import card
from search.handover.typical_seed import typical_seed
from search.store.storage import LocalStorage, open_storage
from search.sweep.opening import opened
from search.sweep.restored_data import restored_inputs
from search.sweep.stage1 import on_stage1
from search.sweep.sweep import Sweep
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say
from search.terminal.progress_bar import counting
from search.tracking.mirror import TrackingError

CARD = "README.md"
EXPORTS = "exports"


def parser() -> argparse.ArgumentParser:
    """The parser; options that are not given are absent from its result."""
    made = argparse.ArgumentParser(
        prog=typed("export"),
        description="Write a member of a sweep's front as a bundle: a folder with its parameters, "
        "all one needs to predict with them, and a model card. Before it is written it must give "
        "on the validation utterances what the sweep logged.",
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument("sweep", metavar="SWEEP", help="its name or its folder")
    made.add_argument(
        "--pick",
        metavar=f"{'|'.join(RULES)}|TRIAL@EPOCH",
        help="which member: knee, the farthest below the line through the front's extremes; "
        "fairest; most-accurate; or one by its name in the front's table (default: knee)",
    )
    made.add_argument(
        "--out",
        metavar="DIR",
        help="folder or URI to write to (default: exports/TRIAL@EPOCH in the sweep's folder)",
    )
    made.add_argument(
        "--onnx",
        action="store_true",
        help="also write its network as model.onnx, for programs without torch; needs the extra "
        "`onnx`",
    )
    made.add_argument(
        "--register",
        action="store_true",
        help="also log it in MLflow under the sweep's run, and register it as a version of the "
        "model SWEEP that bears the alias of the pick",
    )
    made.add_argument(
        "--results", metavar="DIR", help="folder or URI that holds all sweeps (default: results/)"
    )
    return made


@dataclass(frozen=True)
class ExportOptions:
    """Options of the command.

    Attributes:
        sweep: name of the sweep.
        results: folder or URI that holds all sweeps.
        pick: rule, or name of a member of the front.
        out: folder or URI to write to; None for the default.
        onnx: whether to write model.onnx too.
        register: whether to register the bundle in MLflow.
    """

    sweep: str
    results: str
    pick: str = KNEE
    out: str | None = None
    onnx: bool = False
    register: bool = False


def parse(argv: list[str] | None) -> ExportOptions:
    """Parse a command line.

    Exits with a message on a bad one, as argparse does.
    """
    given = vars(parser().parse_args(argv))
    name, results = split_address(given.pop("sweep"), given.pop("results", None))
    return ExportOptions(name, results or RESULTS, **given)


def run(options: ExportOptions, console: Console) -> None:
    """Do all that the command does."""
    results = open_storage(options.results)
    sweep = opened(options.sweep, results)
    point = pick(sweep.front(), options.pick)
    bundle = bundle_from(sweep, point, options.pick, console)
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
        say(console, f"predict {typed('predict')} {shlex.quote(out.uri)} FILES...")
    if options.register:
        from search.tracking.registry import alias_of, register
        from search.tracking.sweep_run import store_address

        address = store_address(sweep.facts.options.tracking_uri, results)
        model = register(files, address, sweep, alias_of(options.pick))
        serve = f"mlflow models serve -m {model} --env-manager local"
        say(console, f"serve   MLFLOW_TRACKING_URI={shlex.quote(address.uri)} {serve}")


def bundle_from(sweep: Sweep, point: Point, picked: str, console: Console) -> Bundle:
    """Return the bundle of a member, which does what was logged of it.

    Raises:
        ValueError: it learned from vq-wav2vec.
        SweepChanged: corpus or features are not as they were.
        BundleMismatch: a metric differs from the logged one.
    """
    if sweep.facts.inputs.pretrained:
        raise ValueError(
            f"sweep {sweep.name} learned from vq-wav2vec, which a bundle cannot compute: only "
            "sweeps on MFCCs or on features that the corpus brings are handed over"
        )
    seed = typical_seed(sweep.folder, sweep.log.trials, point, sweep.space.objectives)
    who = f"seed {seed.seed} of its {len(point.seeds)}, of trial {seed.trial}"
    say(console, f"{point_name(point)}: {who}")
    inputs = restored_inputs(sweep.head, console)
    corpus, data = inputs.corpus, on_stage1(sweep.head, inputs.data)
    bundle = bundle_of(sweep, point, seed, corpus, data, picked)
    with counting("predicting validation utterances", console) as progress:
        bundle = with_metrics(bundle, corpus, data, seed.metrics, progress)
    say(console, "it does on the validation utterances what the sweep logged")
    return bundle


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    return exit_status(lambda console: run(parse(argv), console), "interrupted", TrackingError)


if __name__ == "__main__":
    sys.exit(main())
