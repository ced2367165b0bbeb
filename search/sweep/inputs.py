"""Inputs of a sweep that was run: its corpus and features, read again."""

from rich.console import Console

from search.corpus.reading import Inputs, read_inputs
from search.sweep.head import SweepHead


def inputs_of(head: SweepHead, console: Console) -> Inputs:
    """Read the corpus and the features of a sweep again.

    Args:
        head: head of the sweep.
        console: console that shows progress.

    Raises:
        SweepChanged: the inputs differ from those that the sweep learned from; names each
            difference.
    """
    return read_inputs(head.space, head.facts.options.corpus, console, head.facts.inputs)
