"""Checks of a space: its names, values and ranges."""

from typing import TYPE_CHECKING

from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults, make
from search.space.domains import contains, corners
from search.space.space_error import SpaceError
from search.tasks.tasks import TASKS
from search.terminal.nearest import nearest

if TYPE_CHECKING:
    from search.space.space import Space


def check(space: "Space") -> None:
    """Check that a space can be searched.

    Raises:
        SpaceError: the space cannot be searched; names file, key, value and rule.
    """
    _check_method(space)
    _check_floor(space)
    _check_objectives(space)
    _check_first(space)


def _check_method(space: "Space") -> None:
    """Check that keys are settings of the method, and values possible and of the right type."""
    settings = defaults(METHODS[space.method])
    sections = [("fixed", key, [value]) for key, value in space.fixed.items()]
    sections += [("search", key, corners(domain)) for key, domain in space.search.items()]
    for section, key, values in sections:
        source = (
            f"{space.source} [{section}.{key}]"
            if section == "search"
            else (f"{space.source} [{section}] {key}")
        )
        if key not in settings:
            raise SpaceError(
                f"`{key}` is no setting of method {space.method!r}; its settings are "
                f"{', '.join(sorted(settings))}{nearest(key, settings)} ({source})"
            )
        kind = type(settings[key])
        for value in values:
            if type(value) is not kind and not (kind is float and type(value) is int):
                raise SpaceError(
                    f"`{key}` must be of type {kind.__name__}, got {value!r} ({source})"
                )
            try:
                make(METHODS[space.method], {key: value})
            except ValueError as error:
                raise SpaceError(f"{error} ({source})") from error


def _check_floor(space: "Space") -> None:
    """Check that floors are shares of metrics that are better when higher."""
    directions, source = TASKS[space.task].directions, f"{space.source} [floor]"
    if {"metric", "of_baseline"} & set(space.floor):
        raise SpaceError(
            "[floor] has a line for each metric, its share of the baseline's, such as "
            f"`ccc = 0.75`, got {', '.join(space.floor)} ({source})"
        )
    if type(space.standing) not in (int, float) or not 0 <= space.standing <= 1:
        raise SpaceError(
            f"`stands` must be a number in [0, 1], the least chance that a seed stands, got "
            f"{space.standing!r} ({source})"
        )
    for metric, share in space.floor.items():
        if metric not in directions:
            raise SpaceError(
                f"unknown metric {metric!r}; there are {', '.join(directions)}"
                f"{nearest(metric, directions)} ({source})"
            )
        if directions[metric] != "maximize":
            raise SpaceError(
                f"`{metric}` is not better when higher, so it can have no floor ({source} {metric})"
            )
        if type(share) not in (int, float) or not 0 < share <= 1:
            raise SpaceError(
                f"`{metric}` must be a number in (0, 1], a share of the baseline's, got {share!r} "
                f"({source} {metric})"
            )


def _check_objectives(space: "Space") -> None:
    """Check that objectives and reference point name metrics and fit together."""
    directions = TASKS[space.task].directions
    for metric, value in space.reference.items():
        if type(value) not in (int, float):
            raise SpaceError(
                f"`{metric}` must be a number, got {value!r} ({space.source} [reference])"
            )
    for metric in (*space.objectives, *space.reference):
        if metric not in directions:
            raise SpaceError(
                f"unknown metric {metric!r}; there are {', '.join(directions)}"
                f"{nearest(metric, directions)} ({space.source})"
            )
    if not space.objectives:
        raise SpaceError(f"`objectives` must name at least one metric ({space.source})")
    for metric in space.objectives:
        if directions[metric] == "zero":
            raise SpaceError(
                f"objective `{metric}` is best at zero, so a mean over seeds may cancel out; take "
                f"one that is least or greatest ({space.source})"
            )
    placed = {*space.reference, *space.floor}
    missing = [metric for metric in space.objectives if metric not in placed]
    if missing:
        raise SpaceError(
            f"[reference] must give a value for {', '.join(missing)}: the hypervolume needs a "
            f"reference point ({space.source})"
        )


def _check_first(space: "Space") -> None:
    """Check that the configurations tried first lie in the domains."""
    for row, values in enumerate(space.first):
        source = f"{space.source} [[first]] {row + 1}"
        for key, value in values.items():
            if key not in space.search:
                raise SpaceError(f"`{key}` is not searched ({source})")
            if not contains(space.search[key], value):
                raise SpaceError(f"`{key}` must lie in its domain, got {value!r} ({source})")
