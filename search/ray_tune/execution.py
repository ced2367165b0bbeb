"""Execution of a sweep's trials on Ray Tune."""

import sys
from collections.abc import Callable
from typing import Any

from ray import tune
from ray.tune import TuneError

from fairser_core.datasets.data import Data
from fairser_core.temporary import temporary_folder
from search.planning.failures import MAX_FAILURES, Failures
from search.ray_tune.cluster import Resources
from search.ray_tune.departure import node_left
from search.ray_tune.recorder import Recorder
from search.ray_tune.room import Room
from search.ray_tune.scheduler import PlanScheduler
from search.ray_tune.searcher import PlanSearcher
from search.ray_tune.trainable import train_trial
from search.ray_tune.watch import check_ray, watched
from search.sweep.sweep import Sweep


def execute(
    sweep: Sweep,
    data: Data,
    need: Resources,
    concurrent: int | None,
    changed: Callable[[Sweep], None],
    max_failures: int = MAX_FAILURES,
    say: Callable[[str], None] = lambda text: None,
) -> None:
    """Run the rest of a sweep on Ray Tune.

    Args:
        sweep: sweep to run.
        data: arrays of the task; handed to the workers through Ray's object store.
        need: resources of each trial.
        concurrent: most trials at once; None for as many as fit, whenever that changes.
        changed: function called after each event, with the log up to date.
        max_failures: retries of a trial without a new epoch in between.
        say: function that prints a line.

    Raises:
        SweepFailed: every trial fails.
        StorageError: the results folder cannot be written; the log's lines are safe.
        ClusterError: Ray ended.
    """
    plan = sweep.plan()
    if plan.finished:
        return
    sweep.log.began(sweep.facts.id)
    failures = Failures(sweep.folder, sweep.log, max_failures)
    recorder = Recorder(sweep.log, failures, _tidying(sweep, changed), check_ray, node_left)
    with watched(), temporary_folder() as scratch, Room(need, concurrent, say) as room:
        trainable = tune.with_resources(
            tune.with_parameters(train_trial, data=data), {"cpu": need.cpus, "gpu": need.gpus}
        )
        searcher = PlanSearcher(sweep.log, plan, trial_config(sweep, need), room)
        config = _tune_config(searcher, PlanScheduler(recorder, plan))
        run_config = tune.RunConfig(
            name=sweep.name, storage_path=str(scratch), verbose=0, callbacks=[recorder]
        )
        try:
            tune.Tuner(trainable, tune_config=config, run_config=run_config).fit()
        except TuneError:
            if recorder.error:
                raise recorder.error from None
            raise


def _tidying(sweep: Sweep, changed: Callable[[Sweep], None]) -> Callable[[], None]:
    """Return a function that tidies a sweep after each trial's end, then calls `changed`."""
    ended = len(sweep.log.ends)
    if ended:
        sweep.tidy()  # in case it was interrupted before that

    def logged() -> None:
        nonlocal ended
        if len(sweep.log.ends) > ended:
            ended = len(sweep.log.ends)
            sweep.tidy()
        changed(sweep)

    return logged


def _tune_config(searcher: PlanSearcher, scheduler: PlanScheduler) -> tune.TuneConfig:
    """Return Ray Tune's configuration of a run that ends when the searcher has no more trials.

    Ray Tune starts one trial after the other unless it is given a limit, which the searcher then
    replaces.
    """
    return tune.TuneConfig(
        search_alg=searcher,
        scheduler=scheduler,
        num_samples=-1,
        max_concurrent_trials=sys.maxsize,
        reuse_actors=True,
        trial_name_creator=_trial_name,
        trial_dirname_creator=_trial_name,
    )


def trial_config(sweep: Sweep, need: Resources) -> dict[str, Any]:
    """Return the part of Ray's configuration that all trials of a sweep share."""
    return {
        "method": sweep.space.method,
        "settings": sweep.space.fixed,
        "objectives": list(sweep.space.objectives),
        "floors": sweep.policy.bounds,
        "keep": sweep.policy.keep,
        "sweep": sweep.facts.name,
        "folder": sweep.folder.uri,
        "cpus": need.cpus,
        "gpus": need.gpus,
    }


def _trial_name(trial: Any) -> str:
    """Return the name of a trial of Ray's, made of its number in the sweep."""
    return f"trial-{trial.config['trial']:04d}"
