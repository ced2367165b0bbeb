"""Names of systems in a report: those of the papers, and as short as distinguishes them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fairser_core.methods import METHODS

PAPERS = dict(system for method in METHODS.values() for system in method.systems)
"""Names that the papers give to the systems of the spaces, in the order of their tables."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"  # of baselines, whose own names say nothing


@dataclass(frozen=True)
class Origin:
    """Origin of a system.

    Attributes:
        space: name of the space.
        sweep: name of the sweep.
        member: name in the front of the sweep.
        is_baseline: whether other systems are compared with it.
    """

    space: str
    sweep: str
    member: str
    is_baseline: bool


def rank(space: str) -> int:
    """Return the rank of a space's systems in a table; a user's spaces follow the papers'."""
    return [*PAPERS, space].index(space)


def names(origins: Sequence[Origin]) -> list[str]:
    """Return a unique name for each system.

    A name is that of the papers; if several systems share it, the member is added, then the sweep.
    A single baseline keeps the plain name; those of several sweeps get letters, and several
    candidates of a sweep the epoch.

    Args:
        origins: origins of the systems; no two have the same sweep and member.
    """
    members = Counter(origin.sweep for origin in origins)
    candidates = [_candidate_names(origin, origins) for origin in origins]
    levels = [int(members[origin.sweep] > 1 and not origin.is_baseline) for origin in origins]
    while True:
        chosen = [options[level] for options, level in zip(candidates, levels, strict=True)]
        longer = list(levels)
        for shared in (name for name, count in Counter(chosen).items() if count > 1):
            rows = [row for row, name in enumerate(chosen) if name == shared]
            baselines = [row for row in rows if origins[row].is_baseline]
            for row in rows:
                if len(baselines) != 1 or row not in baselines:
                    longer[row] = min(levels[row] + 1, len(candidates[row]) - 1)
        if longer == levels:
            return chosen
        levels = longer


def _candidate_names(origin: Origin, origins: Sequence[Origin]) -> list[str]:
    """Return possible names of a system, each more exact than the one before."""
    word = PAPERS.get(origin.space, origin.space)
    if not origin.is_baseline:
        return [word, f"{word} {origin.member}", f"{word} {origin.member} of {origin.sweep}"]
    sweeps = list(dict.fromkeys(other.sweep for other in origins if other.is_baseline))
    epoch, number = origin.member.partition("@")[2], sweeps.index(origin.sweep)
    exact = f"{word} @{epoch}" if epoch else f"{word}, last epoch"
    lettered = [f"{word} {LETTERS[number]}"] if 1 < len(sweeps) <= len(LETTERS) else []
    return [word, *lettered, exact, f"{exact} of {origin.sweep}"]
