"""Checks of a space: names are known, values and ranges are possible."""

from typing import TYPE_CHECKING

from fairser_core.methods import METHODS
from fairser_core.methods.settings import defaults, make
from search.space.domains import SpaceError, contains, corners
from search.tasks.tasks import TASKS

if TYPE_CHECKING:
    from search.space.space import Space


def check(space: "Space") -> None:
    """Check that a space can be searched.

    Raises:
        SpaceError: it cannot; names file, key, value and rule.
    """
    _check_method(space)
    _check_floor(space)
    _check_objectives(space)
    _check_first(space)


def _check_method(space: "Space") -> None:
    """Check that keys are settings of the method, and values possible and of the right type."""
    known = defaults(METHODS[space.method])
    sections = [("fixed", key, [value]) for key, value in space.fixed.items()]
    sections += [("search", key, corners(domain)) for key, domain in space.search.items()]
    for section, key, values in sections:
        place = (
            f"{space.place} [{section}.{key}]"
            if section == "search"
            else (f"{space.place} [{section}] {key}")
        )
        if key not in known:
            raise SpaceError(
                f"`{key}` is no setting of method {space.method!r}; its settings are "
                f"{', '.join(sorted(known))} ({place})"
            )
        kind = type(known[key])
        for value in values:
            if type(value) is not kind and not (kind is float and type(value) is int):
                raise SpaceError(
                    f"`{key}` must be of type {kind.__name__}, got {value!r} ({place})"
                )
            try:
                make(METHODS[space.method], {key: value})
            except ValueError as error:
                raise SpaceError(f"{error} ({place})") from error


def _check_floor(space: "Space") -> None:
    """Check that floors are shares of metrics that are better when higher."""
    directions, place = TASKS[space.task].directions, f"{space.place} [floor]"
    if {"metric", "of_baseline"} & set(space.floor):
        raise SpaceError(
            "[floor] has a line for each metric, its share of the baseline's, such as "
            f"`ccc = 0.75`, got {', '.join(space.floor)} ({place})"
        )
    for metric, share in space.floor.items():
        if metric not in directions:
            raise SpaceError(
                f"unknown metric {metric!r}; there are {', '.join(directions)} ({place})"
            )
        if directions[metric] != "maximize":
            raise SpaceError(
                f"`{metric}` is not better when higher, so it can have no floor ({place} {metric})"
            )
        if type(share) not in (int, float) or not 0 < share <= 1:
            raise SpaceError(
                f"`{metric}` must be a number in (0, 1], a share of the baseline's, got {share!r} "
                f"({place} {metric})"
            )


def _check_objectives(space: "Space") -> None:
    """Check that objectives and reference name metrics and fit together."""
    directions = TASKS[space.task].directions
    for metric in (*space.objectives, *space.reference):
        if metric not in directions:
            raise SpaceError(
                f"unknown metric {metric!r}; there are {', '.join(directions)} ({space.place})"
            )
    if not space.objectives:
        raise SpaceError(f"`objectives` must name at least one metric ({space.place})")
    for metric in space.objectives:
        if directions[metric] == "zero":
            raise SpaceError(
                f"objective `{metric}` is best at zero, so a mean over seeds may cancel out; take "
                f"one that is least or greatest ({space.place})"
            )
    placed = {*space.reference, *space.floor}
    missing = [metric for metric in space.objectives if metric not in placed]
    if missing:
        raise SpaceError(
            f"[reference] must give a value for {', '.join(missing)}: the hypervolume needs a "
            f"reference point ({space.place})"
        )


def _check_first(space: "Space") -> None:
    """Check that the configurations tried first lie in the domains."""
    for row, values in enumerate(space.first):
        place = f"{space.place} [[first]] {row + 1}"
        for key, value in values.items():
            if key not in space.search:
                raise SpaceError(f"`{key}` is not searched ({place})")
            if not contains(space.search[key], value):
                raise SpaceError(f"`{key}` must lie in its domain, got {value!r} ({place})")
