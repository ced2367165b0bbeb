"""Splits that models are evaluated on."""

from typing import Literal

EvaluatedSplit = Literal["validation", "test"]
"""Split that models are asked for. Searches use "validation"; only the test of a replication uses
"test"."""
