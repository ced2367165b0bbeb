"""What systems are called in a report: as in the papers, and as short as tells them apart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fairser_core.methods import METHODS

PAPERS = dict(system for method in METHODS.values() for system in method.systems)
"""What the papers call the systems of the spaces, in the order of their tables."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"  # of baselines, whose own names say nothing


@dataclass(frozen=True)
class Origin:
    """Where a system is from.

    Attributes:
        space: name of its space.
        sweep: name of its sweep.
        member: its name in the front of the sweep.
        is_baseline: whether others are compared with it.
    """

    space: str
    sweep: str
    member: str
    is_baseline: bool


def place(space: str) -> int:
    """Where a space's systems stand in a table; the user's own behind the papers'."""
    return [*PAPERS, space].index(space)


def names(origins: Sequence[Origin]) -> list[str]:
    """Names of systems, each another.

    The papers' words; where these are not enough, with the member, and then with the sweep. A
    single baseline keeps the plain word, several get letters.

    Args:
        origins: of the systems; no two of one sweep and member.
    """
    members = Counter(one.sweep for one in origins)
    told = [_words(one, origins) for one in origins]
    levels = [int(members[one.sweep] > 1) for one in origins]
    while True:
        found = [words[level] for words, level in zip(told, levels, strict=True)]
        longer = list(levels)
        for name in (name for name, count in Counter(found).items() if count > 1):
            rows = [row for row, own in enumerate(found) if own == name]
            plain = [row for row in rows if origins[row].is_baseline]
            for row in rows:
                if len(plain) != 1 or row not in plain:
                    longer[row] = min(levels[row] + 1, len(told[row]) - 1)
        if longer == levels:
            return found
        levels = longer


def _words(one: Origin, origins: Sequence[Origin]) -> list[str]:
    """A system's names, each more exact than the one before."""
    word = PAPERS.get(one.space, one.space)
    if not one.is_baseline:
        return [word, f"{word} {one.member}", f"{word} {one.member} of {one.sweep}"]
    number = [other.sweep for other in origins if other.is_baseline].index(one.sweep)
    exact = f"{word} of {one.sweep}"
    return [word, f"{word} {LETTERS[number]}" if number < len(LETTERS) else exact, exact]
