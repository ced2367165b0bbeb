"""Data in a corpus' folder that its reader does not take."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from fairser_core.files.tree import untaken


def untaken_notes(folder: Path, utterances: pd.DataFrame, opened: Collection[str]) -> list[str]:
    """Return notes on files that look like data and are not of the corpus in a folder.

    Args:
        folder: folder of the corpus, or a table in that folder.
        utterances: utterances of the corpus.
        opened: paths of the tables and files that its reader opened, also of those files that are
            left out because they cannot be used, which a note of the corpus says.
    """
    taken = {*opened}
    for column in {"path", "features"} & set(utterances):
        taken.update(utterances[column])
    return untaken(str(folder if folder.is_dir() else folder.parent), taken)
