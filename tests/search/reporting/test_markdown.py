import pandas as pd
import plotly.graph_objects as go
import pytest

from search.presentation.markup import escape
from search.reporting.anchors import stems
from search.reporting.blocks import Chapter, Figure, Heading, Report, Table, Words
from search.reporting.markdown import markdown, tables

NUMBERS = Table(
    "all numbers",
    "Of a|b.",
    ["who|what", "ccc"],
    [["a | b", "0.333"]],
    pd.DataFrame({"who": ["a | b"], "ccc": [1 / 3]}),
)
REPORT = Report(
    "a <b>",
    "made",
    [
        Chapter("One", [Words("# no *heading*"), Heading("sweep_1"), NUMBERS]),
        Chapter("Two", [Figure("all dots", "Dots.", go.Figure())]),
        Chapter("None", []),
    ],
)


def test_words_and_tables_are_written_and_figures_pointed_to() -> None:
    assert markdown(REPORT).split("\n\n") == [
        "# a &lt;b&gt;",
        "made",
        "## One",
        "\\# no \\*heading\\*",
        "### sweep_1",
        "*Table, see [tables/all-numbers.csv](tables/all-numbers.csv)*: Of a\\|b.",
        "| who\\|what | ccc |\n| --- | --- |\n| a \\| b | 0.333 |",
        "## Two",
        "*Figure, see [report.html](report.html#figure-all-dots)*: Dots.\n",
    ]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("recall_gap", "recall_gap"),
        ("_a_ `b` [c](d)", "\\_a\\_ \\`b\\` \\[c\\](d)"),
        ("two\nlines", "two lines"),
        ("1. no list", "\\1. no list"),
        ("- no list", "\\- no list"),
        ("-0.5", "-0.5"),
        ("<script>&", "&lt;script&gt;&amp;"),
    ],
)
def test_nothing_in_a_text_is_markup(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_numbers_in_csv_are_not_rounded() -> None:
    (content,) = tables(REPORT).values()
    assert content.decode() == f"who,ccc\na | b,{1 / 3!r}\n"


def test_names_become_files_that_no_disk_confuses() -> None:
    names = ["Front a/b", "front a:b", "front a b", "../x", "<i>"]
    assert list(stems(names).values()) == ["front-a-b", "front-a-b-2", "front-a-b-3", "x", "i"]
