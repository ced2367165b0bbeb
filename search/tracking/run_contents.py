"""Contents of the MLflow runs of a sweep, of its trials and of the members of its front."""

import math
from collections.abc import Mapping, Sequence

from search.front.front import Front
from search.front.history import Moment
from search.front.names import point_name
from search.front.point import Point
from search.store.trials import EpochRecord, TrialRecord, TrialState
from search.tracking.changes import (
    CLAIMED,
    FRESH,
    SINCE,
    SIZE,
    STANDING,
    STEP_METRICS,
    RunView,
    Status,
)
from search.tracking.description import DESCRIPTION, member_description, trial_description

LONGEST_TAG = 4000  # characters; MLflow keeps 8000
ON_FRONT = "pareto"  # tag of members' runs: true; false of a member that another beats now
FEASIBLE = "_feasible"  # end of the metric by which feasible candidates come first
EXPECTED = "_expected"
TRAINED = "trained/"
"""Prefix of metrics of the front by means over the trained seeds, as they grew."""

_STATUS: dict[TrialState, Status] = {
    "complete": "FINISHED",
    "stopped": "FINISHED",
    "failed": "FAILED",
}


def _epoch_metrics(record: EpochRecord) -> dict[str, float]:
    """Return an epoch's metrics; loss terms get a prefix, because they may share metrics' names."""
    terms = {f"loss/{name}": value for name, value in record.terms.items()}
    return {"epoch": record.epoch, **record.metrics, **terms, "seconds": record.seconds}


def best_point(front: Front, points: Sequence[Point]) -> Point | None:
    """Return the best candidate of a trial's configuration.

    Args:
        front: front of the sweep.
        points: candidates that are trained with the trial's seeds among others.

    Returns:
        The member of the front with the most hypervolume; without a member the newest candidate;
        None without candidates.
    """
    members = [point for point in points if point.on_front]
    if not members:  # a replication's front has no reference point either
        return points[-1] if points else None
    return max(members, key=lambda point: front.volume([point.expected]))


def standing(front: Front, point: Point, lane_epochs: int) -> dict[str, float]:
    """Return the metrics of a trial's best candidate, by which runs can be sorted.

    A run's other metrics end with its last epoch, which may differ from the candidate's.

    Args:
        front: front of the sweep.
        point: best candidate of the trial.
        lane_epochs: number of lane-epochs that the sweep has trained.

    Returns:
        `point/<objective>`; `point/<objective>_expected`, by which the front is chosen;
        `point/<objective>_feasible`, the same but NaN below a floor, which sorts last;
        `point/stands` and `point/front_probability` if they are claimed; `point/<objective>_fresh`
        if fresh seeds were trained; `point/epoch`, `point/seeds` and `point/since`.
    """
    means = {name: point.metrics[name] for name in front.objectives if name in point.metrics}
    fresh = {f"{name}_fresh": point.check[name] for name in front.objectives if name in point.check}
    expected = {name: point.expected[name] for name in front.objectives if name in point.expected}
    claim = point.claim
    claims = {f"{name}{EXPECTED}": value for name, value in expected.items()}
    claims |= {
        f"{name}{FEASIBLE}": value if point.feasible else math.nan
        for name, value in expected.items()
    }
    claims |= {"stands": claim.stands, "front_probability": claim.probability} if claim else {}
    counts = {"epoch": float(point.epoch), "seeds": float(len(point.seeds))}
    metrics = {**means, **claims, **fresh, **counts}
    return {**{f"{STANDING}{n}": v for n, v in metrics.items()}, SINCE: float(lane_epochs)}


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
    """Return the run of a trial.

    Args:
        trial: record of the trial in the log.
        front: front of the sweep.
        points: candidates that are trained with the trial's seeds among others.
        after: newest epoch in the store; epochs up to it are omitted.
        unfinished: status of a trial that is not over.
        params: further params beside the trial's values.
        lane_epochs: number of lane-epochs that the sweep has trained.
    """
    values = {key: str(value) for key, value in trial.values.items()}
    point = best_point(front, points)
    return RunView(
        params={
            **(params or {}),
            **values,
            "seeds": str(len(trial.seeds)),
            "seed_numbers": ", ".join(map(str, trial.seeds)),
        },
        tags=_trial_tags(trial, front, points, point),
        steps={e.epoch: _epoch_metrics(e) for e in trial.epochs if e.epoch > after},
        status=_STATUS.get(trial.state, unfinished),
        standing=standing(front, point, lane_epochs) if point else {},
    )


def _trial_tags(
    trial: TrialRecord, front: Front, points: Sequence[Point], best: Point | None
) -> dict[str, str]:
    members = [point for point in points if point.on_front]
    tags: dict[str, str] = {
        "state": trial.state,
        "purpose": trial.purpose,
    }
    if best:
        tags["feasible"] = "true" if any(point.feasible for point in points) else "false"
        tags["configuration"] = str(best.trial)
        tags[DESCRIPTION] = trial_description(front, best)
    # Empty off the front: a tag that is omitted would keep its value.
    tags["members"] = ", ".join(map(point_name, members))
    if trial.reason:
        tags["reason"] = trial.reason[:LONGEST_TAG]
    if trial.notes:
        tags["notes"] = "\n".join(trial.notes)[-LONGEST_TAG:]
    return tags


def member_view(front: Front, point: Point, params: Mapping[str, str], lane_epochs: int) -> RunView:
    """Return the run of a member of the front.

    Args:
        front: front of the sweep.
        point: member of the front.
        params: further params beside the member's values.
        lane_epochs: number of lane-epochs that the sweep has trained.

    Returns:
        A finished run, with every metric of the member under its name beside those of `standing`.
    """
    return RunView(
        params={**params, **{key: str(value) for key, value in point.values.items()}},
        tags={
            ON_FRONT: "true",
            "purpose": "member",
            "feasible": "true",
            "configuration": str(point.trial),
            "trials": ", ".join(map(str, point.trials)),
            DESCRIPTION: member_description(front, point),
        },
        steps={},
        status="FINISHED",
        standing={**point.metrics, **standing(front, point, lane_epochs)},
    )


def sweep_view(
    moments: Sequence[Moment],
    front: Front,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    status: Status = "RUNNING",
) -> RunView:
    """Return the run of a sweep, with the growth of its front.

    Args:
        moments: growth of the front; a step is the number of lane-epochs trained by then.
        front: newest front.
        params: params of the sweep.
        tags: tags of the sweep.
        status: status of the sweep.
    """
    steps = _steps(moments)
    counts = _front_metrics(front, max(steps, default=0)) if front.members else {}
    return RunView(params=params, tags=tags, steps=steps, status=status, standing=counts)


def _front_metrics(front: Front, step: int) -> dict[str, float]:
    """Return what the description states of a front, as metrics."""
    fresh = {FRESH: front.checked[1]} if front.checked else {}
    size = float(len(front.members))
    return {CLAIMED: front.hypervolume, SIZE: size, **fresh, SINCE: float(step)}


def _steps(moments: Sequence[Moment]) -> dict[int, dict[str, float]]:
    """Return moments by lane-epochs; a moment without training since the last is one step later."""
    steps: dict[int, dict[str, float]] = {}
    for moment in moments:
        step = max(moment.lane_epochs, next(reversed(steps), -1) + 1)
        steps[step] = {
            "trials": float(moment.trials),
            STEP_METRICS[1]: float(step),
            "seconds": moment.seconds,
            f"{TRAINED}{CLAIMED}": moment.hypervolume,
            f"{TRAINED}{SIZE}": float(moment.front_size),
        }
    return steps
