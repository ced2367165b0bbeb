"""Command line of run.py."""

import argparse

from search.arguments.addresses import RESULTS, split_address
from search.arguments.corpus_arguments import (
    check_corpus,
    corpus_arguments,
    pretrained_argument,
)
from search.arguments.run_options import SMOKE
from search.arguments.run_request import RunRequest
from search.arguments.shared_arguments import (
    machine_arguments,
    result_arguments,
    trust_argument,
)
from search.arguments.value_types import count, count_or_zero, setting, stage1_name, sweep_name
from search.planning.sampler_names import SAMPLERS
from search.space.files import available, space_path
from search.tasks.readers import CORPORA
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed

CHANGEABLE = (
    "trials",
    "concurrent",
    "cpus_per_trial",
    "gpus_per_trial",
    "max_failures",
    "address",
    "wait_for_nodes",
    "tracking_uri",
    "trust_folder",
)  # options that --resume takes: none of them alters a trial

EXAMPLES = (
    "--smoke",
    "--space adversarial --trials 16 --name first",
    "--corpus ravdess --corpus-dir PATH --set batch=50",
    "--corpus manifest --corpus-dir clips.csv --scale 1,7",
    "--resume first --trials 32",
)


def parser() -> argparse.ArgumentParser:
    """Return the parser; options that are not given are absent from its result."""
    command = command_line(
        typed("run"),
        "Search a space on a corpus and keep the Pareto front of accuracy against fairness. "
        "--resume continues an interrupted sweep.",
        EXAMPLES,
        ("candidate", "lane", "rung", "floor", "fresh seeds", "hypervolume", "P"),
    )
    group = command.add_argument_group("search")
    _space_arguments(group)
    _budget_arguments(group)
    _sampler_arguments(command)
    corpus_arguments(command, CORPORA, "demo, which for spaces of emotions is demo_emotions")
    pretrained_argument(
        command,
        "the model of features (default: MFCCs). Of a folder a space searches the layer, or "
        "`--set layer=6` fixes it; of vq-wav2vec `--set vectors.layer=q` takes another layer than "
        "z, and `--set vectors.pooling=mean_std` adds deviations to means",
    )
    machine_arguments(command)
    results = result_arguments(command)
    results.add_argument(
        "--name",
        metavar="SWEEP",
        type=sweep_name,
        help="name of the sweep (default: space and time)",
    )
    results.add_argument(
        "--resume",
        metavar="SWEEP",
        help="continue this sweep, given by its name or its folder; needs no other option, and "
        "writes to MLflow what is missing there",
    )
    results.add_argument(
        "--repair",
        action="store_true",
        help="with --resume: drop the lines of damaged logs from the damage on, those of the "
        "baseline and of replications too, and keep each file as it is beside the new one",
    )
    trust_argument(results)
    return command


def _space_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that choose the space and the sweeps that it builds on."""
    group.add_argument(
        "--space",
        metavar="NAME|PATH.toml",
        help=f"{', '.join(available())}, or your own file (default: adversarial)",
    )
    group.add_argument(
        "--set",
        metavar="KEY=VALUE",
        type=setting,
        action="append",
        help="fix a searched value or override a fixed one, e.g. alpha0=1.0, windows.hop=20 or "
        "floor.ccc=0.8; may be repeated",
    )
    group.add_argument(
        "--base",
        metavar="SWEEP",
        help="take all settings that are not searched, also the early stopping, the features and "
        "the windows, from the best trial of this sweep of the space `baseline` (default: the "
        "paper's published settings); --set goes before it",
    )
    group.add_argument(
        "--stage1",
        metavar="SWEEP[/TRIAL@EPOCH]",
        type=stage1_name,
        help="of the space `fairper`: build on the detectors of this sweep, on those of the named "
        "member of its front or of the fairest within 0.02 of the baseline's accuracy (default: "
        "FairRep, trained once with its default settings)",
    )


def _budget_arguments(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that limit the training, and the seed."""
    group.add_argument(
        "--trials",
        metavar="N",
        type=count,
        help="budget: the epochs of N whole trials; as most trials are stopped early, more are "
        "begun (default: the space's)",
    )
    group.add_argument(
        "--epochs", metavar="N", type=count, help="epochs of a trial (default: the space's)"
    )
    group.add_argument(
        "--seeds",
        metavar="N",
        type=count,
        help="seeds of a trial (default: the space's)",
    )
    group.add_argument(
        "--race-seeds",
        metavar="N",
        type=count,
        help="seeds that a configuration near the front can have in all (default: the space's)",
    )
    group.add_argument(
        "--check-seeds",
        metavar="N",
        type=count_or_zero,
        help="fresh seeds that the front is trained with at the end, beyond the budget; 0 for none "
        "(default: the space's)",
    )
    group.add_argument("--seed", metavar="N", type=int, help="seed of the whole sweep (default: 0)")
    group.add_argument(
        "--smoke",
        action="store_true",
        help="the whole path in about a minute: a tiny demo corpus, "
        + ", ".join(f"{n} {name}" for name, n in SMOKE.items()),
    )


def _sampler_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments that choose how values are sampled and trials are stopped."""
    group = command.add_argument_group("method of the search")
    group.add_argument(
        "--sampler",
        choices=SAMPLERS,
        help="choice of new values: by the posterior that also chooses the front, and what gets "
        "one more seed; by Optuna's TPE or Gaussian process (slow beyond some 250 configurations); "
        "or by chance (default: posterior)",
    )
    group.add_argument(
        "--scheduler",
        choices=("mo-asha", "none"),
        help="stop trials that rank low on all objectives, or none (default: none)",
    )


def parse(argv: list[str] | None) -> RunRequest:
    """Parse a command line; exit with a message on a bad one, as argparse does.

    Raises:
        SpaceError: there is no file of the space.
    """
    command = parser()
    given = parsed(command, argv)
    if "space" in given:
        space_path(given["space"])  # before the work is imported, which takes seconds
    resume, results = given.pop("resume", None), given.pop("results", None)
    changes, repair = dict(given.pop("set", [])), given.pop("repair", False)
    if resume is None:
        if repair:
            command.error("--repair repairs the logs of a sweep that --resume names")
        check_corpus(command, given, CORPORA)
        if "trust_folder" in given:
            command.error("--trust-folder goes with --resume")
    else:
        resume, results = split_address(resume, results)
        fixed = sorted({*given, *(["set"] if changes else [])} - {*CHANGEABLE})
        if fixed:
            command.error(
                f"--resume continues the sweep as it was: --{fixed[0].replace('_', '-')} "
                f"cannot be given with it (only {', '.join(CHANGEABLE).replace('_', '-')})"
            )
    return RunRequest(given, changes, results or RESULTS, resume, repair)
