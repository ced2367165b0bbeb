"""Types of arguments: functions that check a text of the command line and return its value."""

import argparse
import math
import re
from typing import Any

from fairser_core.documents import DocumentError, read_toml
from search.store.storage import is_folder_name


def count(text: str) -> int:
    """Return the whole number of 1 or more that a text holds."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1, got {value}")
    return value


def count_or_zero(text: str) -> int:
    """Return the whole number of 0 or more that a text holds."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must be >= 0, got {value}")
    return value


def amount(text: str) -> float:
    """Return the fraction below 1, or the whole number of 0 or more, that a text holds."""
    value = float(text)
    if not 0 <= value < math.inf or (value > 1 and value != int(value)):  # NaN is rejected, too
        raise argparse.ArgumentTypeError(
            f"must be a fraction below 1 or a whole number, got {text}"
        )
    return value


def positive_amount(text: str) -> float:
    """Return the same above 0."""
    value = amount(text)
    if not value:
        raise argparse.ArgumentTypeError(f"must be > 0, got {text}")
    return value


def finite(text: str) -> float:
    """Return the finite number that a text holds."""
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a finite number, got {text}")
    return value


def non_negative(text: str) -> float:
    """Return the finite number of 0 or more that a text holds."""
    value = finite(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must be a number of 0 or more, got {text}")
    return value


def sweep_name(text: str) -> str:
    """Return the name of a sweep, which is also the name of its folder."""
    if not is_folder_name(text):
        raise argparse.ArgumentTypeError(f"must be the name of a folder, got {text!r}")
    return text


def stage1_name(text: str) -> str:
    """Return the name of a sweep, or of a member of its front: SWEEP or SWEEP/TRIAL@EPOCH."""
    sweep, slash, member = text.partition("/")
    if slash and not re.fullmatch(r"\d+@\d+", member):
        raise argparse.ArgumentTypeError(f"must be SWEEP or SWEEP/TRIAL@EPOCH, got {text!r}")
    return sweep_name(sweep) + slash + member


def setting(text: str) -> tuple[str, Any]:
    """Return key and value of a text key=value; the value as TOML, or a word without quotes."""
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be key=value, got {text!r}")
    try:
        return key.strip(), read_toml(f"value = {value}")["value"]
    except DocumentError:
        return key.strip(), value
