"""Bases: the tested candidates of the baseline that members are compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.replication.choices import Counterpart
from search.replication.test_record import RecordedTest


@dataclass(frozen=True)
class Base:
    """Tested candidate of the baseline that a member is compared with.

    Attributes:
        name: name of the candidate.
        epoch: epoch of the candidate.
        alike: whether the rule that chose the member chose this candidate.
    """

    name: str
    epoch: int
    alike: bool


def bases_of(
    members: Iterable[str], choices: Mapping[str, Counterpart], tests: Sequence[RecordedTest]
) -> dict[str, Base]:
    """Return the tested baseline that each member is compared with.

    A member without a recorded choice, or whose choice was not tested, is compared with the
    latest epoch that was.

    Args:
        members: names of tested members.
        choices: recorded choices.
        tests: recorded tests of the baseline.

    Returns:
        Bases by member; empty if no baseline was tested.
    """
    names = {test.epoch: test.name for test in tests if test.seeds}
    if not names:
        return {}
    latest, bases = max(names), {}
    for member in members:
        chosen = choices[member].epoch if member in choices else None
        alike = chosen in names
        epoch = chosen if chosen is not None and alike else latest
        bases[member] = Base(names[epoch], epoch, alike)
    return bases


def unlike_text(bases: Mapping[str, Base]) -> str:
    """Return a sentence on baselines that were not chosen as their members; empty without any.

    Args:
        bases: bases by member.
    """
    members = [member for member, base in bases.items() if not base.alike]
    if not members:
        return ""
    base = bases[members[0]]
    return (
        f"{base.name}, the baseline after epoch {base.epoch}, was not chosen by the rule that "
        f"chose {', '.join(members)}: an earlier version tested its last epoch, or no epoch "
        "reaches all floors. A part of the difference may be the choice of the epoch."
    )
