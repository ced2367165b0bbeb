"""Texts in Markdown that nobody but their author wrote as Markdown."""

import re


def escape(text: str) -> str:
    """Return text on one line, with all markup escaped."""
    line = re.sub(r"([\\`*\[\]|])", r"\\\1", " ".join(text.split()))
    # An underscore within a word is no markup; metrics' names stay readable.
    line = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", line).replace("~", r"\~")
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(#|[+-](?=\s)|\d+[.)](?=\s))", r"\\\1", line)


def code(text: str) -> str:
    """Return text as code, on one line and without backticks, which would end it."""
    return f"`{' '.join(text.split()).replace('`', chr(39))}`"
