"""Documents drawn at random, for readers of files that a stranger may have written."""

import copy
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

ALIKE: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
"""Settings with which every run draws the same documents."""


def json_values() -> st.SearchStrategy[Any]:
    """Return values that JSON can hold, also those that it should not."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.sampled_from(["", "/etc/passwd", "../x", "a\x1b]0;x", "\ud800", 10**400, 1e308])
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    )


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a document."""
    if isinstance(document, dict):
        items = list(document.items())
    else:
        items = list(enumerate(document)) if isinstance(document, list) else []
    within = [place for key, value in items for place in places(value, (*path, key))]
    return [path, *within] if path else within


def edited(document: Any) -> st.SearchStrategy[Any]:
    """Return a document with one to three values replaced or removed."""

    def apply(changes: list[tuple[tuple[Any, ...], bool, Any]]) -> Any:
        result = copy.deepcopy(document)
        for (*path, last), removed, value in changes:
            table = result
            try:
                for key in path:
                    table = table[key]
                if removed:
                    del table[last]
                else:
                    table[last] = value
            except (KeyError, IndexError, TypeError):
                continue  # an earlier change took the place away
        return result

    change = st.tuples(st.sampled_from(places(document)), st.booleans(), json_values())
    return st.lists(change, min_size=1, max_size=3).map(apply)
