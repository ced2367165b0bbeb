"""Which stage 1 to build on: a member of the front of a sweep of detectors."""

from fairser_core.methods import METHODS
from fairser_core.methods.dnn_method import DnnMethod
from fairser_core.metrics import cost
from search.front import Front, Point
from search.front_text import point_name
from search.opening import saved_space
from search.reference import baseline_space, floor_of, reference_sweep
from search.storage import Storage
from search.sweep import Sweep, saved_facts

GIVEN_UP = 0.02  # of the accuracy, for the sake of fairness


class Stage1Error(ValueError):
    """What was named as stage 1 cannot be it."""


def fairest_able(front: Front) -> Point:
    """The fairest member of a front that is about as accurate as the baseline.

    The accuracy is the first objective, and may be 0.02 below the baseline's, or below that of the
    most accurate member where the front has no baseline. Where no member is as accurate as that, it
    is the most accurate one. The fairest has the best second objective.
    """
    accuracy, *fairness = front.objectives
    first = front.members[0]
    known = front.baseline.get(accuracy, first.metrics[accuracy])
    able = [
        point
        for point in front.members
        if cost(accuracy, point.metrics[accuracy]) <= cost(accuracy, known) + GIVEN_UP
    ]
    return min(able or [first], key=lambda p: [cost(name, p.metrics[name]) for name in fairness])


def member_named(front: Front, name: str) -> Point:
    """The member of a front that bears a name, as in the front's table.

    Raises:
        Stage1Error: there is none; names those there are.
    """
    names = {point_name(point): point for point in front.members}
    if name not in names:
        raise Stage1Error(f"{name} is not on the front; there are {', '.join(names)}")
    return names[name]


def named_stage1(given: str, results: Storage) -> tuple[Sweep, Point]:
    """The sweep that `--stage1` names, and the member of its front that is named or chosen.

    Args:
        given: SWEEP or SWEEP/TRIAL@EPOCH.
        results: where sweeps lie.

    Raises:
        Stage1Error: the sweep trains no detectors or has no front yet, or the member is not on it.
        NoSuchSweep: there is no such sweep.
    """
    name, _, member = given.partition("/")
    sweep = _detectors(name, results)
    front = sweep.front()
    if not front.members:
        raise Stage1Error(f"--stage1 {name}: that sweep has nothing on its front yet")
    try:
        return sweep, member_named(front, member) if member else fairest_able(front)
    except Stage1Error as error:
        raise Stage1Error(f"--stage1 {given}: {error}") from None


def _detectors(name: str, results: Storage) -> Sweep:
    """A sweep of detectors, with the floor its front is above."""
    folder = results.folder(name)
    space = saved_space(folder, name)
    able = [method for method, kind in METHODS.items() if issubclass(kind, DnnMethod)]
    if space.method not in able:
        raise Stage1Error(
            f"--stage1 takes a sweep of a method that detects emotions ({', '.join(able)}), "
            f"{name!r} is of {space.method}"
        )
    facts = saved_facts(folder) or {}
    sweep = Sweep(name, folder, space, facts.get("seed", 0))
    if space.floor and "baseline" in facts:
        place = results.folder(facts["baseline"])
        baseline = reference_sweep(facts["baseline"], place, baseline_space(space), sweep.seed)
        sweep.floor, sweep.baseline = floor_of(space, baseline)
    return sweep
