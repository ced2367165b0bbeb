"""Which stage 1 to build on: a member of the front of a sweep of detectors."""

from fairser_core.methods import METHODS
from fairser_core.methods.dnn_method import DnnMethod
from search.finished import opened
from search.front import Point
from search.opening import saved_space
from search.pick import FAIREST_WITHIN, PickError, pick
from search.storage import Storage
from search.sweep import Sweep


class Stage1Error(ValueError):
    """What was named as stage 1 cannot be it."""


def named_stage1(given: str, results: Storage) -> tuple[Sweep, Point]:
    """The sweep that `--stage1` names, and the member of its front that is named or chosen.

    Args:
        given: SWEEP, of whose front `fairest-within` picks, or SWEEP/TRIAL@EPOCH.
        results: where sweeps lie.

    Raises:
        Stage1Error: the sweep trains no detectors, or there is no such member.
        NoSuchSweep: there is no such sweep.
        NotBegun: it was stopped before its baseline was trained.
    """
    name, _, member = given.partition("/")
    method = saved_space(results.folder(name), name).method
    able = [known for known, kind in METHODS.items() if issubclass(kind, DnnMethod)]
    if method not in able:
        raise Stage1Error(
            f"--stage1 takes a sweep of a method that detects emotions ({', '.join(able)}), "
            f"{name!r} is of {method}"
        )
    sweep, _ = opened(name, results)
    try:
        return sweep, pick(sweep.front(), member or FAIREST_WITHIN)
    except PickError as error:
        raise Stage1Error(f"--stage1 {given}: {error}") from None
