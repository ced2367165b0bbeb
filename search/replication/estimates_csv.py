"""CSV of the estimates of a replication."""

import csv
import io
import math
from collections.abc import Mapping

from fairser_core.csv_cells import WHY_EMPTY, cell
from search.replication.estimate import Estimate, Estimates
from search.replication.undefined import OTHERWISE


def estimates_csv(
    table: Estimates, seeds: Mapping[str, int], lacking: Mapping[str, str] | None = None
) -> str:
    """Return a CSV of a row per system and metric, which states why cells are empty.

    Args:
        table: estimates by system and metric, at least one.
        seeds: number of seeds of each system.
        lacking: why metrics of a system may be undefined, by system.
    """
    rows = [
        {"system": cell(system), "seeds": seeds[system], "metric": metric}
        | {n: "" if v is None or math.isnan(v) else v for n, v in estimate.columns.items()}
        | {WHY_EMPTY: estimate_gaps(estimate, (lacking or {}).get(system, OTHERWISE))}
        for system, metrics in table.items()
        for metric, estimate in metrics.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def estimate_gaps(estimate: Estimate, undefined: str) -> str:
    """Return why cells of an estimate are empty, `columns: reason`; nothing if none is.

    Args:
        estimate: estimate of a system's metric.
        undefined: why the metric may have no value.
    """
    if math.isnan(estimate.mean):
        return f"all: {undefined}"
    reasons = {}
    if math.isnan(estimate.sd):
        reasons["sd"] = "a single seed has no spread"
    if math.isnan(estimate.interval.low):
        reasons["low, high"] = estimate.interval.reason
    if math.isnan(estimate.chance):
        reasons["chance"] = "not an absolute gap"
    paired = estimate.difference_interval
    if paired is None:
        reasons["difference"] = "a baseline itself, or no baseline with a seed in common"
    elif math.isnan(paired.low):
        reasons["difference_low, difference_high, difference_p"] = paired.reason
    elif estimate.difference_p is None or math.isnan(estimate.difference_p):
        reasons["difference_p"] = "fewer than five seeds in common"
    return "; ".join(f"{columns}: {reason}" for columns, reason in reasons.items())
