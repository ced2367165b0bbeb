"""Record of what a sweep's corpus can show, in the sweep's folder."""

import json
from collections.abc import Sequence

from search.corpus.resolution import Resolution
from search.store.fields import check_fields, naming_file, read_document
from search.store.rules import NUMBER, TABLE, checked, list_of, or_null, rules_of, table_of
from search.store.storage import Storage

FILE = "resolution.json"
PROBLEM = "is not a record of resolutions"
RULES = {
    **rules_of(Resolution),
    "chance": table_of(or_null(NUMBER)),
    "smallest": table_of(or_null(NUMBER)),
}
"""Rules of a resolution's fields; a number that is undefined is null."""


def write_resolutions(folder: Storage, resolutions: Sequence[Resolution]) -> None:
    """Write the resolutions of a sweep's corpus, in place of earlier ones."""
    document = {"resolutions": [of.to_json() for of in resolutions]}
    folder.write(FILE, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_resolutions(folder: Storage) -> list[Resolution]:
    """Return the resolutions of a sweep's corpus; none for a sweep of an earlier version.

    Raises:
        StorageError: the file is not what `write_resolutions` writes; names it.
    """
    document = read_document(folder, FILE, PROBLEM)
    if document is None:
        return []
    with naming_file(folder.where(FILE), PROBLEM):
        rows = checked(document, "resolutions", list_of(TABLE))
        return [
            Resolution.from_json(check_fields(RULES, row, f"resolutions[{number}]"))
            for number, row in enumerate(rows)
        ]
