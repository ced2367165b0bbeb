"""Settings that a sweep takes over from the best member of another (--base)."""

from typing import Any

from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults
from search.space.space import Space
from search.space.space_error import SpaceError
from search.space.values import Value
from search.store.storage import Storage
from search.sweep.head import named_by, saved_head
from search.sweep.policy import SearchPolicy
from search.sweep.sweep import Sweep
from search.tasks.tasks import TASKS


def base_changes(name: str, results: Storage, space: Space) -> dict[str, Any]:
    """Return the settings that a space takes over from the best member of a phase-1 sweep.

    It takes over every setting that its method has and does not search, with the early stopping,
    and how features and windows are made. Its own baseline then has the same.

    Args:
        name: name of the phase-1 sweep.
        results: folder of all sweeps.
        space: space of the new sweep, as in its file.

    Returns:
        Values by key, as `--set` gives them.

    Raises:
        SpaceError: the sweep is not one of the task's baseline with a complete trial.
    """
    base, values = base_values(name, results, space.task)
    shared = defaults(METHODS[space.method])
    changes: dict[str, Any] = {
        key: value for key, value in values.items() if key in shared and key not in space.search
    }
    for table, settings in {"features": base.features, **base.task_settings}.items():
        for key, value in vars(settings).items():
            changes[f"{table}.{key}"] = list(value) if isinstance(value, tuple) else value
    return changes


def base_values(name: str, results: Storage, task: str) -> tuple[Space, dict[str, Value]]:
    """Return the space and all settings of the most accurate member of a phase-1 sweep.

    Args:
        name: name of the sweep.
        results: folder of all sweeps.
        task: task of the sweep that builds on it.

    Raises:
        SpaceError: the sweep is not one of the task's baseline with a complete trial.
    """
    baseline = TASKS[task].baseline
    with named_by("--base"):
        head = saved_head(results, name)
    if head.space.method != baseline:
        raise SpaceError(
            f"--base takes a sweep of the space {baseline}, {name!r} is of {head.space.name}"
        )
    members = Sweep(head, SearchPolicy()).front().members
    if not members:
        raise SpaceError(f"--base {name}: that sweep has no complete trial yet")
    return head.space, {**defaults(METHODS[baseline]), **head.space.fixed, **members[0].values}
