"""Settings of a method by the names in spaces and papers.

A field of a method has its setting's name. Only a keyword of Python gets an underscore behind it,
as in `lambda_`.
"""

import dataclasses
import keyword
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from fairser_core.methods.method import Method

MethodT = TypeVar("MethodT", bound=Method[Any, Any])
EARLIER = {"label_unit": "point", "temperature": 0.5}
"""Values of settings in sweeps of versions that had no `label_unit`, where a sweep names none."""


def make(kind: type[MethodT], settings: Mapping[str, Any]) -> MethodT:
    """Make a method with these settings; all others have their defaults.

    Args:
        kind: class of the method.
        settings: values by name.

    Raises:
        ValueError: an impossible value; names the setting, the rule and the value.
        TypeError: the method has no such setting.
    """
    return kind(**{f"{n}_" if keyword.iskeyword(n) else n: v for n, v in settings.items()})


def defaults(kind: type[Method[Any, Any]]) -> dict[str, Any]:
    """Return the default of each setting of a method, in the order of its fields."""
    plain = make(kind, {})
    return {f.name.removesuffix("_"): getattr(plain, f.name) for f in dataclasses.fields(kind)}


def earlier(kind: type[Method[Any, Any]], given: Collection[str]) -> dict[str, Any]:
    """Return values of settings that a sweep of an earlier version leaves out, if it does.

    Args:
        kind: class of the method.
        given: names of the settings that the sweep names.
    """
    if "label_unit" in given:
        return {}
    return {n: v for n, v in EARLIER.items() if n in defaults(kind) and n not in given}
