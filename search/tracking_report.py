"""A report beside the MLflow runs of the sweeps that it tells of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search.storage import Storage
from search.sweep import Sweep
from search.tracking_store import as_tracking_error
from search.tracking_sweep import run_store, tracking_uri


def track_report(
    sweep: Sweep, options: dict[str, Any], results: Storage, files: Mapping[str, bytes]
) -> bool:
    """Put files beside a sweep's run; False where MLflow does not know the sweep.

    Raises:
        TrackingError: the store cannot be used.
    """
    database = tracking_uri(options, results).removeprefix("sqlite:///")
    if "://" not in database and not Path(database).exists():
        return False  # and none is made for this
    store = run_store(sweep, options, results)
    if not store.status:
        return False
    with as_tracking_error():
        store.upload(store.run(None), files)
    return True
