"""Inputs of a sweep that was run, read again."""

from rich.console import Console

from search.corpus.reading import Inputs, read_inputs
from search.sweep.head import SweepHead


def restored_inputs(head: SweepHead, console: Console) -> Inputs:
    """Read what a sweep learned from.

    Args:
        head: of the sweep.
        console: where progress is shown.

    Raises:
        SweepChanged: it is not as it was; names what differs.
    """
    return read_inputs(head.space, head.facts.options.corpus, console, head.facts.inputs)
