"""Whether a sweep still learns from what it began with."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

SAMPLE = "values of the features"  # the fact that holds some of them
TOLERANCE = 1e-3  # of normalised features, which machines may compute a little differently


class SweepChanged(ValueError):
    """A sweep cannot go on: something is not as it was when it began."""


def check_same(
    what: str,
    then: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    when: str = "when this sweep began",
) -> None:
    """Refuse to go on with something else than a sweep began with.

    Args:
        what: name of what is compared, for the message.
        then: its facts when the sweep began; None for a new sweep.
        now: its facts now. A `fingerprint` among them decides, the others only explain.
        when: time of `then`, for the message.

    Raises:
        SweepChanged: naming all that differs.
    """
    now = now or {}
    if then is None or ("fingerprint" in now and now["fingerprint"] == then.get("fingerprint")):
        return
    differing = list(_differences(then, now, ""))
    if differing:
        raise SweepChanged(f"the {what} is not as it was {when}: " + "; ".join(differing))


def _differences(then: Any, now: Any, place: str) -> Iterator[str]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in {**then, **now}:
            yield from _differences(then.get(key), now.get(key), f"{place}.{key}".lstrip("."))
    elif not (_close(then, now) if place == SAMPLE else then == now):
        yield f"`{place}` is {_shown(now)}, was {_shown(then)}"


def _close(then: list[float], now: list[float]) -> bool:
    return len(then) == len(now) and bool(np.allclose(then, now, atol=TOLERANCE))


def _shown(fact: Any) -> str:
    text = "not there" if fact is None else str(fact)
    return text if len(text) < 80 else f"{text[:75]} ..."
