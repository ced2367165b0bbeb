"""What must be the same for a sweep to go on: its corpus, its features and its space."""

import tomllib
from collections.abc import Iterator
from typing import Any

import numpy as np

from fairser_core.datasets.activation import Activation
from fairser_core.tasks.choice import Data
from search.space.space import Space

SAMPLES = 32  # values of the features that stand for all
SAMPLE = "values of the features"  # the fact that holds them
TOLERANCE = 1e-3  # of normalised features, which machines may compute a little differently


class SweepChanged(ValueError):
    """A sweep cannot go on: something is not as it was when it began."""


def features_facts(data: Data) -> dict[str, Any]:
    """A fingerprint of the features: their shape and evenly spaced values.

    Not a digest, which would differ between machines by the last digit of a value.
    """
    facts: dict[str, Any]
    if isinstance(data, Activation):
        features = data.frames
        facts = {
            "frames": len(features),
            "coefficients": data.problem.coefficients,
            "training windows": len(data.train.start),
            "validation windows": len(data.evaluated.start),
        }
    else:
        features = data.features
        facts = {"utterances": len(features), "coefficients": data.problem.features}
    values = features.reshape(-1)
    places = np.linspace(0, len(values) - 1, SAMPLES).round().astype(int)
    return {**facts, SAMPLE: [round(float(value), 6) for value in values[places]]}


def space_facts(space: Space) -> dict[str, Any]:
    """All of a space but the number of trials, which --resume may raise."""
    facts = tomllib.loads(space.to_toml())
    del facts["budget"]["trials"]
    return facts


def floors_as_now(facts: dict[str, Any]) -> dict[str, Any]:
    """A space's facts, with the floor of a sweep from when there was one as it is written now."""
    floor = facts.get("floor")
    if not isinstance(floor, dict) or set(floor) != {"metric", "of_baseline"}:
        return facts
    return {**facts, "floor": {floor["metric"]: floor["of_baseline"]}}


def check_same(
    what: str,
    then: dict[str, Any] | None,
    now: dict[str, Any],
    when: str = "when this sweep began",
) -> None:
    """Refuse to go on with something else than a sweep began with.

    Args:
        what: is compared: a word for the message.
        then: its facts when the sweep began; None for a new sweep.
        now: its facts now. A `fingerprint` among them decides, the others only explain.
        when: it was as `then`, for the message.

    Raises:
        SweepChanged: naming all that differs.
    """
    if then is None or ("fingerprint" in now and now["fingerprint"] == then.get("fingerprint")):
        return
    differing = list(_differences(then, now, ""))
    if differing:
        raise SweepChanged(f"the {what} is not as it was {when}: " + "; ".join(differing))


def _differences(then: Any, now: Any, place: str) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in {**then, **now}:
            yield from _differences(then.get(key), now.get(key), f"{place}.{key}".lstrip("."))
    elif not (_close(then, now) if place == SAMPLE else then == now):
        yield f"`{place}` is {_shown(now)}, was {_shown(then)}"


def _close(then: list[float], now: list[float]) -> bool:
    return len(then) == len(now) and bool(np.allclose(then, now, atol=TOLERANCE))


def _shown(fact: Any) -> str:
    text = "not there" if fact is None else str(fact)
    return text if len(text) < 80 else f"{text[:75]} ..."
