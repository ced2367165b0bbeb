"""What test data told of replicated trials, in their MLflow runs."""

from collections.abc import Mapping

import numpy as np

from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.metrics.lane_summary import summary
from search.replication import test_record as examined
from search.replication.test_record import Examined
from search.sweep.sweep import Sweep
from search.tracking.changes import Change
from search.tracking.store import PARENT_TAG, as_tracking_error
from search.tracking.sweep_run import StoreAddress, run_store

TESTED = "tested"  # tag: when


def nesting(sweep: Sweep, store: StoreAddress) -> dict[str, str]:
    """Return tags that put a run below that of a sweep; none where MLflow does not have it.

    Raises:
        TrackingError: the store cannot be used.
    """
    runs = run_store(sweep, store)
    return {PARENT_TAG: runs.run(None).run_id} if runs.status else {}


def track_tests(replication: Sweep, store: StoreAddress, files: Mapping[str, bytes]) -> None:
    """Write what was tested to the trials' runs, each once, and files to the replication's.

    Raises:
        TrackingError: the store cannot be used.
    """
    tested = examined.read(replication.folder)
    runs = run_store(replication, store)
    with as_tracking_error():
        for one in tested:
            run = runs.run(one.trial)
            if run.tags.get(TESTED) != one.time:
                runs.write(run, Change({}, {}, _steps(one), None))
                runs.write(run, Change({}, {TESTED: one.time}, {}, None))  # when all is there
        runs.upload(runs.run(None), files)


def _steps(one: Examined) -> dict[int, Mapping[str, float]]:
    """`test_<metric>` and its spread at the trial's epoch; each seed's own at the seed's number."""
    known = {
        f"test_{name}": np.array(values, dtype=np.float64)
        for name, values in one.metrics.items()
        if name in DIRECTIONS  # those of single emotions are in the record
    }
    steps: dict[int, dict[str, float]] = {one.epoch: summary(known)}
    for place, seed in enumerate(one.seeds):
        own = {f"seed/{name}": float(values[place]) for name, values in known.items()}
        steps.setdefault(seed, {}).update({n: v for n, v in own.items() if not np.isnan(v)})
    return dict(steps)
