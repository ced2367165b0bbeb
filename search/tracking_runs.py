"""What a sweep's MLflow runs should say, and what they still lack of it. Touches no store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal, TypeVar

from search.front import Front, Point
from search.front_text import (
    better,
    checked_text,
    floor_text,
    hypervolume_text,
    percent,
    plural,
)
from search.history import Moment
from search.log import EpochRecord, TrialRecord, TrialState

Status = Literal["RUNNING", "FINISHED", "FAILED", "KILLED"]
Item = TypeVar("Item")

STEP_METRICS = ("epoch", "lane_epochs")
"""Metrics whose value is their step: the latest tells how far a run is written."""
DESCRIPTION = "mlflow.note.content"

# One `log_batch` takes 1000 entities in all, of which 100 params and 100 tags.
MAX_METRICS, MAX_PARAMS, MAX_TAGS = 800, 100, 100
LONGEST_TAG = 4000  # characters; MLflow keeps 8000

_STATUS: dict[TrialState, Status] = {
    "complete": "FINISHED",
    "stopped": "FINISHED",
    "failed": "FAILED",
}


@dataclass(frozen=True)
class RunView:
    """A run as it should stand.

    Attributes:
        params: by name.
        tags: by name.
        steps: metrics of each step; steps written before may be left out.
        status: as MLflow names it.
    """

    params: Mapping[str, str]
    tags: Mapping[str, str]
    steps: Mapping[int, Mapping[str, float]]
    status: Status


@dataclass
class Written:
    """A run as the store holds it.

    Attributes:
        run_id: MLflow's name for it.
        step: newest step with metrics; -1 for none.
        params: by name; MLflow lets none change.
        tags: by name.
        status: as MLflow names it.
    """

    run_id: str
    step: int = -1
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "RUNNING"

    def add(self, change: "Change") -> None:
        """The change has been written."""
        self.step = max(change.steps, default=self.step)
        self.params.update(change.params)
        self.tags.update(change.tags)
        self.status = change.status or self.status


@dataclass(frozen=True)
class Change:
    """What a run lacks; `status` is None if it stands already."""

    params: dict[str, str]
    tags: dict[str, str]
    steps: dict[int, Mapping[str, float]]
    status: Status | None


@dataclass(frozen=True)
class Batch:
    """What one `log_batch` takes; metrics are (name, value, step)."""

    metrics: Sequence[tuple[str, float, int]]
    params: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str]]


def difference(view: RunView, written: Written) -> Change:
    """What to write so that the store holds the view.

    Steps up to the newest one written are never written again, since MLflow would keep both
    values; a param keeps its first value.
    """
    return Change(
        params={k: v for k, v in view.params.items() if k not in written.params},
        tags={k: v for k, v in view.tags.items() if written.tags.get(k) != v},
        steps={step: values for step, values in view.steps.items() if step > written.step},
        status=view.status if view.status != written.status else None,
    )


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
    params = _chunks(change.params.items(), MAX_PARAMS)
    tags = _chunks(change.tags.items(), MAX_TAGS)
    nothing: list[Any] = []
    return [Batch(*piece) for piece in zip_longest(metrics, params, tags, fillvalue=nothing)]


def _epoch_metrics(record: EpochRecord) -> dict[str, float]:
    """Means and spreads as they are; loss terms apart, for they may bear a metric's name."""
    terms = {f"loss/{name}": value for name, value in record.terms.items()}
    return {"epoch": record.epoch, **record.metrics, **terms, "seconds": record.seconds}


def trial_view(
    trial: TrialRecord, points: Sequence[Point], after: int, unfinished: Status = "RUNNING"
) -> RunView:
    """A trial's run.

    Args:
        trial: as the log tells it.
        points: those of the front in which the trial's lanes count.
        after: newest epoch written; the epochs up to it are left out.
        unfinished: status of a trial that is not over.
    """
    members = [point for point in points if point.on_front]
    tags = {
        "state": trial.state,
        "purpose": trial.purpose,
        "pareto": "true" if members else "false",
    }
    if points:
        tags["feasible"] = "true" if any(point.feasible for point in points) else "false"
    # Empty off the front: a tag that is left out stays as it was.
    tags["front_epochs"] = ", ".join(str(point.epoch) for point in members)
    tags["front_probability"] = percent(members[0].probability) if members else ""
    if trial.reason:
        tags["reason"] = trial.reason[:LONGEST_TAG]
    if trial.notes:
        tags["notes"] = "\n".join(trial.notes)[-LONGEST_TAG:]
    values = {key: str(value) for key, value in trial.values.items()}
    return RunView(
        params={**values, "seeds": ", ".join(map(str, trial.seeds))},
        tags=tags,
        steps={e.epoch: _epoch_metrics(e) for e in trial.epochs if e.epoch > after},
        status=_STATUS.get(trial.state, unfinished),
    )


def sweep_view(
    front: Front,
    moments: Sequence[Moment],
    params: Mapping[str, str],
    tags: Mapping[str, str],
    status: Status = "RUNNING",
) -> RunView:
    """The sweep's own run: what the caller says of it and how the front grows.

    Args:
        front: of the trials.
        moments: how it grew; a step is the lane-epochs trained by then.
        params: of the sweep.
        tags: of the sweep; a description among them takes the place of the front's.
        status: of the sweep.
    """
    done = len({number for point in front.points for number in point.trials})
    described = {} if DESCRIPTION in tags else {DESCRIPTION: _description(front, done)}
    return RunView(
        params=params,
        tags={**described, **tags},
        steps=_steps(moments),
        status=status,
    )


def _steps(moments: Sequence[Moment]) -> dict[int, dict[str, float]]:
    """Each moment under its lane-epochs; one more where nothing was trained since the last."""
    steps: dict[int, dict[str, float]] = {}
    for moment in moments:
        step = max(moment.lane_epochs, next(reversed(steps), -1) + 1)
        metrics = {name: float(value) for name, value in vars(moment).items()}
        steps[step] = {**metrics, STEP_METRICS[1]: float(step)}
    return steps


def _description(front: Front, done: int) -> str:
    objectives = ", ".join(f"{name} ({better(name)})" for name in front.objectives)
    sentences = [
        f"A search over {objectives}: {plural(done, 'trial')} done, "
        f"{len(front.members)} on the Pareto front (tag `pareto`).",
        f"Floor: {floor_text(front.floor)}." if front.floor else "",
        f"Its {hypervolume_text(front)}.",
        f"{checked_text(front).capitalize()}." if front.checked else "",
        "Each nested run is one trial, and a step of its metrics is an epoch: means over lanes, "
        "`_sd` their spread, `loss/` the loss terms. The artifacts hold the front as table, "
        "picture and page.",
    ]
    return " ".join(filter(None, sentences))
