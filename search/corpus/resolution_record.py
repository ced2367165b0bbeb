"""Record of what a sweep's corpus can show, in the sweep's folder."""

import json
from collections.abc import Sequence

from search.corpus.resolution import Resolution
from search.store.storage import Storage, StorageError

FILE = "resolution.json"


def write_resolutions(folder: Storage, resolutions: Sequence[Resolution]) -> None:
    """Write the resolutions of a sweep's corpus, in place of earlier ones."""
    document = {"resolutions": [of.to_json() for of in resolutions]}
    folder.write(FILE, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_resolutions(folder: Storage) -> list[Resolution]:
    """Return the resolutions of a sweep's corpus; none for a sweep of an earlier version.

    Raises:
        StorageError: the file is not what `write_resolutions` writes; names it.
    """
    content = folder.read(FILE)
    if content is None:
        return []
    try:
        return [Resolution.from_json(row) for row in json.loads(content)["resolutions"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(
            f"{folder.where(FILE)} is not a record of resolutions: {error!r}"
        ) from error
