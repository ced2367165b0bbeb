"""Nearest names to one that is unknown."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the names that are like an unknown one: `; did you mean alpha0?`; empty if none is.

    Args:
        name: unknown name.
        names: names that there are.
    """
    there = list(dict.fromkeys(names))
    like = get_close_matches(name, there, n=3, cutoff=0.6)
    if not like:  # a part of a name is like it, too
        like = [other for other in there if name and (name in other or other in name)][:3]
    return f"; did you mean {' or '.join(like)}?" if like else ""
