"""HTML page of a report that works offline, in light and dark, and on a phone."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from search.presentation.figure_data import figure_data
from search.presentation.html_page import PROGRAM, STYLE, environment, policy, script_json
from search.reporting.anchors import stems
from search.reporting.blocks import Block, Chapter, Figure, Heading, Report, Table, Words

_KINDS = {Words: "words", Heading: "heading", Table: "table", Figure: "figure"}
_NUMBER = re.compile(r"\[?[-+−–]?\d[\d\s.,:%±\[\]()e/@−+x×-]*( (s|min|h))?")
_HERE = Path(__file__).parent


def page(report: Report) -> str:
    """Return the page; the same report gives the same bytes."""
    templates = environment(_HERE)
    templates.filters["breakable"] = _breakable
    figures, tables = report.of(Figure), report.of(Table)
    chapters = [chapter for chapter in report.chapters if chapter.blocks]
    drawn = {figure.name: figure_data(figure.figure) for figure in figures}
    names = [chapter.title for chapter in chapters]
    ids = {**_ids("figure", figures), **_ids("table", tables)}
    return templates.get_template("page.html.j2").render(
        report=report,
        chapters=[(chapter.title, list(_parts(chapter))) for chapter in chapters],
        places={title: f"chapter-{stem}" for title, stem in stems(names).items()},
        ids=ids,
        drawn={name: script_json(figure) for name, figure in drawn.items()},
        numeric={table.name: _numeric(table) for table in tables},
        style=STYLE,
        program=Markup(PROGRAM),
        policy=policy(),
    )


def _breakable(text: str) -> Markup:
    """Return text that may break after an underscore, because names of settings are long."""
    return Markup("_<wbr>").join(escape(part) for part in text.split("_"))


def _ids(kind: str, blocks: Sequence[Figure] | Sequence[Table]) -> dict[str, str]:
    return {name: f"{kind}-{stem}" for name, stem in stems(b.name for b in blocks).items()}


def _numeric(table: Table) -> list[bool]:
    """Return for each column whether it holds only numbers and gaps."""
    columns = [[row[index] for row in table.rows] for index in range(len(table.columns))]
    filled = [[cell for cell in column if cell not in ("", "-")] for column in columns]
    return [
        bool(column) and index > 0 and all(_NUMBER.fullmatch(cell) for cell in column)
        for index, column in enumerate(filled)
    ]


def _parts(chapter: Chapter) -> Iterator[tuple[str, Block | list[Figure]]]:
    """Yield blocks with their kinds; figures of half width that are neighbours come together."""
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
