"""Hand over a member of a sweep's front: a bundle that predicts without what searched it.

python search/export.py SWEEP --pick knee
"""

import argparse
import shlex
import sys
from typing import Any

from rich.console import Console

from fairser_core.predictor import predictor_of
from fairser_core.predictor.bundle import Bundle
from search.arguments.search_arguments import DEFAULTS
from search.front.front import Point
from search.front.names import point_name
from search.front.pick import KNEE, RULES, pick
from search.handover import onnx_export as onnx_file
from search.handover.bundle import bundle_of, measured
from search.handover.model_card import card
from search.handover.typical_seed import typical
from search.store.storage import LocalStorage, open_storage
from search.sweep.opening import opened, split_address
from search.sweep.restored_data import learned_from, saved_data
from search.sweep.sweep import Sweep
from search.terminal.command_names import typed
from search.terminal.console import exit_status, say
from search.terminal.progress_bar import counting
from search.tracking.mirror import TrackingError
from search.tracking.sweep_run import tracking_uri

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


def run(given: dict[str, Any], console: Console) -> None:
    """Everything the command does, given its options."""
    name, place = split_address(given["sweep"], given.get("results"))
    results = open_storage(place or str(DEFAULTS["results"]))
    sweep, options = opened(name, results)
    picked = given.get("pick", KNEE)
    point = pick(sweep.front(), picked)
    bundle = handed_over(sweep, options, point, picked, console)
    out = sweep.folder.folder(f"{EXPORTS}/{point_name(point)}")
    if "out" in given:
        out = open_storage(given["out"])
    files = {**bundle.files(), CARD: card(bundle).encode()}
    if "onnx" in given:
        files[onnx_file.NAME] = onnx_file.onnx_file(predictor_of(bundle))
    for file, content in files.items():
        out.write(file, content)
    say(console, f"bundle  {out.where()}")
    if isinstance(out, LocalStorage):
        say(console, f"predict {typed('predict')} {shlex.quote(out.uri)} FILES...")
    if "register" in given:
        from search.tracking.registry import alias_of, register

        uri = tracking_uri(options, results)
        model = register(files, uri, results, sweep, alias_of(picked))
        serve = f"mlflow models serve -m {model} --env-manager local"
        say(console, f"serve   MLFLOW_TRACKING_URI={shlex.quote(uri)} {serve}")


def handed_over(
    sweep: Sweep, options: dict[str, Any], point: Point, picked: str, console: Console
) -> Bundle:
    """The bundle of a member, which does what was logged of it.

    Raises:
        ValueError: it learned from vq-wav2vec.
        SweepChanged: corpus or features are not as they were.
        NotTheSame: it does something else.
    """
    if sweep.facts.get("checkpoint"):
        raise ValueError(
            f"sweep {sweep.name} learned from vq-wav2vec, which a bundle cannot compute: only "
            "sweeps on MFCCs or on features that the corpus brings are handed over"
        )
    seed = typical(sweep.folder, sweep.log.trials, point, sweep.space.objectives)
    who = f"seed {seed.seed} of its {len(point.seeds)}, of trial {seed.trial}"
    say(console, f"{point_name(point)}: {who}")
    corpus, data = saved_data(sweep, options, console)
    data = learned_from(sweep, data)
    bundle = bundle_of(sweep, point, seed, corpus, data, picked)
    with counting("predicting validation utterances", console) as progress:
        bundle = measured(bundle, corpus, data, seed.metrics, progress)
    say(console, "it does on the validation utterances what the sweep logged")
    return bundle


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    return exit_status(
        lambda console: run(vars(parser().parse_args(argv)), console), "interrupted", TrackingError
    )


if __name__ == "__main__":
    sys.exit(main())
