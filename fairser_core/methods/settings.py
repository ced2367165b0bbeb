"""Settings of a method by the names in spaces and papers.

A field of a method has its setting's name. Only a keyword of Python gets an underscore behind it,
as in `lambda_`.
"""

import dataclasses
import keyword
from collections.abc import Mapping
from typing import Any, TypeVar

from fairser_core.methods.method import Method

MethodT = TypeVar("MethodT", bound=Method[Any, Any])


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
