"""Which models have been tested, and what they said: the record that keeps them from a second time.

`test.json` in a replication's folder tells of each trial whose models (one a seed) were tested, and
of how many there are; beside it lies what they said of each utterance. What stands there is never
computed again.
"""

import io
import json
from dataclasses import asdict, dataclass

import pandas as pd

from search.log import Value
from search.storage import Storage, StorageError

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


def add(folder: Storage, new: Examined, told: pd.DataFrame) -> None:
    """Record a trial's models as tested; what they said is on disk before it is."""
    content = io.BytesIO()
    told.to_parquet(content, index=False)
    folder.write(new.told, content.getvalue())
    models = [*read(folder), new]
    document = {"tested": len(models), "models": [asdict(one) for one in models]}
    folder.write(FILE, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_told(folder: Storage, one: Examined) -> pd.DataFrame:
    """What the models of a trial said; see the courses' `told`.

    Raises:
        StorageError: the file is gone or torn; names it.
    """
    content, place = folder.read(one.told), folder.where(one.told)
    if content is None:
        raise StorageError(f"there is no {place}, which holds what tested models said")
    try:
        return pd.read_parquet(io.BytesIO(content))
    except Exception as error:  # whatever a torn or forged file makes its reader raise
        raise StorageError(f"{place} cannot be read: {error}") from error
