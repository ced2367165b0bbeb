"""Pages that MkDocs makes from the code, and formulas as MathML, so that pages need no network."""

import argparse
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PICTURES = ("demo_front.png", "searches-adversarial.png", "searches-nonadversarial.png")
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<latex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL
)

CODE = re.compile(r"<code>[^<]*</code>")
PART = re.compile(r"(?<=\w)(::|[/._:])(?=\w)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages made from the code, and the pictures that lie in benchmarks/."""
    pages = {"reference/commands.md": commands(), "reference/metrics.md": metrics()}
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    for name in PICTURES:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / "benchmarks" / name)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Put the list of spaces in its place, and keep links of benchmarks/README.md on the site."""
    if page.file.src_uri == "reference/spaces.md":
        return markdown.replace("SPACES", spaces())
    if page.file.src_uri == "benchmarks.md":
        markdown = (ROOT / "benchmarks" / "README.md").read_text()
        return re.sub(r"\]\(\.\./docs/([^)]*)\)", r"](\1)", markdown)
    return markdown


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Render formulas as MathML, and let long names in tables break at their parts."""

    def mathml(match: re.Match[str]) -> str:
        display = "block" if match["tag"] == "div" else "inline"
        return convert(unescape(match["latex"]), display=display)

    html = re.sub(r"<td.*?</td>", _breaking, html, flags=re.DOTALL)
    return FORMULA.sub(mathml, html)


def _breaking(cell: re.Match[str]) -> str:
    """Return a cell whose names may break after their parts: `a.b.c:d`, `tests/a.py::test_a`."""
    return CODE.sub(lambda code: PART.sub(r"\1<wbr>", code[0]), cell[0])


def commands() -> str:
    """Return the page of commands: each parser's description, options and their help."""
    from search.fairser import HELP, module

    parts = ["# Commands\n"]
    for words, text in HELP.items():
        parser = module(words).parser()
        parts += [f"## fairser {words}\n", f"{text[0].upper()}{text[1:]}.\n"]
        for group in parser._action_groups:
            rows = [_option(action) for action in group._group_actions if action.dest != "help"]
            if rows:
                parts += [f"**{group.title}**\n", "| option | |\n|---|---|", *rows, ""]
    return "\n".join(parts)


def _option(action: argparse.Action) -> str:
    """Return the row of an option."""
    names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.dest}`"
    help_text = (action.help or "").replace("%%", "%")
    if "%(default)s" in help_text:
        help_text = help_text.replace("%(default)s", str(action.default))
    return f"| {names} | {_cell(help_text)} |"


def _cell(text: str) -> str:
    """Escape a text for a table's cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def metrics() -> str:
    """Return the page of metrics: a table a task, from the tables of metrics."""
    from search.tasks.tasks import TASKS

    parts = [
        "# Metrics\n",
        "Each may be an objective or a floor of a space. Metrics of emotions are means over "
        "emotions; `<metric>_<emotion>` is that of one.\n",
    ]
    for name, task in TASKS.items():
        parts += [f"## {name}\n", "| metric | better | range | |\n|---|---|---|---|"]
        for metric in task.metrics:
            low, high = metric.range
            parts.append(
                f"| `{metric.name}` | {metric.better} | {low:g} to {high:g} | "
                f"{_cell(metric.explanation)} |"
            )
        parts.append("")
    return "\n".join(parts)


def spaces() -> str:
    """Return the table of spaces: name, and the comment at the file's top."""
    rows = ["| space | |", "|---|---|"]
    for path in sorted((ROOT / "spaces").glob("*.toml")):
        comment = []
        for line in path.read_text().splitlines():
            if not line.startswith("#"):
                break
            comment.append(line.removeprefix("# "))
        rows.append(f"| `{path.stem}` | {_cell(' '.join(comment))} |")
    return "\n".join(rows)
