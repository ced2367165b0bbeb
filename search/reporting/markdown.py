"""Markdown of a report, and its tables as CSV."""

from collections.abc import Sequence

from fairser_core.csv_cells import cell
from search.presentation.markup import escape
from search.reporting.anchors import stems
from search.reporting.blocks import Block, Figure, Heading, Report, Table, Words

PAGE, TABLES = "report.html", "tables"


def markdown(report: Report) -> str:
    """Return the report's words and tables, with links to the figures in the HTML page."""
    files = stems(table.name for table in report.of(Table))
    places = stems(figure.name for figure in report.of(Figure))
    parts = [f"# {escape(report.title)}", escape(report.made)]
    for chapter in report.chapters:
        if chapter.blocks:
            parts.append(f"## {escape(chapter.title)}")
            parts += [_block(block, files, places) for block in chapter.blocks]
    return "\n\n".join(parts) + "\n"


def tables(report: Report) -> dict[str, bytes]:
    """Return every table's data as CSV, by file name."""
    blocks = report.of(Table)
    files = stems(table.name for table in blocks)
    return {
        f"{files[table.name]}.csv": table.data.map(cell)
        .rename(columns=cell)
        .to_csv(index=False, lineterminator="\n")
        .encode()
        for table in blocks
    }


def _block(block: Block, files: dict[str, str], places: dict[str, str]) -> str:
    if isinstance(block, Words):
        return escape(block.text)
    if isinstance(block, Heading):
        return f"### {escape(block.text)}"
    if isinstance(block, Figure):
        return f"*Figure, see [{PAGE}]({PAGE}#figure-{places[block.name]})*: " + escape(
            block.caption
        )
    return _table(block, f"{TABLES}/{files[block.name]}.csv")


def _table(table: Table, file: str) -> str:
    lines = [
        f"*Table, see [{file}]({file})*: {escape(table.caption)}",
        "",
        _row(table.columns),
        _row(["---"] * len(table.columns), plain=True),
        *(_row(row) for row in table.rows),
    ]
    return "\n".join(lines)


def _row(cells: Sequence[str], plain: bool = False) -> str:
    return f"| {' | '.join(cell if plain else escape(cell) for cell in cells)} |"
