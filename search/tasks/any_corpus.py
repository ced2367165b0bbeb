"""Questions that the corpora of all tasks have in common."""

from collections.abc import Collection
from typing import Protocol

import pandas as pd


class AnyCorpus(Protocol):
    """A corpus of any task: tables that its reader has checked."""

    @property
    def name(self) -> str:
        """Name of the corpus."""

    @property
    def utterances(self) -> pd.DataFrame:
        """One row an utterance."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Facts to show to people."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of utterances that were left out because they cannot be used."""

    def without(self, ids: Collection[str]) -> "AnyCorpus":
        """Return the corpus without utterances of these names, among those that are left out."""

    def fingerprint(self) -> str:
        """Return digits that change with a table or with the content of a file."""
