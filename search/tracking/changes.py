"""Differences between the MLflow runs of a sweep's log and the stored ones, as pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from math import isnan
from typing import Any, Literal, TypeVar

Status = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]
Item = TypeVar("Item")

STEP_METRICS = ("epoch", "lane_epochs")
"""Metrics whose value is their step: the newest is the last step written."""
STANDING, SINCE = "point/", "point/since"
"""Prefix of metrics that may change without an epoch, and the metric whose value is their step."""
CLAIMED, SIZE, FRESH = "hypervolume", "front_size", "hypervolume_fresh"
"""Metrics of the front in a sweep's run, which may change without an epoch as well."""

# MLflow's limit for one `log_batch`: 1000 entities, of which 100 params and 100 tags.
MAX_METRICS, MAX_PARAMS, MAX_TAGS = 800, 100, 100


def is_standing(metric: str, whole: bool = False) -> bool:
    """Return whether only the newest value of a stored metric counts.

    Args:
        metric: name of the metric.
        whole: whether its run is a member's, all of whose metrics may change.
    """
    return whole or metric.startswith(STANDING) or metric in (CLAIMED, SIZE, FRESH)


@dataclass(frozen=True)
class RunView:
    """Run as it should be stored.

    Attributes:
        params: params by name.
        tags: tags by name.
        steps: metrics of each step; steps written before may be omitted.
        status: MLflow's status.
        standing: metrics of which only the newest value counts, `point/since` among them.
    """

    params: Mapping[str, str]
    tags: Mapping[str, str]
    steps: Mapping[int, Mapping[str, float]]
    status: Status
    standing: Mapping[str, float] = field(default_factory=dict)


@dataclass
class StoredRun:
    """Run as the store holds it.

    Attributes:
        run_id: MLflow's id of the run.
        step: newest step with metrics; -1 for none.
        params: params by name; MLflow lets none change.
        tags: tags by name.
        status: MLflow's status.
        standing: newest values of the metrics that may change without an epoch.
        model: id of the logged model that the run's metrics are bound to; None without one.
        fed: whether the corpus is recorded as the run's input.
    """

    run_id: str
    step: int = -1
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "RUNNING"
    standing: dict[str, float] = field(default_factory=dict)
    model: str | None = None
    fed: bool = False

    def add(self, change: "Change") -> None:
        """Add a change that has been written."""
        self.step = max(change.steps, default=self.step)
        self.params.update(change.params)
        self.tags.update(change.tags)
        self.standing.update(change.standing)
        self.status = change.status or self.status


@dataclass(frozen=True)
class Change:
    """Params, tags, metrics and status that a stored run lacks; None for the stored status."""

    params: dict[str, str]
    tags: dict[str, str]
    steps: dict[int, Mapping[str, float]]
    status: Status | None
    standing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Content of one `log_batch`; metrics are (name, value, step)."""

    metrics: Sequence[tuple[str, float, int]]
    params: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]


def difference(view: RunView, stored: StoredRun) -> Change:
    """Return the change that makes the stored run equal to the view.

    Steps up to the newest stored one are never written again, because MLflow would keep both
    values. A param keeps its first value. Standing metrics that changed get a later step.
    """
    return Change(
        params={k: v for k, v in view.params.items() if k not in stored.params},
        tags={k: v for k, v in view.tags.items() if stored.tags.get(k) != v},
        steps={step: values for step, values in view.steps.items() if step > stored.step},
        status=view.status if view.status != stored.status else None,
        standing=_standing_change(view.standing, stored.standing),
    )


def _standing_change(view: Mapping[str, float], stored: Mapping[str, float]) -> dict[str, float]:
    """Return all standing metrics with a new step; none if no value changed."""
    if all(_equal(stored.get(name), value) for name, value in view.items() if name != SINCE):
        return {}
    return {**view, SINCE: max(view[SINCE], stored.get(SINCE, -1.0) + 1)}


def _equal(stored: float | None, value: float) -> bool:
    """Return whether a stored value is this value; NaN is equal to NaN."""
    return stored is not None and (stored == value or (isnan(stored) and isnan(value)))


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    sequence = list(items)
    return (sequence[start : start + size] for start in range(0, len(sequence), size))


def batches(change: Change) -> list[Batch]:
    """Return a change in batches that MLflow accepts, with steps in order.

    A step's metrics stay in one batch, which a store writes as a whole or not at all. The newest
    step in the store is therefore always complete.
    """
    metrics: list[list[tuple[str, float, int]]] = []
    for step, values in sorted(change.steps.items()):
        if not metrics or len(metrics[-1]) + len(values) > MAX_METRICS:
            metrics.append([])
        metrics[-1] += [(name, value, step) for name, value in values.items()]
    if change.standing:
        step = int(change.standing[SINCE])
        metrics.append([(name, value, step) for name, value in change.standing.items()])
    params = _chunks(change.params.items(), MAX_PARAMS)
    tags = _chunks(change.tags.items(), MAX_TAGS)
    nothing: list[Any] = []
    return [Batch(*piece) for piece in zip_longest(metrics, params, tags, fillvalue=nothing)]
