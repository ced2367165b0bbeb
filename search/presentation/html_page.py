"""Parts that HTML pages share: style, program, security policy, and data for the program."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_FOLDER = Path(__file__).parent / "drawing"
_STYLES = ("page", "drawing")
_PROGRAMS = ("axes", "marks", "traces", "labels", "pointer", "figure", "page")


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


STYLE = Markup("".join(_read(f"{name}.css") for name in _STYLES))
"""Style of a page and of its figures, in light and dark, on a phone and on paper."""
PROGRAM = "\n".join(
    ['"use strict";', "(() => {", *(_read(f"{name}.js") for name in _PROGRAMS), "})();"]
)
"""Program that draws the figures of a page, each from the data that `data-figure` names."""


def environment(folder: Path) -> jinja2.Environment:
    """Return an environment that escapes text and refuses undefined names.

    Args:
        folder: folder of the templates.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def policy() -> str:
    """Return a page's security policy: it runs its own program and uses no network."""
    digest = base64.b64encode(hashlib.sha256(PROGRAM.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def script_json(value: Any) -> Markup:
    """Return JSON in which no text can end the script element."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c"))
