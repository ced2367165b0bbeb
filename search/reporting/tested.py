"""What test data told of replicated models."""

from collections.abc import Sequence

from search.reporting.blocks import Chapter
from search.reporting.source import Source


def tested_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """The papers' tables and figures; empty where nothing was tested."""
    return []
