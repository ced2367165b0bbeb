"""Credentials in addresses: taken out wherever an address is stored or shown."""

import re

TAKEN_OUT = "***"
"""Mark of an address that is stored without its credentials."""
_USER = re.compile(
    r"(?<=://)"
    r"(?:[^\s/?#'\"]*@"  # user:password@, or a user alone
    r"|[^\s/@:?#'\"\[]+:(?!\d+(?:[/\s?#'\",;.]|$))[^\s'\"]*@)"  # a password that holds / or ?
)
_SECRET = re.compile(
    r"(?i)([?&;](?!viewStateShareKey=)"  # names a view of MLflow's pages, and opens nothing
    r"[^=&;\s'\"]*(?:pass|pwd|secret|token|key|sig|credential|auth)[^=&;\s'\"]*=)"
    r"[^&;#\s'\"]+"
)


def without_credentials(text: str, mark: str = "") -> str:
    """Return a text without the users, passwords and keys of its addresses.

    Args:
        text: address, or any text that may hold addresses, such as a command or an error.
        mark: text in the place of user and password.
    """
    return _SECRET.sub(rf"\1{TAKEN_OUT}", _USER.sub(mark, text))


def stored_address(address: str) -> str:
    """Return an address as a file may hold it: with a mark in place of its credentials."""
    return without_credentials(address, f"{TAKEN_OUT}@")


def lacks_credentials(address: str) -> bool:
    """Return whether an address was stored without its credentials, and so cannot be used."""
    return f"://{TAKEN_OUT}@" in address or f"={TAKEN_OUT}" in address
