"""A report as one HTML page that works without a network, in light and dark, also on a phone."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from search.reporting.anchors import stems
from search.reporting.blocks import Block, Chapter, Figure, Heading, Report, Table, Words
from search.reporting.colours import TEMPLATES

HEIGHT = 420  # pixels of a figure that does not say how high it is
_KINDS = {Words: "words", Heading: "heading", Table: "table", Figure: "figure"}
_NUMBER = re.compile(r"[-+−–]?\d[\d\s.,:%±\[\]()e/@−+x×-]*( (s|min|h))?")
_LOADER = jinja2.PackageLoader("search.reporting", ".")


def page(report: Report) -> str:
    """The page; the same report gives the same bytes."""
    environment = jinja2.Environment(
        loader=_LOADER,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["breakable"] = _breakable
    figures, tables = report.of(Figure), report.of(Table)
    chapters = [chapter for chapter in report.chapters if chapter.blocks]
    plotly, program = get_plotlyjs(), _part("page.js")
    drawn = {figure.name: _drawn(figure) for figure in figures}
    names = [chapter.title for chapter in chapters]
    ids = {**_ids("figure", figures), **_ids("table", tables)}
    return environment.get_template("page.html.j2").render(
        report=report,
        chapters=[(chapter.title, list(_parts(chapter))) for chapter in chapters],
        places={title: f"chapter-{stem}" for title, stem in stems(names).items()},
        ids=ids,
        drawn={name: _json(figure) for name, figure in drawn.items()},
        heights={name: figure["layout"]["height"] for name, figure in drawn.items()},
        numeric={table.name: _numeric(table) for table in tables},
        style=Markup(_part("page.css")),
        templates=_json(TEMPLATES),
        plotly=Markup(plotly),
        program=Markup(program),
        policy=_policy(plotly, program),
    )


def _breakable(text: str) -> Markup:
    """Text that may go on in another line after an underscore, as names of settings must."""
    return Markup("_<wbr>").join(escape(part) for part in text.split("_"))


def _part(name: str) -> str:
    return _LOADER.get_source(jinja2.Environment(), name)[0]


def _ids(kind: str, blocks: Sequence[Figure] | Sequence[Table]) -> dict[str, str]:
    return {name: f"{kind}-{stem}" for name, stem in stems(b.name for b in blocks).items()}


def _policy(*programs: str) -> str:
    """What a browser lets the page do: run its own programs, and ask no network for anything."""
    digests = [hashlib.sha256(program.encode()).digest() for program in programs]
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _drawn(figure: Figure) -> dict[str, Any]:
    """A figure as plotly.js takes it, without a template."""
    told: dict[str, Any] = json.loads(figure.figure.to_json())
    told["layout"].pop("template", None)
    told["layout"].setdefault("height", HEIGHT)
    return told


def _json(value: Any) -> Markup:
    """JSON that no text in it can end the script element of."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _numeric(table: Table) -> list[bool]:
    """Which columns hold numbers, and nothing else but gaps."""
    columns = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    told = [[cell for cell in column if cell not in ("", "-")] for column in columns]
    return [
        bool(column) and place > 0 and all(_NUMBER.fullmatch(cell) for cell in column)
        for place, column in enumerate(told)
    ]


def _parts(chapter: Chapter) -> Iterator[tuple[str, Block | list[Figure]]]:
    """The blocks with their kinds; figures that may stand beside each other together."""
    beside: list[Figure] = []
    for block in chapter.blocks:
        if isinstance(block, Figure) and block.half:
            beside.append(block)
            continue
        if beside:
            yield "pair", beside
            beside = []
        yield _KINDS[type(block)], block
    if beside:
        yield "pair", beside
