"""A sweep that was run, opened to look at: with the floors that its front was held to."""

from typing import Any

from search.opening import open_sweep
from search.reference import baseline_space, floors_of, reference_sweep
from search.storage import Storage
from search.sweep import Sweep


class NotBegun(ValueError):
    """A sweep has nothing to show yet."""


def split_address(given: str, results: str | None) -> tuple[str, str | None]:
    """A sweep's name and its results folder, of a name or a folder or URI that ends in one.

    Args:
        given: what names the sweep.
        results: the folder that holds it if `given` does not say; None for the default.
    """
    address, question, query = given.partition("?")
    folder, slash, name = address.rstrip("/").rpartition("/")
    return name, ((folder or "/") + question + query if slash and not results else results)


def opened(name: str, results: Storage) -> tuple[Sweep, dict[str, Any]]:
    """A sweep with its floors and baseline, and the options that it ran with.

    Raises:
        NoSuchSweep: there is none of that name.
        NotBegun: it was stopped before its baseline was trained.
    """
    sweep, options = open_sweep({"resume": name}, results)
    if sweep.space.floor:
        baseline = sweep.facts.get("baseline")
        if not baseline:
            raise NotBegun(f"sweep {name!r} has no baseline yet: go on with it by --resume {name}")
        space = baseline_space(sweep.space)
        trained = reference_sweep(baseline, results.folder(baseline), space, sweep.seed)
        sweep.floors, sweep.baseline = floors_of(sweep.space, trained)
    return sweep, options
