"""What a sweep's MLflow runs should say, and what they still lack of it. Touches no store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal, TypeVar

Status = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]
Item = TypeVar("Item")

STEP_METRICS = ("epoch", "lane_epochs")
"""Metrics whose value is their step: the latest tells how far a run is written."""
STANDING, SINCE = "point/", "point/since"
"""Prefix of metrics that may change without an epoch, and the one whose value is their step."""

# One `log_batch` takes 1000 entities in all, of which 100 params and 100 tags.
MAX_METRICS, MAX_PARAMS, MAX_TAGS = 800, 100, 100


@dataclass(frozen=True)
class RunView:
    """A run as it should stand.

    Attributes:
        params: by name.
        tags: by name.
        steps: metrics of each step; steps written before may be left out.
        status: as MLflow names it.
        standing: metrics whose newest value is what counts, `point/since` among them.
    """

    params: Mapping[str, str]
    tags: Mapping[str, str]
    steps: Mapping[int, Mapping[str, float]]
    status: Status
    standing: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Written:
    """A run as the store holds it.

    Attributes:
        run_id: MLflow's name for it.
        step: newest step with metrics; -1 for none.
        params: by name; MLflow lets none change.
        tags: by name.
        status: as MLflow names it.
        standing: newest values of the metrics that may change.
    """

    run_id: str
    step: int = -1
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "RUNNING"
    standing: dict[str, float] = field(default_factory=dict)

    def add(self, change: "Change") -> None:
        """The change has been written."""
        self.step = max(change.steps, default=self.step)
        self.params.update(change.params)
        self.tags.update(change.tags)
        self.standing.update(change.standing)
        self.status = change.status or self.status


@dataclass(frozen=True)
class Change:
    """What a run lacks; `status` is None if it stands already."""

    params: dict[str, str]
    tags: dict[str, str]
    steps: dict[int, Mapping[str, float]]
    status: Status | None
    standing: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """What one `log_batch` takes; metrics are (name, value, step)."""

    metrics: Sequence[tuple[str, float, int]]
    params: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]


def difference(view: RunView, written: Written) -> Change:
    """What to write so that the store holds the view.

    Steps up to the newest one written are never written again, since MLflow would keep both
    values; a param keeps its first value. What stands otherwise than before gets a later step.
    """
    return Change(
        params={k: v for k, v in view.params.items() if k not in written.params},
        tags={k: v for k, v in view.tags.items() if written.tags.get(k) != v},
        steps={step: values for step, values in view.steps.items() if step > written.step},
        status=view.status if view.status != written.status else None,
        standing=_restated(view.standing, written.standing),
    )


def _restated(wanted: Mapping[str, float], known: Mapping[str, float]) -> dict[str, float]:
    """All that stands, at a step of its own; nothing if it is known already."""
    if all(known.get(name) == value for name, value in wanted.items() if name != SINCE):
        return {}
    return {**wanted, SINCE: max(wanted[SINCE], known.get(SINCE, -1.0) + 1)}


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    whole = list(items)
    return (whole[start : start + size] for start in range(0, len(whole), size))


def batches(change: Change) -> list[Batch]:
    """The change in pieces that MLflow accepts, steps in order.

    A step's metrics stay in one batch, which a store writes as a whole or not at all: so the
    newest step in the store is never half there.
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
