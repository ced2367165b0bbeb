"""Record of what a sweep's corpus can show, in the sweep's folder."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.metrics.tables import METRICS
from search.corpus.resolution import Resolution
from search.store.fields import check_fields, naming_file
from search.store.rules import (
    NUMBER,
    TABLE,
    RuleError,
    checked,
    choice_of,
    list_of,
    or_null,
    rules_of,
    table_of,
)
from search.store.sealed_document import read_sealed, write_sealed
from search.store.storage import Storage

FILE = "resolution.json"
PROBLEM = "is not a record of resolutions"
RULES = {
    **rules_of(Resolution),
    "split": choice_of(get_args(EvaluatedSplit)),
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
        tables = [
            check_fields(RULES, row, f"resolutions[{number}]") for number, row in enumerate(rows)
        ]
        for number, table in enumerate(tables):
            _check_table(table, tables[0]["chance"], f"resolutions[{number}].")
        return [Resolution.from_json(table) for table in tables]


def _check_table(table: Mapping[str, Any], metrics: Mapping[str, Any], prefix: str) -> None:
    """Check that a resolution has groups, and values of the same known metrics as the others."""
    if not table["sizes"]:
        raise RuleError(f"`{prefix}sizes` must name a group")
    for name in ("chance", "smallest"):
        if table[name].keys() != metrics.keys() or not METRICS.keys() >= metrics.keys():
            raise RuleError(f"`{prefix}{name}` must have the same metrics everywhere")
