"""Repair of a damaged log: the lines above the damage are kept, the others dropped."""

import time
from collections.abc import Mapping, Sequence

from search.store import log_mark, models, snapshots
from search.store.log import Log
from search.store.log_lines import FILE
from search.store.log_mark import LogDamaged
from search.store.storage import Storage
from search.store.trials import TRIALS, TrialRecord


def repair(folder: Storage, tested: Sequence[int] = ()) -> str:
    """Drop the lines of a log from its first damaged line on, and keep the file as it is beside it.

    A trial that the lines left do not end trains again from its first epoch, since its snapshot may
    be of a dropped epoch.

    Args:
        folder: folder of the sweep.
        tested: trials whose models were tested, by another record than the log.

    Returns:
        The damage and what was dropped, in words; empty for a whole log.

    Raises:
        LogDamaged: not even the first line can be kept.
        StorageError: a newer fairser wrote the log.
    """
    try:
        Log(folder)
        return ""
    except LogDamaged as error:
        damaged = error
    if not damaged.whole:
        raise damaged
    lines = folder.lines(FILE)
    dropped, beside = len(lines) - damaged.whole, ""
    if dropped:
        beside = f"{FILE}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
        folder.write(beside, b"".join(line + b"\n" for line in lines))
    begun_again = _begin_again(folder, damaged.trials)
    folder.keep_lines(FILE, damaged.whole)
    folder.delete(log_mark.FILE)
    log = Log(folder)
    lost = [n for n in tested if n not in log.trials or log.trials[n].state != "complete"]
    log.repaired(dropped, lost, beside)
    where = f"; {folder.where(beside)} keeps the log as it was" if beside else ""
    again = ", ".join(map(str, begun_again)) or "none"
    return (
        f"{damaged.damage}. Kept: the {damaged.whole} lines above. Dropped: {dropped} lines"
        f"{where}. Trials that begin again or are drawn anew: {again}"
    )


def _begin_again(folder: Storage, trials: Mapping[int, TrialRecord]) -> list[int]:
    """Remove the models and snapshots of the trials that the lines left do not end."""
    numbers = {int(name) for name in folder.names(TRIALS) if name.isdigit()}
    running = {number for number, trial in trials.items() if trial.state == "running"}
    begun_again = sorted(running | (numbers - set(trials)))
    for number in begun_again:
        snapshots.drop(folder, number)
        models.drop_models(folder, number)
    return begun_again
