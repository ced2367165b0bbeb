"""Tables of tested models: their predictions and representations."""

import hashlib
import io
from collections.abc import Callable

import pandas as pd
from pyarrow import parquet

from search.replication.prediction_rules import TableError, check_columns, check_predictions
from search.replication.test_record import FILE, RecordedTest
from search.store.storage import Storage, StorageError

MOST_VALUES = 30_000_000


def read_predictions(folder: Storage, test: RecordedTest) -> pd.DataFrame:
    """Return the predictions of a tested trial's models; see `Course.prediction_table`.

    Raises:
        StorageError: the file is missing, torn or of another test; names both files.
    """

    def check(table: pd.DataFrame) -> None:
        check_predictions(table, test.seeds)

    return _read(folder, test, test.predictions_file, "predictions of tested models", check)


def read_representations(folder: Storage, test: RecordedTest) -> pd.DataFrame | None:
    """Return the representations of the first seed's models; see `Course.representations`.

    Returns:
        None if none were kept.

    Raises:
        StorageError: the file is missing, torn or of another test; names both files.
    """
    if not test.representations_file:
        return None
    return _read(
        folder, test, test.representations_file, "representations in tested models", check_columns
    )


def _read(
    folder: Storage,
    test: RecordedTest,
    name: str,
    content_name: str,
    check: Callable[[pd.DataFrame], None],
) -> pd.DataFrame:
    content, path = folder.read(name), folder.where(name)
    if content is None:
        raise StorageError(f"there is no {path}, which holds the {content_name}")
    stated, digest = test.digests.get(name), hashlib.sha256(content).hexdigest()
    if stated not in (None, digest):  # None in the record of an earlier version
        raise StorageError(
            f"{path} cannot be read: it is not the table that {folder.where(FILE)} states for "
            f"{test.name}, trial {test.trial} with seeds {test.seeds}: its SHA-256 is {digest}, "
            f"not {stated}"
        )
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        values = file.metadata.num_rows * file.metadata.num_columns
        if values > MOST_VALUES:  # a small file can hold as many
            raise TableError(f"it must have at most {MOST_VALUES:,} values, has {values:,}")
        table: pd.DataFrame = file.read().to_pandas()
        check(table)
        return table
    except Exception as error:  # whatever a torn or forged file makes its reader raise
        raise StorageError(f"{path} cannot be read: {error}") from error
