"""CSV of the estimates of a replication."""

import csv
import io
import math
from collections.abc import Mapping

from fairser_core.csv_cells import cell
from search.replication.estimate import Estimates


def estimates_csv(table: Estimates, seeds: Mapping[str, int]) -> str:
    """Return a CSV of a row per system and metric.

    Args:
        table: estimates by system and metric, at least one.
        seeds: number of seeds of each system.
    """
    rows = [
        {"system": cell(system), "seeds": seeds[system], "metric": metric}
        | {n: "" if v is None or math.isnan(v) else v for n, v in estimate.columns.items()}
        for system, metrics in table.items()
        for metric, estimate in metrics.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
