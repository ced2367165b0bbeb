"""Command line of export.py."""

import argparse
from dataclasses import dataclass
from typing import Any

from search.arguments.addresses import RESULTS, split_address
from search.arguments.shared_arguments import (
    result_arguments,
    tolerance_argument,
    trust_argument,
)
from search.front.rule_names import DEFAULT, FAIREST_WITHIN, TOLERANCE
from search.terminal.command_line import command_line, parsed
from search.terminal.command_names import typed


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
        "--with-pretrained",
        action="store_true",
        help="also copy the pretrained speech model into the bundle, if its licence allows it; "
        "MLflow serves no other",
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
        with_pretrained: whether the bundle holds the pretrained speech model.
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
    with_pretrained: bool = False
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
