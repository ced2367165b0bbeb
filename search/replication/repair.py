"""Repair of all logs of a sweep: its own, its baseline's, and those of their replications."""

from rich.console import Console

from search.replication import test_record
from search.replication.replication import FOLDER
from search.store.lock import locked
from search.store.repair import repair
from search.store.storage import Storage
from search.sweep.head import saved_head
from search.terminal.console import say


def repair_logs(name: str, results: Storage, console: Console) -> None:
    """Drop what is damaged of the logs of a sweep, and print what was dropped.

    Args:
        name: name of the sweep.
        results: folder of all sweeps.
        console: console to print on.

    Raises:
        NoSuchSweep: there is no sweep of that name.
        LogDamaged: nothing of a log can be kept.
        StorageError: a newer fairser wrote a log, or another process runs the sweep.
    """
    baseline = saved_head(results, name).facts.baseline
    for owner in filter(None, (baseline, name)):
        folder = results.folder(owner)
        replication = folder.folder(FOLDER)
        with locked(folder, owner):
            texts = [repair(folder)]
            if replication.names(""):
                with locked(replication, f"{owner}-{FOLDER}"):
                    texts.append(_repair_replication(replication))
        for text in filter(None, texts):
            say(console, text, style="yellow")


def _repair_replication(folder: Storage) -> str:
    """Repair a replication's log, and forget the results of models that train again."""
    tested = test_record.read_unchecked(folder)
    text = repair(folder, [test.trial for test in tested])
    if text:
        test_record.forget_untrained(folder)
    return text
