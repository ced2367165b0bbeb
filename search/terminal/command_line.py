"""Command lines: unknown options with their nearest names, examples and terms below the help."""

import argparse
import textwrap
from collections.abc import Sequence
from typing import Any, NoReturn

from search.terminal.credentials import without_credentials
from search.terminal.nearest import nearest
from search.terminal.terms import WIDTH, term_lines


class Parser(argparse.ArgumentParser):
    """Parser whose errors name the nearest choices, and repeat no credentials.

    An option is taken by its whole name only: `--result` is no `--results`.
    """

    def __init__(self, **settings: Any) -> None:
        """Make a parser with the settings of argparse."""
        super().__init__(**{"allow_abbrev": False, **settings})

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            error.message += nearest(str(value), map(str, action.choices or ()))
            raise

    def error(self, message: str) -> NoReturn:
        """End with a message without credentials, and where the options are explained.

        The usage, which argparse prints first, is longer than a screen for some commands.
        """
        where = f"options and examples: {self.prog} --help"
        self.exit(2, f"{self.prog}: error: {without_credentials(message)}\n{where}\n")


def command_line(
    prog: str, description: str, examples: Sequence[str], terms: Sequence[str] = ()
) -> argparse.ArgumentParser:
    """Return a parser; options that are not given are absent from its result.

    Args:
        prog: command as the user types it.
        description: description of the command.
        examples: arguments of examples, shown below the help.
        terms: keys of `TERMS` that are explained there.
    """
    return Parser(
        prog=prog,
        description=textwrap.fill(description, WIDTH),
        epilog=below(prog, examples, terms),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )


def below(prog: str, examples: Sequence[str], terms: Sequence[str] = ()) -> str:
    """Return what stands below a help: examples, and terms in a line each."""
    lines = ["examples:", *(f"  {prog} {example}".rstrip() for example in examples)]
    if terms:
        lines += ["", "terms:", *term_lines(terms)]
    return "\n".join(lines)


def parsed(command: argparse.ArgumentParser, argv: Sequence[str] | None) -> dict[str, Any]:
    """Parse a command line; exit with a message on a bad one, which names the nearest option."""
    given, unknown = command.parse_known_args(argv)
    if unknown:
        options = [name for action in command._actions for name in action.option_strings]
        name = unknown[0].partition("=")[0]
        like = nearest(name, options) if name.startswith("-") else ""
        command.error(f"unknown argument {unknown[0]!r}{like}")
    return vars(given)
