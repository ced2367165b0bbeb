"""Figures as data for the program that draws them in a page."""

import base64
import json
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

DIGITS = 6
"""Significant digits of a position: finer than a pixel."""
KINDS = {"scatter", "bar", "box"}
"""Kinds of traces that the program draws."""


def figure_data(figure: go.Figure) -> dict[str, Any]:
    """Return traces and layout of a figure as JSON's values, without a template.

    Raises:
        ValueError: the program draws no traces of a kind; names the kind.
    """
    content = json.loads(figure.to_json())
    kinds = {trace["type"] for trace in content["data"]} - KINDS
    if kinds:
        raise ValueError(
            f"pages draw no traces of the kind {', '.join(sorted(kinds))}; they draw "
            f"{', '.join(sorted(KINDS))}"
        )
    content["layout"].pop("template", None)
    data: dict[str, Any] = _plain({"data": content["data"], "layout": content["layout"]})
    return data


def _plain(value: Any) -> Any:
    """Return a value without arrays and long numbers; None for an undefined number."""
    if isinstance(value, dict) and "bdata" in value:  # plotly's form of an array
        return _plain(np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
