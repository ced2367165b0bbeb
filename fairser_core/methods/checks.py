"""Checks of settings.

Settings are given by keyword, under the name of their field. An underscore at its end, as in
`lambda_`, is left out of the message.
"""

from collections.abc import Collection


def require(holds: bool, name: str, rule: str, value: object) -> None:
    """Reject a setting unless its rule holds.

    Args:
        holds: whether it does.
        name: of the setting.
        rule: in words that go on from "must be".
        value: of the setting.

    Raises:
        ValueError: the rule does not hold; names the setting, the rule and the value.
    """
    if not holds:
        raise ValueError(f"`{name.removesuffix('_')}` must be {rule}, got {value!r}")


def require_at_least(bound: float, **settings: float) -> None:
    """Reject settings below a bound.

    Raises:
        ValueError: a setting is below it or NaN.
    """
    for name, value in settings.items():
        require(value >= bound, name, f">= {bound}", value)


def require_above(bound: float, **settings: float) -> None:
    """Reject settings at or below a bound.

    Raises:
        ValueError: a setting is at or below it or NaN.
    """
    for name, value in settings.items():
        require(value > bound, name, f"> {bound}", value)


def require_share(**settings: float) -> None:
    """Reject settings outside [0, 1).

    Raises:
        ValueError: a setting is below 0, at or above 1, or NaN.
    """
    for name, value in settings.items():
        require(0 <= value < 1, name, "in [0, 1)", value)


def require_one_of(choices: Collection[str], **settings: str) -> None:
    """Reject settings that are none of the choices.

    Raises:
        ValueError: a setting is none of them.
    """
    for name, value in settings.items():
        require(value in choices, name, f"one of {choices}", value)
