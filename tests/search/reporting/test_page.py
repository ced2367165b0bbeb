import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from search.presentation.figure_data import figure_data
from search.reporting.blocks import Block, Chapter, Figure, Heading, Report, Table, Words
from search.reporting.chapters.order import chapters
from search.reporting.page import page
from search.reporting.sweep_source import Source

EVIL = "</script><script>alert(1)</script><img src=http://x onerror=alert(2)>&"
VOID = {"meta", "wbr", "br", "img", "link", "input", "hr"}


class Outline(HTMLParser):
    """Checks that elements close in order, and gathers what the page is made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append((self.seen[-1][1], data))
        elif self.open and self.open[-1] != "style":
            self.text += data


def outline(html: str) -> Outline:
    parsed = Outline()
    parsed.feed(html)
    parsed.close()
    assert parsed.open == []
    return parsed


def report(*blocks: Block, title: str = "a report") -> Report:
    return Report(title, "made today", [Chapter("All", blocks), Chapter("Nothing", [])])


def table(name: str = "numbers", caption: str = "Numbers.", **given: bool) -> Table:
    rows = [["a", "1,000", "x"], ["b", "-0.5 ± 0.1", "2"], ["c", "-", ""]]
    return Table(name, caption, ["who", "how_many", "what"], rows, pd.DataFrame(rows), **given)


def figure(name: str = "dots", text: str = "dot", half: bool = False) -> Figure:
    drawn = go.Figure(go.Scatter(x=[1.5], y=[2], name=text))
    return Figure(name, f"Caption of {name}.", drawn, half=half)


def test_the_page_asks_the_network_for_nothing(toy: Source) -> None:
    html = page(Report("toy", "made today", chapters([toy])))
    parsed = outline(html)
    for tag, attributes in parsed.seen:
        assert "src" not in attributes, tag
        assert tag not in ("link", "iframe", "base", "form", "object"), tag
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in html[: html.index("</style>")]
    (policy,) = (a["content"] for t, a in parsed.seen if "http-equiv" in a)
    assert policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in policy


def test_a_browser_runs_the_programs_of_the_page_and_no_others() -> None:
    parsed = outline(page(report(figure())))
    programs = [text for attributes, text in parsed.scripts if "type" not in attributes]
    assert len(programs) == 1
    (policy,) = (a["content"] for _, a in parsed.seen if "http-equiv" in a)
    for program in programs:
        digest = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in (policy or "")


def test_text_from_elsewhere_is_no_markup() -> None:
    evil = Table(EVIL, EVIL, [EVIL], [[EVIL]], pd.DataFrame([[EVIL]]))
    drawn = figure(text=EVIL)
    html = page(report(Words(EVIL), Heading(EVIL), evil, drawn, title=EVIL))
    parsed = outline(html)
    assert len(parsed.scripts) == 2  # a figure's data and the program
    assert not [tag for tag, _ in parsed.seen if tag == "img"]
    assert parsed.text.count(EVIL) == 7  # title twice, words, heading, caption, column, cell
    data = next(
        text for attributes, text in parsed.scripts if attributes.get("id") == "figure-dots-data"
    )
    assert json.loads(data)["data"][0]["name"] == EVIL


def test_a_page_holds_data_of_figures_and_no_library(toy: Source) -> None:
    parsed = outline(page(report(figure())))
    (data,) = (json.loads(text) for attributes, text in parsed.scripts if attributes.get("type"))
    assert "template" not in data["layout"]
    assert data["data"][0]["x"] == [1.5]
    assert len(page(Report("toy", "made", chapters([toy])))) < 300_000


def test_arrays_and_undefined_numbers_of_figures_are_jsons() -> None:
    values = np.array([1 / 3, np.nan])
    drawn = go.Figure(go.Bar(x=np.array(["a", "b"], dtype=object), y=values))
    data = figure_data(drawn)["data"][0]
    assert (data["x"], data["y"]) == (["a", "b"], [0.333333, None])


def test_a_kind_of_figure_that_pages_do_not_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="draw no traces of the kind pie; they draw bar, box"):
        figure_data(go.Figure(go.Pie(values=[1, 2])))


def test_everything_is_named_for_those_who_do_not_see_it() -> None:
    parsed = outline(page(report(table(), figure())))
    tags = [tag for tag, _ in parsed.seen]
    assert tags.count("caption") == tags.count("figcaption") == tags.count("h1") == 1
    assert ("html", {"lang": "en"}) in parsed.seen
    scopes = [a["scope"] for tag, a in parsed.seen if tag == "th"]
    assert scopes == ["col"] * 3 + ["row"] * 3
    ids = [a["id"] for _, a in parsed.seen if "id" in a]
    assert len(ids) == len(set(ids))
    assert not [i for i in ids if " " in (i or "")]


def test_columns_of_numbers_are_set_as_such() -> None:
    html = page(report(table()))
    assert re.findall(r'class="number">([^<]*)<', html)[:2] == ["how_", "1,000"]
    assert html.count('class="number"') == 4  # the heading and three cells; `what` holds a letter


def test_halves_stand_beside_each_other_and_a_long_table_is_folded() -> None:
    blocks = [figure("a", half=True), figure("b", half=True), Words("x"), figure("c", half=True)]
    html = page(report(*blocks, table(folded=True)))
    assert html.count('<div class="pair">') == 2
    assert html.count("<details>") == 1


def test_chapters_without_blocks_are_left_out() -> None:
    parsed = outline(page(report(Words("x"))))
    assert "Nothing" not in parsed.text
    assert ("a", {"href": "#chapter-all"}) in parsed.seen


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two parts of a report are named 'dots'"):
        page(report(figure(), figure()))


def test_the_same_sweeps_give_the_same_page(toy: Source, other: Source) -> None:
    first, second = (page(Report("t", "made", chapters([toy, other]))) for _ in range(2))
    assert first == second
