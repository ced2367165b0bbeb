"""Changes of a sweep's inputs and space since the sweep began."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

SAMPLE = "values of the features"  # key of a sample of the features
TOLERANCE = 1e-3  # of normalised features, whose last digits differ between machines
LONGEST = 80  # characters of a value in a message


class SweepChanged(ValueError):
    """Error of a sweep that cannot go on, because its inputs or its space changed."""


def check_same(
    what: str,
    then: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    when: str = "when this sweep began",
) -> None:
    """Check that facts are the same as when a sweep began.

    Args:
        what: name of the thing that the facts describe, for the message.
        then: facts when the sweep began; None for a new sweep.
        now: facts now. If they hold a `fingerprint` that is the same, the others may differ.
        when: time of `then`, for the message.

    Raises:
        SweepChanged: facts differ; names each, with both values.
    """
    now = now or {}
    if then is None or ("fingerprint" in now and now["fingerprint"] == then.get("fingerprint")):
        return
    differing = list(_differences(then, now, ""))
    if differing:
        raise SweepChanged(f"the {what} is not as it was {when}: " + "; ".join(differing))


def _differences(then: Any, now: Any, path: str) -> Iterator[str]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in {**then, **now}:
            yield from _differences(then.get(key), now.get(key), f"{path}.{key}".lstrip("."))
    elif not (_close(then, now) if path == SAMPLE else then == now):
        yield f"`{path}` is {_value_text(now)}, was {_value_text(then)}"


def _close(then: Any, now: Any) -> bool:
    if not (isinstance(then, list) and isinstance(now, list) and len(then) == len(now)):
        return False
    numbers = all(isinstance(value, int | float) for value in (*then, *now))
    return numbers and bool(np.allclose(then, now, atol=TOLERANCE))


def _value_text(fact: Any) -> str:
    text = "not there" if fact is None else str(fact)
    return text if len(text) < LONGEST else f"{text[: LONGEST - 5]} ..."
