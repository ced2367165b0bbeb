"""Lists of names in messages: the first ones, and that there are more."""

from collections.abc import Sequence

MOST_NAMED = 5


def named(names: Sequence[object]) -> str:
    """Return the first names as text, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(str, names[:MOST_NAMED])) + more
