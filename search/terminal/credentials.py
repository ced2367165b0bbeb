"""Credentials in addresses: taken out wherever an address is stored or shown."""

import re

TAKEN_OUT = "***"
"""Mark of an address that is stored without its credentials."""
HARMLESS = (
    "allow_bucket_creation", "allow_bucket_deletion", "allow_delayed_open", "cache", "charset",
    "endpoint_override", "experiment_id", "experiment_name", "host", "mode", "port", "region",
    "run_id", "scheme", "ssl_mode", "sslmode", "uri", "viewStateShareKey", "workflowType",
)  # fmt: skip
"""Parameters of addresses that open nothing. All others are taken for credentials."""
_DATABASE = re.compile(r"postgres\w*|mysql|mariadb|mssql|oracle|cockroachdb|.*\+.*")
_SCHEME = r"(?<![\w+.-])([\w+.-]{1,40})://"
_CHARACTER = r"(?:[^\s'\"]|'(?![\s,;:.)\]}]|$))"
"""Character of an address within a text: a quote before a space or a stop ends it."""
_IN_TEXT = re.compile(rf"{_SCHEME}({_CHARACTER}*)")
_ALONE = re.compile(rf"(?s){_SCHEME}(.*)")
_WITHOUT_SCHEME = re.compile(r"[^/@]+:[^/@]+@")
_PARAMETER = re.compile(r"(?s)([?&;#])([^?&;#=]*)(=?)([^&;#]*)")
_SECRET = re.compile(
    r"(?i)([?&;](?!viewStateShareKey=)"
    r"[^=&;\s'\"]{0,99}(?:pass|pwd|secret|token|key|sig|credential|auth)[^=&;\s'\"]{0,99}=)"
    rf"(?:(?![&;#]){_CHARACTER})+"
)


def without_credentials(text: str, mark: str = "") -> str:
    """Return a text without the users, passwords and keys of its addresses.

    Args:
        text: address, or any text that may hold addresses, such as an error.
        mark: text in the place of user and password.
    """
    return _without(_IN_TEXT, text, mark)


def stored_address(address: str, mark: str = f"{TAKEN_OUT}@") -> str:
    """Return an address that stands alone without its credentials.

    Args:
        address: address, or a word of a command that may hold one; also with spaces and quotes.
        mark: text in the place of user and password.
    """
    return _without(_ALONE, address, mark)


def check_address(address: str) -> None:
    """Check that the credentials of an address would be taken out of any text around the address.

    Raises:
        ValueError: spaces, quotes or line breaks in them are not percent-encoded, or there is no
            scheme, without which nothing tells a password.
    """
    if _WITHOUT_SCHEME.match(address):
        raise ValueError(
            "an address with a user and a password needs its scheme, such as https, before both; "
            "the address is not shown, since it may hold a password"
        )
    if without_credentials(address) != stored_address(address, ""):
        raise ValueError(
            "spaces, quotes and line breaks in the user, password and parameters of an address "
            "must be percent-encoded (%20, %22, %27, %0A); the address is not shown, since it may "
            "hold a password"
        )


def lacks_credentials(address: str) -> bool:
    """Return whether an address was stored without its credentials, and so cannot be used."""
    return f"://{TAKEN_OUT}@" in address or f"={TAKEN_OUT}" in address


def _without(addresses: re.Pattern[str], text: str, mark: str) -> str:
    def cleaned(match: re.Match[str]) -> str:
        scheme, rest = match.groups()
        host = _without_user(scheme, rest)
        shown = _PARAMETER.sub(_without_value, host)
        return f"{scheme}://{mark if host != rest else ''}{shown}"

    return _SECRET.sub(rf"\1{TAKEN_OUT}", addresses.sub(cleaned, text))


def _without_user(scheme: str, rest: str) -> str:
    """Return an address behind its scheme without user and password.

    A password may hold a slash or a question mark. What looks like a host with its port is one,
    but for databases, whose user is all before an @.
    """
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return authority.rpartition("@")[2] + rest[len(authority) :]
    user, colon, password = authority.partition(":")
    if not (user and colon) or user.startswith("["):
        return rest
    if password.isdigit() or not password:
        if not _DATABASE.fullmatch(scheme):
            return rest
        before = rest.partition("?")[0]
    else:
        before = rest
    return before.rpartition("@")[2] + rest[len(before) :]


def _without_value(match: re.Match[str]) -> str:
    """Return a parameter of an address, without its value unless that opens nothing."""
    start, name, equals, value = match.groups()
    if start == "#" and not equals:  # a heading, or a page of MLflow
        return match[0]
    if not name + value or name in HARMLESS:
        return match[0]
    return f"{start}{name}={TAKEN_OUT}" if equals else f"{start}{TAKEN_OUT}"
