"""Arguments that several commands share: those of the machine and of the results."""

import argparse

from search.arguments.value_types import (
    amount,
    count,
    count_or_zero,
    non_negative,
    positive_amount,
)
from search.front.rule_names import FAIREST_WITHIN, TOLERANCE
from search.planning.failures import MAX_FAILURES

TEST_SEEDS = 10
"""Seeds of a replication, unless its command says others."""


def machine_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the machine that trials run on."""
    machine = command.add_argument_group("machine")
    machine.add_argument(
        "--concurrent",
        metavar="N",
        type=count,
        help="most trials at once (default: as many as fit)",
    )
    machine.add_argument(
        "--cpus-per-trial",
        metavar="X",
        type=positive_amount,
        help="CPU cores of a trial (default: 1)",
    )
    machine.add_argument(
        "--gpus-per-trial",
        metavar="X",
        type=amount,
        help="GPUs of a trial, also a fraction (default: 1 where the cluster has any, else 0)",
    )
    machine.add_argument(
        "--max-failures",
        metavar="N",
        type=count_or_zero,
        help="restarts of a trial that raises, is killed or diverges, from its snapshot and "
        f"without a new epoch in between (default: {MAX_FAILURES})",
    )
    machine.add_argument(
        "--address",
        help="address of a running Ray cluster, or `auto` (default: start one on this machine)",
    )
    machine.add_argument(
        "--wait-for-nodes",
        action="store_true",
        help="wait for the cluster, and for a node on which a trial fits (default: refuse; the "
        "nodes that an autoscaler starts are waited for anyway)",
    )


def result_arguments(command: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the options that name where results go, and return their group."""
    kept = command.add_argument_group("results")
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


def tolerance_argument(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Add the option that states what `fairest-within` may give up."""
    group.add_argument(
        "--tolerance",
        metavar="X",
        type=non_negative,
        default=TOLERANCE,
        help=f"accuracy that {FAIREST_WITHIN} may give up; without a member so accurate it picks "
        f"the most accurate (default: {TOLERANCE})",
    )


def trust_argument(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Add the option that accepts what a results folder from elsewhere names."""
    group.add_argument(
        "--trust-folder",
        action="store_true",
        help="accept the hosts and paths that the sweep's folder names, though it was not written "
        "by you on this machine (default: name and refuse them)",
    )
