"""Files of a sweep that bear no seal, and so are believed as they are."""

from search.corpus import record, resolution_record
from search.front import speakers
from search.replication import choices, test_record
from search.replication.replication import FOLDER, replication_folder
from search.store.log_lines import FILE as LOG
from search.store.sealed_document import is_bare
from search.store.storage import Storage
from search.sweep.facts import FACTS_FILE
from search.sweep.sweep import Sweep

OF_SWEEP = (FACTS_FILE, speakers.FILE, record.FILE, resolution_record.FILE)
OF_REPLICATION = (FACTS_FILE, choices.FILE)


def unsealed_files(sweep: Sweep) -> list[str]:
    """Return the names of the files of a sweep and its replication that bear no seal.

    Raises:
        StorageError: a file holds no JSON table.
    """
    lines = sweep.log.bare_lines
    return [
        *([f"the first {lines} lines of {LOG}"] if lines else []),
        *_bare(sweep.folder, OF_SWEEP),
        *(f"{FOLDER}/{name}" for name in _of_replication(replication_folder(sweep))),
    ]


def unsealed_text(sweep: Sweep) -> str:
    """Return a sentence on the files of a sweep that bear no seal; empty if all do."""
    files = unsealed_files(sweep)
    if not files:
        return ""
    return (
        f"{', '.join(files)} of {sweep.name}: without a seal, since an earlier fairser wrote them "
        "or somebody removed it. They are believed as they are: a change of them would not be "
        "noticed."
    )


def _bare(folder: Storage, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if is_bare(folder, name)]


def _of_replication(folder: Storage) -> list[str]:
    tests = test_record.read_unchecked(folder)
    unsealed = any(not test.digests for test in tests)
    return [*_bare(folder, OF_REPLICATION), *([test_record.FILE] if unsealed else [])]
