"""Files of a front: JSON for programs, CSV for tables, PNG for papers and HTML to explore."""

import csv
import dataclasses
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from fairser_core.csv_cells import WHY_EMPTY, cell
from fairser_core.metrics.directions import DIRECTIONS
from fairser_core.metrics.tables import metric_of
from search.front.fresh import judged, refutation, refuted_cell
from search.front.front import Front
from search.front.history import Moment, history_csv
from search.front.point import Point
from search.front.uncertainty import FEWEST
from search.presentation.front_html import front_html
from search.presentation.front_png import front_png
from search.presentation.history_png import history_png


def front_files(front: Front, moments: list[Moment] | None, title: str) -> dict[str, bytes]:
    """Return the front's files by name.

    The same front gives the same bytes, so a reader can compare files to see a change.

    Args:
        front: front, possibly without members or trials.
        moments: growth of the front; None for a replication, which has no front.
        title: title of the pictures.

    Returns:
        `front.json`, `front.csv`, `front.png`, `front.html`, `history.csv` and `history.png`; no
        file if `moments` is None.
    """
    if moments is None:
        return {}
    return {
        "front.json": front_json(front).encode(),
        "front.csv": front_csv(front).encode(),
        "front.png": front_png(front, title),
        "front.html": front_html(front, title).encode(),
        "history.csv": history_csv(moments).encode(),
        "history.png": history_png(moments, title),
    }


def _finite(value: Any) -> Any:
    """Return a value with None in place of NaN and infinity, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _member(front: Front, point: Point) -> dict[str, Any]:
    values = judged(point)
    return {
        "objectives": {name: point.expected[name] for name in front.objectives},
        "spread": {name: point.expected.get(f"{name}_sd") for name in front.objectives},
        "judged": {name: values[name] for name in front.objectives},
        "refuted": refutation(front, point) or None,
        **_facts(point),
    }


def _facts(point: Point) -> dict[str, Any]:
    """Return a point's fields, with those of its claim by name."""
    alone = dataclasses.asdict(dataclasses.replace(point, claim=None))
    return alone | {"claim": point.claim.facts() if point.claim else None}


def front_json(front: Front) -> str:
    """Return the front and all its points as strict JSON, with null for an undefined number."""
    document = {
        "objectives": front.objectives,
        "directions": {name: DIRECTIONS[name] for name in front.objectives},
        "floors": [{**dataclasses.asdict(floor), "value": floor.value} for floor in front.floors],
        "baseline": front.baseline,
        "baseline_front": [_member(front, point) for point in front.baseline_points],
        "beaten": front.beaten,
        "reference": front.reference,
        "hypervolume": front.hypervolume,
        "checked": dict(zip(("claimed", "fresh"), front.checked, strict=True))
        if front.checked
        else None,
        "members": [_member(front, point) for point in front.members],
        "points": [_facts(point) for point in front.points],
    }
    return json.dumps(_finite(document), indent=2, allow_nan=False) + "\n"


def speakers_columns(point: Point, objectives: Sequence[str]) -> dict[str, float]:
    """Return the ends of intervals over seeds and speakers, and chance levels of gaps."""
    columns: dict[str, float] = {}
    for name in objectives if point.speakers else ():
        assert point.speakers is not None
        if metric_of(name).gap and name in point.speakers.chance:
            columns[f"{name}_chance"] = point.speakers.chance[name]
        elif name in point.speakers.intervals:
            low, high = point.speakers.intervals[name]
            columns |= {f"{name}_speakers_low": low, f"{name}_speakers_high": high}
    return columns


def _claim_columns(point: Point) -> dict[str, float]:
    """Return what is claimed of a candidate; empty without a claim."""
    if point.claim is None:
        return {}
    columns = {f"{name}_expected": value for name, value in point.claim.values.items()}
    columns |= {f"{name}_expected_sd": sd for name, sd in point.claim.sds.items()}
    counts = {"seeds_standing": point.claim.standing, "stands": point.claim.stands}
    return {**columns, "front_probability": point.claim.probability, **counts}


def member_gaps(point: Point, objectives: Sequence[str]) -> str:
    """Return why cells of a member are empty, `columns: reason`; nothing if none is."""
    reasons = {}
    undefined = [name for name, value in point.metrics.items() if not math.isfinite(value)]
    spreads = [name for name in undefined if name.endswith("_sd")]
    if len(undefined) > len(spreads):
        names = ", ".join(name for name in undefined if name not in spreads)
        reasons[names] = "undefined on the validation data, of which the corpus' notes say more"
    if spreads and len(point.seeds) == 1:
        reasons["columns of spreads"] = "a single seed has no spread"
    short = [f"{name}_low, {name}_high" for name in objectives if name not in point.intervals]
    if short:
        reasons[", ".join(short)] = f"fewer than {FEWEST} seeds"
    ends = "_speakers_low, {0}_speakers_high"
    for name in objectives:
        if not metric_of(name).gap and point.speakers is None:
            reasons[f"{name}{ends.format(name)}"] = "no model was there to predict again"
        elif point.speakers and name not in point.speakers.intervals:
            reason = point.speakers.reasons.get(name)
            if reason and not metric_of(name).gap:
                reasons[f"{name}{ends.format(name)}"] = reason
    return "; ".join(f"{columns}: {reason}" for columns, reason in reasons.items())


def front_csv(front: Front) -> str:
    """Return a CSV with a row per member: objectives, spreads, searched values, other metrics.

    Its last column states why cells of the row are empty.
    """
    objectives = [name for metric in front.objectives for name in (metric, f"{metric}_sd")]
    # In the order they first appear; a dict is an ordered set.
    values = list(dict.fromkeys(key for point in front.members for key in point.values))
    metrics = dict.fromkeys(name for point in front.members for name in point.metrics)
    checks = dict.fromkeys(f"{name}_fresh" for p in front.members for name in p.check)
    counts = ["seeds", "fresh_failed", "refuted"]
    bounds = [f"{name}_{end}" for name in front.objectives for end in ("low", "high")]
    bounds += [
        f"{name}_{end}"
        for name in front.objectives
        for end in (("chance",) if metric_of(name).gap else ("speakers_low", "speakers_high"))
    ]
    claimed = list(dict.fromkeys(name for point in front.members for name in _claim_columns(point)))
    others = [name for name in metrics if name not in objectives]
    text = io.StringIO()
    columns = ["trial", "epoch", *objectives, *claimed, *bounds, *counts, *values, *others, *checks]
    columns.append(WHY_EMPTY)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writerow({column: cell(column) for column in columns})
    for point in front.members:
        row = {
            "trial": point.trial,
            "epoch": point.epoch,
            "seeds": len(point.seeds),
            "fresh_failed": point.check_failed,
            "refuted": refuted_cell(front, point),
            **{f"{n}_low": low for n, (low, _) in point.intervals.items()},
            **{f"{n}_high": high for n, (_, high) in point.intervals.items()},
            **_claim_columns(point),
            **speakers_columns(point, front.objectives),
            **{f"{name}_fresh": value for name, value in point.check.items()},
            **point.metrics,
            **point.values,
            WHY_EMPTY: member_gaps(point, front.objectives),
        }
        writer.writerow({column: cell(value) for column, value in row.items()})
    return text.getvalue()
