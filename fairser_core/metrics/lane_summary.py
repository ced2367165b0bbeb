"""Mean and spread over lanes of each metric."""

import numpy as np
from numpy.typing import NDArray

LaneValues = dict[str, NDArray[np.float64]]


def summary(values: LaneValues) -> dict[str, float]:
    """Return the mean over lanes of each metric, and as `<metric>_sd` the spread (ddof 1).

    Lanes in which a metric is undefined (NaN) do not count. A metric that no lane has is left out,
    and so is the spread of a single lane.
    """
    result = {}
    for name, lane_values in values.items():
        known = lane_values[np.isfinite(lane_values)]
        if len(known):
            result[name] = float(known.mean())
            if len(known) > 1:
                result[f"{name}_sd"] = float(known.std(ddof=1))
    return result
