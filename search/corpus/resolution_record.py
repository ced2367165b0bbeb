"""Record of what a sweep's corpus can show, in the sweep's folder."""

from collections.abc import Sequence

from search.corpus.resolution import Resolution
from search.store.fields import check_fields, naming_file
from search.store.rules import NUMBER, TABLE, checked, list_of, or_null, rules_of, table_of
from search.store.sealed_document import read_sealed, write_sealed
from search.store.storage import Storage

FILE = "resolution.json"
PROBLEM = "is not a record of resolutions"
RULES = {
    **rules_of(Resolution),
    "chance": table_of(or_null(NUMBER)),
    "smallest": table_of(or_null(NUMBER)),
}
"""Rules of a resolution's fields; a number that is undefined is null."""


def write_resolutions(folder: Storage, sweep: str, resolutions: Sequence[Resolution]) -> None:
    """Write the resolutions of the corpus of the sweep with an id, in place of earlier ones."""
    document = {"resolutions": [of.to_json() for of in resolutions]}
    write_sealed(folder, FILE, sweep, document)


def read_resolutions(folder: Storage, sweep: str) -> list[Resolution]:
    """Return the resolutions of a sweep's corpus; none for a sweep of an earlier version.

    Args:
        folder: folder of the sweep.
        sweep: id of the sweep.

    Raises:
        StorageError: the file is not what `write_resolutions` writes; names it.
    """
    document = read_sealed(folder, FILE, sweep, PROBLEM)
    if document is None:
        return []
    with naming_file(folder.where(FILE), PROBLEM):
        rows = checked(document, "resolutions", list_of(TABLE))
        return [
            Resolution.from_json(check_fields(RULES, row, f"resolutions[{number}]"))
            for number, row in enumerate(rows)
        ]
