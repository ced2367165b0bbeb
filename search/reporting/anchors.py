"""Names of tables and figures as files and as places in a page can bear them."""

import html
import re
from collections.abc import Iterable


def stems(names: Iterable[str]) -> dict[str, str]:
    """A short name of letters, digits, dots and dashes for each name; no two the same.

    Args:
        names: any text; the same names in the same order get the same stems.

    Raises:
        ValueError: a name is there twice; names it.
    """
    found: dict[str, str] = {}
    for name in names:
        if name in found:
            raise ValueError(f"two parts of a report are named {name!r}")
        plain = re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.") or "part"
        # Two names may differ in what is left out, or in their case, which not all disks tell.
        stem, number = plain, 1
        while stem in found.values():
            number += 1
            stem = f"{plain}-{number}"
        found[name] = stem
    return found


def broken(name: str) -> str:
    """A name for plotly in lines short enough for a phone: it breaks after underscores."""
    return html.escape(name).replace("_", "_<br>")
