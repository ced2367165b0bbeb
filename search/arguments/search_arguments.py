"""Command line of run.py, and arguments that other commands share."""

import argparse
import re
import tomllib
from typing import Any

from search.arguments.corpus_arguments import (
    check_corpus,
    corpus_arguments,
    pretrained_argument,
)
from search.arguments.run_options import RESULTS, SMOKE
from search.arguments.run_request import RunRequest
from search.planning.failures import MAX_FAILURES
from search.planning.sampler import SAMPLERS
from search.space.load import available
from search.tasks.tasks import CORPORA
from search.terminal.command_names import typed

CHANGEABLE = (
    "trials",
    "concurrent",
    "cpus_per_trial",
    "gpus_per_trial",
    "max_failures",
    "address",
    "tracking_uri",
)  # options that --resume takes: none of them alters a trial


def count(text: str) -> int:
    """Return the whole number of 1 or more that a text holds."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1, got {value}")
    return value


def _count_or_none(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must be >= 0, got {value}")
    return value


def _amount(text: str) -> float:
    value = float(text)
    if value < 0 or (value > 1 and value != int(value)):
        raise argparse.ArgumentTypeError(
            f"must be a fraction below 1 or a whole number, got {text}"
        )
    return value


def _positive_amount(text: str) -> float:
    value = _amount(text)
    if not value:
        raise argparse.ArgumentTypeError(f"must be > 0, got {text}")
    return value


def _name(text: str) -> str:
    if not text or text.startswith(".") or set(text) & set("/\\:"):
        raise argparse.ArgumentTypeError(f"must be the name of a folder, got {text!r}")
    return text


def _stage1(text: str) -> str:
    sweep, slash, member = text.partition("/")
    if slash and not re.fullmatch(r"\d+@\d+", member):
        raise argparse.ArgumentTypeError(f"must be SWEEP or SWEEP/TRIAL@EPOCH, got {text!r}")
    return _name(sweep) + slash + member


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be key=value, got {text!r}")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value  # a word without quotes


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    made = argparse.ArgumentParser(
        prog=typed("run"),
        description="Search a space on a corpus and keep the Pareto front of accuracy against "
        "fairness. --resume continues an interrupted sweep.",
        argument_default=argparse.SUPPRESS,
    )
    what = made.add_argument_group("search")
    what.add_argument(
        "--space",
        metavar="NAME|PATH.toml",
        help=f"{', '.join(available())}, or your own file (default: adversarial)",
    )
    what.add_argument(
        "--set",
        metavar="KEY=VALUE",
        type=_setting,
        action="append",
        help="fix a searched value or override a fixed one, e.g. alpha0=1.0, windows.hop=20 or "
        "floor.ccc=0.8; may be repeated",
    )
    what.add_argument(
        "--base",
        metavar="SWEEP",
        help="take all settings that are not searched, also the early stopping, the features and "
        "the windows, from the best trial of this sweep of the space `baseline` (default: the "
        "paper's published settings); --set goes before it",
    )
    what.add_argument(
        "--stage1",
        metavar="SWEEP[/TRIAL@EPOCH]",
        type=_stage1,
        help="of the space `fairper`: build on the detectors of this sweep, on those of the named "
        "member of its front or of the fairest within 0.02 of the baseline's accuracy (default: "
        "FairRep, trained once with its default settings)",
    )
    what.add_argument(
        "--trials",
        metavar="N",
        type=count,
        help="budget: the epochs of N whole trials; as most trials are stopped early, more are "
        "begun (default: the space's)",
    )
    what.add_argument(
        "--epochs", metavar="N", type=count, help="epochs of a trial (default: the space's)"
    )
    what.add_argument(
        "--seeds",
        metavar="N",
        type=count,
        help="seeds of a trial (default: the space's)",
    )
    what.add_argument(
        "--race-seeds",
        metavar="N",
        type=count,
        help="seeds that a configuration near the front can have in all (default: the space's)",
    )
    what.add_argument(
        "--check-seeds",
        metavar="N",
        type=_count_or_none,
        help="fresh seeds that the front is trained with at the end, beyond the budget; 0 for none "
        "(default: the space's)",
    )
    what.add_argument("--seed", metavar="N", type=int, help="seed of the whole sweep (default: 0)")
    what.add_argument(
        "--smoke",
        action="store_true",
        help="the whole path in about a minute: a tiny demo corpus, "
        + ", ".join(f"{n} {name}" for name, n in SMOKE.items()),
    )
    how = made.add_argument_group("method of the search")
    how.add_argument(
        "--sampler",
        choices=SAMPLERS,
        help="source of new values: TPE, a Gaussian process (slow beyond some 250 configurations) "
        "or chance (default: tpe)",
    )
    how.add_argument(
        "--scheduler",
        choices=("mo-asha", "none"),
        help="stop trials that rank low on all objectives, or none (default: mo-asha)",
    )
    corpus_arguments(made, CORPORA, "demo, which for spaces of emotions is demo_emotions")
    pretrained_argument(
        made,
        "the model of features for spaces of emotions (default: MFCCs); `--set vectors.layer=q`"
        " takes another layer than z, `--set vectors.pooling=mean_std` adds deviations to means",
    )
    machine_arguments(made)
    kept = result_arguments(made)
    kept.add_argument(
        "--name", metavar="SWEEP", type=_name, help="name of the sweep (default: space and time)"
    )
    kept.add_argument(
        "--resume",
        metavar="SWEEP",
        help="continue this sweep, given by its name or its folder; needs no other option, and "
        "writes to MLflow what is missing there",
    )
    return made


def machine_arguments(made: argparse.ArgumentParser) -> None:
    """Add the options of the machine that trials run on."""
    machine = made.add_argument_group("machine")
    machine.add_argument(
        "--concurrent",
        metavar="N",
        type=count,
        help="most trials at once (default: as many as fit)",
    )
    machine.add_argument(
        "--cpus-per-trial",
        metavar="X",
        type=_positive_amount,
        help="CPU cores of a trial (default: 1)",
    )
    machine.add_argument(
        "--gpus-per-trial",
        metavar="X",
        type=_amount,
        help="GPUs of a trial, also a fraction (default: 1 where the cluster has any, else 0)",
    )
    machine.add_argument(
        "--max-failures",
        metavar="N",
        type=_count_or_none,
        help="restarts of a trial that raises, is killed or diverges, from its snapshot and "
        f"without a new epoch in between (default: {MAX_FAILURES})",
    )
    machine.add_argument(
        "--address",
        help="address of a running Ray cluster, or `auto` (default: start one on this machine)",
    )


def result_arguments(made: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the options that name where results go, and return their group."""
    kept = made.add_argument_group("results")
    kept.add_argument(
        "--results",
        metavar="DIR",
        help="folder or URI that holds all sweeps (default: results/)",
    )
    kept.add_argument(
        "--tracking-uri",
        metavar="URI",
        help="URI of MLflow (default: sqlite:///<results>/mlflow.db)",
    )
    return kept


def parse(argv: list[str] | None) -> RunRequest:
    """Parse a command line; exit with a message on a bad one, as argparse does."""
    made = parser()
    given = vars(made.parse_args(argv))
    resume, results = given.pop("resume", None), given.pop("results", None)
    changes = dict(given.pop("set", []))
    if resume is None:
        check_corpus(made, given, CORPORA)
    else:
        resume, results = split_address(resume, results)
        fixed = sorted({*given, *(["set"] if changes else [])} - {*CHANGEABLE})
        if fixed:
            made.error(
                f"--resume continues the sweep as it was: --{fixed[0].replace('_', '-')} "
                f"cannot be given with it (only {', '.join(CHANGEABLE).replace('_', '-')})"
            )
    return RunRequest(given, changes, results or RESULTS, resume)


def split_address(given: str, results: str | None) -> tuple[str, str | None]:
    """Split a folder or URI of a sweep into its name and its results folder.

    Args:
        given: name, folder or URI of a sweep.
        results: folder that holds the sweep if `given` is a name; None for the default.
    """
    address, question, query = given.partition("?")
    folder, slash, name = address.rstrip("/").rpartition("/")
    return name, ((folder or "/") + question + query if slash and not results else results)
