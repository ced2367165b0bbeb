"""What MLflow is to say of a sweep and of its trials."""

from collections.abc import Mapping, Sequence

from search.front.front import Front, Point
from search.front.history import Moment
from search.front.names import point_name
from search.presentation.wording import percent
from search.store.trials import EpochRecord, TrialRecord, TrialState
from search.tracking.changes import SINCE, STANDING, STEP_METRICS, RunView, Status
from search.tracking.description import DESCRIPTION, trial_description

LONGEST_TAG = 4000  # characters; MLflow keeps 8000

_STATUS: dict[TrialState, Status] = {
    "complete": "FINISHED",
    "stopped": "FINISHED",
    "failed": "FAILED",
}


def _epoch_metrics(record: EpochRecord) -> dict[str, float]:
    """Means and spreads as they are; loss terms apart, for they may bear a metric's name."""
    terms = {f"loss/{name}": value for name, value in record.terms.items()}
    return {"epoch": record.epoch, **record.metrics, **terms, "seconds": record.seconds}


def counting(front: Front, points: Sequence[Point]) -> Point | None:
    """Return the candidate that counts of a trial: of several members, that of most hypervolume.

    Args:
        front: front of the sweep.
        points: points in which the trial's lanes count.

    Returns:
        The candidate; None if there are no points.
    """
    members = [point for point in points if point.on_front]
    if not members:  # and a replication's front has no reference point
        return points[-1] if points else None
    return max(members, key=lambda point: front.volume([point.metrics]))


def standing(front: Front, point: Point, lane_epochs: int) -> dict[str, float]:
    """Return metrics of the candidate that counts, by which runs can be sorted.

    A run's other metrics end with its last epoch, which need not be the one on the front.

    Args:
        front: front of the sweep.
        point: the candidate.
        lane_epochs: lane-epochs that the sweep has trained.

    Returns:
        `point/<objective>`, where fresh seeds were trained `point/<objective>_fresh`,
        `point/epoch`, `point/seeds` and `point/since`.
    """
    found = {name: point.metrics[name] for name in front.objectives if name in point.metrics}
    fresh = {f"{name}_fresh": point.check[name] for name in front.objectives if name in point.check}
    facts = {"epoch": float(point.epoch), "seeds": float(len(point.seeds))}
    metrics = {f"{STANDING}{name}": value for name, value in {**found, **fresh, **facts}.items()}
    return {**metrics, SINCE: float(lane_epochs)}


def trial_view(
    trial: TrialRecord,
    front: Front,
    points: Sequence[Point],
    after: int,
    unfinished: Status = "RUNNING",
    *,
    params: Mapping[str, str] | None = None,
    lane_epochs: int = 0,
) -> RunView:
    """A trial's run.

    Args:
        trial: as the log tells it.
        front: of the sweep.
        points: those of the front in which the trial's lanes count.
        after: newest epoch written; the epochs up to it are left out.
        unfinished: status of a trial that is not over.
        params: beside the trial's values.
        lane_epochs: that the sweep has trained.
    """
    values = {key: str(value) for key, value in trial.values.items()}
    point = counting(front, points)
    return RunView(
        params={**(params or {}), **values, "seeds": ", ".join(map(str, trial.seeds))},
        tags=_trial_tags(trial, front, points, point),
        steps={e.epoch: _epoch_metrics(e) for e in trial.epochs if e.epoch > after},
        status=_STATUS.get(trial.state, unfinished),
        standing=standing(front, point, lane_epochs) if point else {},
    )


def _trial_tags(
    trial: TrialRecord, front: Front, points: Sequence[Point], counts: Point | None
) -> dict[str, str]:
    members = [point for point in points if point.on_front]
    tags = {
        "state": trial.state,
        "purpose": trial.purpose,
        "pareto": "true" if members else "false",
    }
    if counts:
        tags["feasible"] = "true" if any(point.feasible for point in points) else "false"
        tags["configuration"] = str(counts.trial)
        tags[DESCRIPTION] = trial_description(front, counts)
    # Empty off the front: a tag that is left out stays as it was.
    tags["members"] = ", ".join(map(point_name, members))
    tags["front_probability"] = percent(members[0].probability) if members else ""
    if trial.reason:
        tags["reason"] = trial.reason[:LONGEST_TAG]
    if trial.notes:
        tags["notes"] = "\n".join(trial.notes)[-LONGEST_TAG:]
    return tags


def sweep_view(
    moments: Sequence[Moment],
    params: Mapping[str, str],
    tags: Mapping[str, str],
    status: Status = "RUNNING",
) -> RunView:
    """The sweep's own run: what the caller says of it and how the front grows.

    Args:
        moments: how it grew; a step is the lane-epochs trained by then.
        params: of the sweep.
        tags: of the sweep.
        status: of the sweep.
    """
    return RunView(params=params, tags=tags, steps=_steps(moments), status=status)


def _steps(moments: Sequence[Moment]) -> dict[int, dict[str, float]]:
    """Each moment under its lane-epochs; one more where nothing was trained since the last."""
    steps: dict[int, dict[str, float]] = {}
    for moment in moments:
        step = max(moment.lane_epochs, next(reversed(steps), -1) + 1)
        metrics = {name: float(value) for name, value in vars(moment).items()}
        steps[step] = {**metrics, STEP_METRICS[1]: float(step)}
    return steps
