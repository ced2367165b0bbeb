"""Parts that HTML pages share: style, security policy, and data for their programs."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_HERE = Path(__file__).parent
STYLE = Markup((_HERE / "page.css").read_text(encoding="utf-8"))


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


def policy(*programs: str) -> str:
    """Return a page's security policy: it runs its own programs and uses no network."""
    digests = [hashlib.sha256(program.encode()).digest() for program in programs]
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def script_json(value: Any) -> Markup:
    """Return JSON in which no text can end the script element."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
