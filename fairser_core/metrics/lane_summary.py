"""Mean and spread over lanes of each metric."""

import numpy as np
from numpy.typing import NDArray

LaneValues = dict[str, NDArray[np.float64]]


def summary(values: LaneValues) -> dict[str, float]:
    """Mean over lanes of each metric, and under `<metric>_sd` the spread (ddof 1).

    Lanes that diverged or where a metric is undefined (NaN) do not count. A metric that no lane
    has is left out; so is the spread of a single lane, which shows none.
    """
    result = {}
    for name, lane_values in values.items():
        known = lane_values[np.isfinite(lane_values)]
        if len(known):
            result[name] = float(known.mean())
            if len(known) > 1:
                result[f"{name}_sd"] = float(known.std(ddof=1))
    return result
