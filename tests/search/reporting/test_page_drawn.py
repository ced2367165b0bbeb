"""Pages of figures in a real browser: wide, on a phone, in the dark and on paper."""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import plotly.graph_objects as go
import pytest

pytest.importorskip("selenium", reason="selenium is not installed: it drives the browser")
from search.front.front import Front
from search.presentation.front_html import front_html
from search.reporting.blocks import Chapter, Figure, Report
from search.reporting.chapters.order import chapters
from search.reporting.page import page
from search.reporting.sweep_source import Source
from search.store.trials import TrialRecord
from tests.support.browser import CHROMIUM, DRIVER, Page, browsing

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="there is no chromium with chromedriver to look with"
)
PHONE, DESK = 390, 1400
OVERLAPS = """
const names = [...document.querySelectorAll("svg .name")];
const boxes = names.map((name) => name.getBoundingClientRect());
return boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
"""
CUT = """
return [...document.querySelectorAll(".drawing svg")].flatMap((svg) => {
  const whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const { left, right, bottom } = text.getBoundingClientRect();
    return left < whole.left - 1 || right > whole.right + 1 || bottom > whole.bottom + 1;
  }).map((text) => text.textContent);
});
"""
HIDDEN = """
return [...document.querySelectorAll(".wide.scrolls caption > span")].filter((caption) => {
  const table = caption.closest(".wide");
  const edge = table.getBoundingClientRect().left + table.clientWidth;
  return caption.getBoundingClientRect().right > edge;
}).length;
"""
COUNTS = """
const count = (css) => document.querySelectorAll(css).length;
return [count(".drawing svg"), count("[data-figure]")];
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("browser")
    with browsing("about:blank", folder) as result:
        yield result


@pytest.fixture(scope="module")
def report(toy: Source, other: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on two sweeps, with a figure of bars and boxes by category."""
    names = ["a long name of an emotion", "another of many words", "anger"]
    categories = go.Figure(
        [
            go.Bar(x=names, y=[0.2, 0.5, 0.9], name="bars", marker={"color": "#0072B2"}),
            go.Bar(x=names, y=[0.3, 0.4, 0.8], name="others", marker={"color": "#E69F00"}),
        ]
    )
    parts = [*chapters([toy, other]), Chapter("Bars", [Figure("bars", "Bars.", categories)])]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(Report("toy", "made today", parts)), encoding="utf-8")
    return path


def look(browser: Page, path: Path, width: int, dark: bool = False) -> None:
    """Open a page at a width."""
    send = browser.browser.execute_cdp_cmd
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
    send("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    send("Emulation.setEmulatedMedia", {"features": [scheme]})
    browser.browser.get(path.as_uri())
    # Two frames later the page has its last width.
    browser.browser.execute_async_script(
        "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(done));"
    )


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_all_figures_are_drawn_whole_before_one_scrolls(
    browser: Page, report: Path, width: int
) -> None:
    look(browser, report, width)
    run = browser.browser.execute_script
    drawn, figures = run(COUNTS)
    assert drawn == figures > 10
    assert run(CUT) == []
    assert run("return document.documentElement.scrollWidth") <= width


def test_no_caption_runs_under_the_border_of_a_table_that_scrolls(
    browser: Page, report: Path
) -> None:
    look(browser, report, PHONE)
    run = browser.browser.execute_script
    assert run("return document.querySelectorAll('.wide.scrolls caption > span').length") > 5
    assert run(HIDDEN) == 0


def test_the_dark_page_is_dark_and_its_bars_are_light(browser: Page, report: Path) -> None:
    look(browser, report, DESK, dark=True)
    run = browser.browser.execute_script
    assert run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    lit = "return getComputedStyle(document.querySelector('.drawing .plot')).filter"
    assert run(lit) == "brightness(1.3)"


def test_each_figure_is_whole_on_paper(browser: Page, report: Path) -> None:
    look(browser, report, DESK)
    browser.browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    drawings = browser.all(".drawing svg")
    assert {each.get_dom_attribute("width") for each in drawings} == {"680"}
    words = browser.the("details.words", "Meanings of the words")
    assert words.get_dom_attribute("open") is not None
    assert browser.browser.execute_script(CUT) == []
    printed = browser.browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_names_of_a_front_do_not_overlap_and_its_ends_are_named(
    browser: Page,
    tmp_path: Path,
    make_trial: Callable[..., TrialRecord],
    make_front: Callable[..., Front],
    width: int,
) -> None:
    trials = [make_trial(n, 0.75 - 0.004 * n, 0.45 - 0.006 * n) for n in range(24)]
    trials.append(make_trial(24, 0.01, 0.0))
    path = tmp_path / "front.html"
    path.write_text(front_html(make_front(trials), "a front"), encoding="utf-8")
    look(browser, path, width)
    assert browser.browser.execute_script(OVERLAPS) == 0
    assert {"0@2", "23@2"} <= {name.text for name in browser.all("svg .name")}
    button = browser.the("button", "Show all: ")
    outside = re.fullmatch(r"Show all: (\d+) more outside this range", button.text)
    assert outside
    markers = len(browser.all(".plot circle"))
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert len(browser.all(".plot circle")) == markers  # the same, some of them outside before


def test_hovering_shows_a_candidate(
    browser: Page,
    tmp_path: Path,
    make_trial: Callable[..., TrialRecord],
    make_front: Callable[..., Front],
) -> None:
    from selenium.webdriver import ActionChains

    path = tmp_path / "front.html"
    path.write_text(front_html(make_front([make_trial(0)]), "a front"), encoding="utf-8")
    look(browser, path, DESK)
    member = browser.the(".plot circle")
    ActionChains(browser.browser).move_to_element(member).perform()
    assert browser.the(".tip").text.startswith("trial 0 (complete) at epoch 2")
