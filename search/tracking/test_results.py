"""Test results of replicated trials in their MLflow runs."""

from collections.abc import Mapping

import numpy as np

from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.metrics.lane_summary import summary
from search.replication import test_record
from search.replication.systems import systems
from search.replication.test_record import RecordedTest
from search.replication.undefined import lacking, undefined_metrics
from search.sweep.sweep import Sweep
from search.tasks.speaker_metrics import SpeakerMetrics
from search.tracking.changes import Change
from search.tracking.store import PARENT_TAG, as_tracking_error
from search.tracking.sweep_run import StoreAddress, run_store

TESTED = "tested"  # tag: time of the test
UNDEFINED = "test_undefined"  # metrics without a value, and why
BEGUN = "test_begun"  # times of a test that was begun more than once


def nesting(sweep: Sweep, store: StoreAddress) -> dict[str, str]:
    """Return the tags that nest a run under a sweep's run; none if MLflow lacks that run.

    Raises:
        TrackingError: the store cannot be used.
    """
    runs = run_store(sweep, store)
    return {PARENT_TAG: runs.run(None).run_id} if runs.status else {}


def track_tests(replication: Sweep, store: StoreAddress, files: Mapping[str, bytes]) -> None:
    """Write test results to the trials' runs, each once, and files to the replication's run.

    Raises:
        StorageError: the record of tests cannot be read.
        TrackingError: the store cannot be used.
    """
    tests = test_record.read(replication.folder)
    tested = {system.name: system for system in systems(replication.folder)}
    of_task = SpeakerMetrics(
        replication.space.task, replication.facts.inputs.corpus.level_threshold
    )
    runs = run_store(replication, store)
    with as_tracking_error():
        for test in tests:
            run = runs.run(test.trial)
            if run.tags.get(TESTED) != test.time:
                runs.write(run, Change({}, {}, _steps(test), None))
                # The tags come last: they mark results as complete.
                again = {BEGUN: ", ".join(test.begun)} if test.repeated else {}
                names = [name for name in undefined_metrics(test.metrics) if name in DIRECTIONS]
                if names:
                    why = lacking(tested[test.name], of_task)
                    again[UNDEFINED] = f"{', '.join(names)}: {why}"
                runs.write(run, Change({}, {**again, TESTED: test.time}, {}, None))
        runs.upload(runs.run(None), files)


def _steps(test: RecordedTest) -> dict[int, Mapping[str, float]]:
    """Return means and deviations at the trial's epoch, and each seed's values at its number."""
    metrics = {
        f"test_{name}": np.array(values, dtype=np.float64)
        for name, values in test.metrics.items()
        if name in DIRECTIONS  # metrics of single emotions are only in the record
    }
    steps: dict[int, dict[str, float]] = {test.epoch: summary(metrics)}
    for index, seed in enumerate(test.seeds):
        values = {f"seed/{name}": float(lanes[index]) for name, lanes in metrics.items()}
        steps.setdefault(seed, {}).update({n: v for n, v in values.items() if not np.isnan(v)})
    return dict(steps)
