"""Trials without training: records with given lanes, and walks of a plan in memory."""

import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from search.front.configurations import Configurations
from search.front.floors import Floor
from search.front.front import Front, build
from search.planning.plan import Plan
from search.planning.sampler import Sampler
from search.space.load import load
from search.space.space import Space
from search.store.log import Log
from search.store.trials import EpochRecord, TrialRecord

OBJECTIVES = ("ccc", "recall_gap")
FLOOR = Floor("ccc", of_baseline=0.75, baseline=0.8)  # 0.6
BUDGET = {"trials": 6, "epochs": 6, "seeds": 2, "race_seeds": 6, "check_seeds": 3}
Lanes = Mapping[str, Sequence[float | None]]
Train = Callable[[Mapping[str, Any], int, int], tuple[float, ...] | None]
USEFUL = 0.5  # least recall of a lane unless it is given


def epoch_record(epoch: int, lanes: Lanes) -> EpochRecord:
    """Return the record of an epoch: the lanes, their means and standard deviations."""
    metrics = {}
    for name, values in lanes.items():
        defined = [value for value in values if value is not None]
        if defined:
            metrics[name] = statistics.fmean(defined)
            metrics[f"{name}_sd"] = statistics.stdev(defined) if len(defined) > 1 else 0.0
    return EpochRecord(epoch, metrics, {name: list(v) for name, v in lanes.items()}, {}, 0.1)


def trial_of(number: int, lanes: Sequence[Lanes], **options: Any) -> TrialRecord:
    """Return a complete trial with these lanes at each epoch; `options` are further fields."""
    seeds = options.pop("seeds", None) or list(range(len(lanes[0]["ccc"])))
    values = options.pop("values", {"alpha0": float(number)})
    given: dict[str, Any] = {"limit": len(lanes), "state": "complete", **options}
    trial = TrialRecord(number, values, seeds, **given)
    trial.epochs += [epoch_record(index + 1, row) for index, row in enumerate(lanes)]
    return trial


def tradeoff(values: Mapping[str, Any], seed: int, epoch: int) -> tuple[float, float]:
    """Return CCC and gap of a lane: both grow with the epoch, alpha0 trades CCC for a smaller gap.

    A high learning rate of the adversary is bad for both. Seeds differ by noise.
    """
    position = (np.log10(float(values["alpha0"])) + 2) / 4
    waste = (np.log10(float(values["adversary_learning_rate"])) + 4) / 3
    luck = np.random.default_rng([seed, epoch]).normal(0, 0.02, 2)
    learned = 1 - 0.5**epoch
    ccc = learned * (0.85 - 0.3 * position**2 - 0.2 * waste) + luck[0]
    gap = learned * (0.6 - 0.5 * position + 0.3 * waste) + luck[1]
    return float(ccc), float(abs(gap))


def space_of(**budget: int) -> Space:
    """Return the adversarial space with a small budget that races and checks."""
    loaded = load("adversarial")
    whole = dataclasses.replace(loaded.budget, **{**BUDGET, **budget})
    return dataclasses.replace(loaded, budget=whole)


def of_purpose(log: Log, purpose: str) -> list[TrialRecord]:
    return [trial for trial in log.trials.values() if trial.purpose == purpose]


def front_of(trials: Mapping[int, TrialRecord], checks: bool = True) -> Front:
    """Return the front of trials, built anew."""
    shown = [trial for trial in trials.values() if checks or trial.purpose != "check"]
    return build(Configurations().update(shown), OBJECTIVES, {"recall_gap": 1.0}, [FLOOR])


def log_rows(log: Log) -> list[tuple[Any, ...]]:
    """Return all of a log except its times."""
    return [
        (t.number, t.values, t.seeds, t.purpose, t.limit, t.state, t.reason, t.epochs)
        for t in log.trials.values()
    ]


def plan_of(
    log: Log,
    space: Space,
    *,
    stopping: bool = True,
    seed: int = 0,
    sampler: str = "tpe",
    floors: Sequence[Floor] = (FLOOR,),
) -> Plan:
    chosen = Sampler(space, floors, seed, sampler)  # type: ignore[arg-type]
    return Plan(log, space, floors, seed, chosen, stopping=stopping)


class Killed(Exception):
    """Error of a walk that is cut off."""


def walk(
    log: Log,
    plan: Plan,
    train: Train = tradeoff,
    *,
    parallel: int = 1,
    events: float = float("inf"),
    changed: Callable[[TrialRecord], None] = lambda opened: None,
) -> list[TrialRecord]:
    """Train all trials that the plan opens, several at once, in turn.

    The next event follows from the log alone. A walk that is cut off therefore goes on with a new
    log and a new plan as if it had not been cut off.

    Args:
        log: log of the sweep.
        plan: plan of the sweep.
        train: function that returns CCC, gap and, if not `USEFUL`, least recall by values, seed and
            epoch; None if the trial fails.
        parallel: number of trials at once.
        events: number of events before the walk raises `Killed`.
        changed: function called with each opened trial, before its training.
    """
    opened: list[TrialRecord] = []
    number = 0
    while True:
        number += 1
        running = [trial for trial in log.trials.values() if trial.state == "running"]
        if len(running) < parallel:
            new = plan.next()
            if new:
                opened.append(new)
                changed(new)
            elif not running:
                return opened
            else:
                new = _step(log, plan, running, train)
        else:
            _step(log, plan, running, train)
        if number >= events:
            raise Killed(f"after {number} events")


def _step(log: Log, plan: Plan, running: list[TrialRecord], train: Train) -> None:
    """Write one event of the trial with the fewest epochs."""
    trial = min(running, key=lambda t: (len(t.epochs), t.number))
    reason = plan.why_stop(trial.number) if trial.epochs else ""
    if reason:
        log.ended(trial.number, "stopped", reason)
        return
    epoch = len(trial.epochs) + 1
    if epoch > trial.limit:
        log.ended(trial.number, "complete")
        return
    lanes = [train(trial.values, seed, epoch) for seed in trial.seeds]
    finite = [lane for lane in lanes if lane is not None]
    if len(finite) < len(lanes):
        log.ended(trial.number, "failed", "a seed diverged")
        return
    columns = zip(*((*lane, USEFUL)[:3] for lane in finite), strict=True)
    names = (*OBJECTIVES, "worst_recall")
    log.epoch(trial.number, epoch_record(epoch, dict(zip(names, map(list, columns), strict=True))))
