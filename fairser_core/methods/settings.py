"""A method's settings by the names that spaces and papers give them.

A field of a method bears its setting's name; only a keyword of Python stands with an underscore
behind it there, as in `lambda_`.
"""

import dataclasses
import keyword
from collections.abc import Mapping
from typing import Any, TypeVar

from fairser_core.methods.method import Method

MethodT = TypeVar("MethodT", bound=Method[Any, Any])


def make(kind: type[MethodT], settings: Mapping[str, Any]) -> MethodT:
    """The method with these settings; all others have their defaults.

    Raises:
        ValueError: an impossible value; names the setting, the rule and the value.
        TypeError: the method has no such setting.
    """
    return kind(**{f"{n}_" if keyword.iskeyword(n) else n: v for n, v in settings.items()})


def defaults(kind: type[Method[Any, Any]]) -> dict[str, Any]:
    """The default of each setting of a method."""
    plain = make(kind, {})
    return {f.name.removesuffix("_"): getattr(plain, f.name) for f in dataclasses.fields(kind)}
