"""Which models have been tested, and what they said: the record that keeps them from a second time.

`test.json` in a replication's folder tells of each trial whose models (one a seed) were tested, and
of how many there are; beside it lies what they said of each utterance, and how those of one seed
represent it. What stands there is never computed again.
"""

import io
import json
from dataclasses import asdict, dataclass

import pandas as pd

from search.space.values import Value
from search.store.storage import Storage, StorageError

FILE = "test.json"


@dataclass(frozen=True)
class Examined:
    """A trial whose models were tested.

    Attributes:
        name: of what was chosen, as in the front's table.
        trial: its number in the replication.
        values: of the searched keys.
        epoch: to which it was trained.
        seeds: of the models tested.
        diverged: seeds without a model, since their training diverged.
        metrics: on test data, each for every seed; None where it is undefined.
        told: name of the file that holds what the models said.
        time: when, in UTC.
        command: by which.
        represented: name of the file that holds how the models of the first seed represent what
            they were asked; empty where there is none.
    """

    name: str
    trial: int
    values: dict[str, Value]
    epoch: int
    seeds: list[int]
    diverged: list[int]
    metrics: dict[str, list[float | None]]
    told: str
    time: str
    command: str
    represented: str = ""


def read(folder: Storage) -> list[Examined]:
    """What was tested, in order.

    Raises:
        StorageError: the record is not what `add` writes; names the file.
    """
    content, place = folder.read(FILE), folder.where(FILE)
    if content is None:
        return []
    try:
        return [Examined(**row) for row in json.loads(content)["models"]]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{place} cannot be read: {error!r}; as it records what was tested already, nothing is "
            "tested before it is whole again"
        ) from error


def add(
    folder: Storage, new: Examined, told: pd.DataFrame, represented: pd.DataFrame | None = None
) -> None:
    """Record a trial's models as tested; what they said is on disk before it is."""
    for name, table in ((new.told, told), (new.represented, represented)):
        if table is not None:
            content = io.BytesIO()
            table.to_parquet(content, index=False)
            folder.write(name, content.getvalue())
    models = [*read(folder), new]
    document = {"tested": len(models), "models": [asdict(one) for one in models]}
    folder.write(FILE, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_told(folder: Storage, one: Examined) -> pd.DataFrame:
    """Read the predictions of a trial's models; see `Course.prediction_table`.

    Raises:
        StorageError: the file is gone or torn; names it.
    """
    return _read(folder, one.told, "what tested models said")


def read_represented(folder: Storage, one: Examined) -> pd.DataFrame | None:
    """Read the representations of the first seed's models; see `Course.representations`.

    Returns:
        None where none was kept.

    Raises:
        StorageError: the file is gone or torn; names it.
    """
    if not one.represented:
        return None
    return _read(folder, one.represented, "how tested models represent what they were asked")


def _read(folder: Storage, name: str, what: str) -> pd.DataFrame:
    content, place = folder.read(name), folder.where(name)
    if content is None:
        raise StorageError(f"there is no {place}, which holds {what}")
    try:
        return pd.read_parquet(io.BytesIO(content))
    except Exception as error:  # whatever a torn or forged file makes its reader raise
        raise StorageError(f"{place} cannot be read: {error}") from error
