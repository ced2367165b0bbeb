"""A sweep as it was left, with the floor that its front is above."""

from search.opening import saved_space
from search.reference import baseline_space, baseline_sweep, floor_of
from search.storage import Storage
from search.sweep import Sweep


def saved_sweep(name: str, results: Storage) -> Sweep:
    """A sweep of the results folder, not to be trained any further.

    Raises:
        NoSuchSweep: there is no such sweep, or its baseline is gone.
        BaselineError: its baseline's training failed.
    """
    folder = results.folder(name)
    space = saved_space(folder, name)
    sweep = Sweep(name, folder, space, seed=0)
    sweep.seed = sweep.facts.get("seed", 0)
    baseline = saved_baseline(sweep, results)
    if baseline:
        sweep.floor, sweep.baseline = floor_of(space, baseline)
    return sweep


def saved_baseline(sweep: Sweep, results: Storage) -> Sweep | None:
    """The sweep that trained the baseline of a sweep; None where it has none, or none yet.

    Raises:
        NoSuchSweep: it is gone.
    """
    if not sweep.space.floor or "baseline" not in sweep.facts:
        return None
    name = sweep.facts["baseline"]
    folder = results.folder(name)
    saved_space(folder, name)
    return baseline_sweep(name, folder, baseline_space(sweep.space), sweep.seed)
