"""Which sweep to run: a new one made from the options, or an old one to go on with."""

import dataclasses
import time
import tomllib
from pathlib import Path
from typing import Any

from search.arguments.search_arguments import DEFAULTS, SMOKE
from search.space.domains import SpaceError
from search.space.load import load, parse
from search.space.space import Budget, Space
from search.space.tasks import TASKS
from search.store.storage import Storage, StorageError
from search.sweep.prerequisites import baseline_space, floors_of, reference_sweep
from search.sweep.resume_check import floors_as_now
from search.sweep.sweep import SPACE_FILE, STAGE1_FILE, Sweep, saved_facts

BUDGET = tuple(field.name for field in dataclasses.fields(Budget))


class NoSuchSweep(ValueError):
    """There is no sweep of that name."""


def base_values(name: str, results: Storage, task: str) -> dict[str, Any]:
    """Settings of the best trial of a phase-1 sweep.

    Raises:
        SpaceError: if the sweep is not one of the task's baseline with a complete trial.
    """
    baseline = TASKS[task].baseline
    folder = results.folder(name)
    space = saved_space(folder, name)
    if space.method != baseline:
        raise SpaceError(
            f"--base takes a sweep of the space {baseline}, {name!r} is of {space.name}"
        )
    members = Sweep(name, folder, space, seed=0).front().members
    if not members:
        raise SpaceError(f"--base {name}: that sweep has no complete trial yet")
    return {**space.fixed, **members[0].values}


def saved_space(folder: Storage, name: str) -> Space:
    """The space that a sweep was started with.

    Raises:
        NoSuchSweep: if there is no such sweep.
    """
    content, facts, place = folder.read(SPACE_FILE), saved_facts(folder), folder.where(SPACE_FILE)
    if content is None or facts is None:
        raise NoSuchSweep(f"no sweep {name!r}: there is no {place}")
    try:
        table = tomllib.loads(content.decode())
    except ValueError as error:
        raise SpaceError(f"{place} cannot be read: {error}") from error
    return parse(floors_as_now(table), facts["space"], place)


def new_space(options: dict[str, Any], results: Storage) -> Space:
    """The space of a new sweep: the file, then --base, then --set, then the budget's options."""
    changes = dict(options.get("set", []))
    if "base" in options:
        file = load(options["space"], options["corpus"])
        handed = base_values(options["base"], results, file.task)
        # Early stopping belongs to phase 1: it would keep the least de-biased epoch.
        kept = {k: v for k, v in handed.items() if k in file.fixed and k != "patience"}
        changes = {**kept, **changes}
    space = load(options["space"], options["corpus"], changes)
    smoke: dict[str, int] = SMOKE if options.get("smoke") else {}
    budget: dict[str, int] = {
        **smoke,
        **{k: options[k] for k in BUDGET if k in options},
    }
    return dataclasses.replace(space, budget=dataclasses.replace(space.budget, **budget))


def open_sweep(given: dict[str, Any], results: Storage) -> tuple[Sweep, dict[str, Any]]:
    """The sweep to run and the options it runs with: a new one or the one to resume."""
    if "resume" not in given:
        options = {**DEFAULTS, **given}
        for key in ("corpus_dir", "raters", "checkpoint"):
            if key in options:  # to be found from any folder when resuming
                options[key] = str(Path(options[key]).expanduser().absolute())
        space = new_space(options, results)
        name = given.get("name") or f"{space.name}-{time.strftime('%Y%m%d-%H%M%S')}"
        folder = results.folder(name)
        early = {SPACE_FILE, STAGE1_FILE}  # alone they were left by one killed as it began
        if set(folder.names("")) - early:
            raise StorageError(
                f"sweep {name!r} exists already ({folder.where()}); go on with it by "
                f"--resume {name}, or choose another --name"
            )
        return _sweep(name, folder, space, options), options
    name = given["resume"]
    folder = results.folder(name)
    space = saved_space(folder, name)
    options = {**DEFAULTS, **(saved_facts(folder) or {}).get("options", {}), **given}
    changes = {key: given[key] for key in BUDGET if key in given}
    space = dataclasses.replace(space, budget=dataclasses.replace(space.budget, **changes))
    return _sweep(name, folder, space, options), options


def _sweep(name: str, folder: Storage, space: Space, options: dict[str, Any]) -> Sweep:
    return Sweep(
        name,
        folder,
        space,
        options["seed"],
        sampler=options["sampler"],
        stopping=options["scheduler"] != "none",
    )


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
