"""A front as files: for programs (json), tables (csv), papers (png) and looking closer (html)."""

import csv
import dataclasses
import io
import json
import math
from typing import Any

from fairser_core.metrics import DIRECTIONS
from search.front import Front, Point
from search.front_html import front_html
from search.front_png import front_png


def front_files(front: Front, title: str) -> dict[str, bytes]:
    """The front's four files by name.

    The same front gives the same bytes, so a view can tell whether a file changed.

    Args:
        front: may have no members, and no trials at all.
        title: heads the pictures.

    Returns:
        `front.json`, `front.csv`, `front.png` and `front.html`.
    """
    return {
        "front.json": front_json(front).encode(),
        "front.csv": front_csv(front).encode(),
        "front.png": front_png(front, title),
        "front.html": front_html(front, title).encode(),
    }


def _finite(value: Any) -> Any:
    """The value with null for what JSON has no number for (NaN, infinity)."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _member(front: Front, point: Point) -> dict[str, Any]:
    return {
        "trial": point.trial,
        "objectives": {name: point.metrics[name] for name in front.objectives},
        "spread": {name: point.metrics.get(f"{name}_sd") for name in front.objectives},
        "values": point.values,
        "metrics": point.metrics,
        "lanes": point.lanes,
        "epochs": point.epochs,
    }


def front_json(front: Front) -> str:
    """Everything known of the front, and every trial; strict JSON, null for an undefined number."""
    floor = front.floor
    document = {
        "objectives": front.objectives,
        "directions": {name: DIRECTIONS[name] for name in front.objectives},
        "floor": {**dataclasses.asdict(floor), "value": floor.value} if floor else None,
        "baseline": front.baseline,
        "reference": front.reference,
        "hypervolume": front.hypervolume,
        "members": [_member(front, point) for point in front.members],
        "points": [dataclasses.asdict(point) for point in front.points],
    }
    return json.dumps(_finite(document), indent=2, allow_nan=False) + "\n"


def front_csv(front: Front) -> str:
    """One row a member: trial, objectives with spread, searched values, the other metrics."""
    objectives = [name for metric in front.objectives for name in (metric, f"{metric}_sd")]
    # In the order they first appear; a dict is an ordered set.
    values = list(dict.fromkeys(key for point in front.members for key in point.values))
    metrics = dict.fromkeys(name for point in front.members for name in point.metrics)
    others = [name for name in metrics if name not in objectives]
    text = io.StringIO()
    writer = csv.DictWriter(text, ["trial", *objectives, *values, *others], lineterminator="\n")
    writer.writeheader()
    for point in front.members:
        writer.writerow({"trial": point.trial, **point.metrics, **point.values})
    return text.getvalue()
