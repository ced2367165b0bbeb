"""Names of tables and figures that are valid in file names and anchors of a page."""

import html
import re
from collections.abc import Iterable


def stems(names: Iterable[str]) -> dict[str, str]:
    """Return a unique short name of letters, digits, dots and dashes for each name.

    Args:
        names: any text; the same names in the same order get the same stems.

    Raises:
        ValueError: a name occurs twice; names it.
    """
    stem_of: dict[str, str] = {}
    for name in names:
        if name in stem_of:
            raise ValueError(f"two parts of a report are named {name!r}")
        plain = re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.") or "part"
        # Names may differ only in omitted characters, or in case, which some disks ignore.
        stem, number = plain, 1
        while stem in stem_of.values():
            number += 1
            stem = f"{plain}-{number}"
        stem_of[name] = stem
    return stem_of


def broken(name: str) -> str:
    """Return a name for plotly with line breaks after underscores, as a phone needs them."""
    return html.escape(name).replace("_", "_<br>")
