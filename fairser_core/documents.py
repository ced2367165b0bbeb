"""Documents: JSON and TOML files, read so that no content can harm the reader.

A document is bounded in size and depth, names no key twice, and holds finite numbers alone. What it
may hold beyond that is checked by those who ask for it.
"""

import json
import math
import re
import tomllib
from typing import Any

MOST_BYTES = 100_000_000
MOST_VALUES = 2_000_000
MOST_TOML_BYTES = 1_000_000  # people write them
DEEPEST = 32  # tables and lists within each other
LARGEST = 2**63 - 1  # of whole numbers
_LONG_KEY = re.compile(r"(?:[\w-]*\.){64}")  # tomllib takes time with the square of a key's parts


class DocumentError(ValueError):
    """Error of a document that cannot be read; names the rule."""


class FieldError(DocumentError):
    """Error of a document with a value that no field may have; names field and rule."""


def read_json(content: str | bytes) -> Any:
    """Return the value that a JSON document holds.

    Raises:
        DocumentError: the document is no JSON in UTF-8, or breaks a rule of this module.
    """
    try:
        text = _text(content, MOST_BYTES)
        values = sum(map(text.count, ",[{"))
        if values > MOST_VALUES:  # each takes more memory than its characters do
            raise DocumentError(f"it must hold at most {MOST_VALUES:,} values, holds {values:,}")
        value = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise _too_deep("the document") from None
    except ValueError as error:
        raise DocumentError(str(error)) from error
    check_values(value)
    return value


def read_toml(content: str | bytes) -> dict[str, Any]:
    """Return the table that a TOML document holds; its numbers may be infinite or NaN.

    Raises:
        DocumentError: the document is no TOML in UTF-8, or breaks a rule of this module.
    """
    try:
        text = _text(content, MOST_TOML_BYTES)
        if _LONG_KEY.search(re.sub(r"[ \t\"']", "", text)):
            raise _too_deep("a key")
        value = tomllib.loads(text)
    except RecursionError:
        raise _too_deep("the document") from None
    except ValueError as error:
        raise DocumentError(str(error)) from error
    check_values(value, finite=False)
    return value


def _text(content: str | bytes, most: int) -> str:
    if len(content) > most:
        raise DocumentError(f"it must have at most {most:,} bytes, has {len(content):,}")
    return content if isinstance(content, str) else content.decode("utf-8")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError(f"a key stands twice among {sorted(key for key, _ in pairs)}"[:200])
    return values


def _too_deep(path: str) -> DocumentError:
    return DocumentError(f"{path} must be at most {DEEPEST} tables and lists deep")


def check_values(value: Any, path: str = "", depth: int = 0, *, finite: bool = True) -> None:
    """Check that a parsed value, and all that it holds, obeys the rules of this module.

    Args:
        value: value of a document.
        path: name of the value in the document.
        depth: number of tables and lists around it.
        finite: whether infinite numbers and NaN are refused.

    Raises:
        DocumentError: a value breaks a rule; names it.
    """
    if not isinstance(value, dict | list):
        _check_scalar(path, value, finite)
    elif depth == DEEPEST:
        raise _too_deep(f"`{path[:60]}`")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if type(item) is not float or not math.isfinite(item):  # most are finite numbers
                check_values(item, f"{path}[{number}]", depth + 1, finite=finite)
    else:
        for key, item in value.items():
            _check_text(path, key)
            name = f"{path}.{key}" if path else key
            check_values(item, name, depth + 1, finite=finite)


def _check_scalar(path: str, value: Any, finite: bool) -> None:
    if isinstance(value, str):
        _check_text(path, value)
    elif isinstance(value, float) and finite and not math.isfinite(value):
        shown = json.dumps(value)  # as JSON would write it
        raise FieldError(f"`{path}` must be a finite number: {shown} is not a number")
    elif isinstance(value, int) and abs(value) > LARGEST:
        raise FieldError(f"`{path}` must be a finite number, a whole one of at most 64 bits")
    elif not isinstance(value, int | float | bool | None):
        raise FieldError(f"`{path}` must be a number or text, got {value}")  # a date of TOML


def _check_text(path: str, text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise FieldError(f"`{path}` must be text in Unicode, got {text!r:.40}") from None
