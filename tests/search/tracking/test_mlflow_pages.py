"""What a user sees of a sweep in MLflow's own pages, in a real browser."""

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("selenium", reason="selenium is not installed: it drives the browser")
from search.presentation.front_files import front_files
from search.space.load import load
from search.store.trials import TrialRecord
from search.tracking.corpus_input import CorpusInput
from search.tracking.description import About
from search.tracking.experiment_page import ALL, experiment_tags, front_view, page, view_page
from search.tracking.mirror import Tracking
from tests.support.browser import CHROMIUM, DRIVER, Page, browsing
from tests.support.mlflow_browser import close_assistant, served
from tests.support.mlflow_store import MakeFront, MakeMoments, Store
from tests.support.run_command import command

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="there is no chromium with chromedriver to look with"
    ),
]


MEMBERS = ["0@1", *(f"{n}@2" for n in range(12))]
"""Names of the members of the front, the most accurate first."""


@pytest.fixture(scope="module")
def store(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: Path,
    make_trial: Callable[..., TrialRecord],
    make_front: MakeFront,
    make_moments: MakeMoments,
) -> Store:
    """A sweep with 13 members of its front, of 12 trials, one trial beaten and one useless."""
    folder = tmp_path_factory.mktemp("page")
    database = Path(shutil.copy(empty_database, folder / "mlflow.db"))
    result = Store(database, make_front, make_moments)
    trials = [make_trial(n, 0.75 - 0.01 * n, 0.45 - 0.02 * n) for n in range(12)]
    for metric, value in (("ccc", 0.755), ("recall_gap", 0.46)):
        trials[0].epochs[0].lanes[metric] = [value] * 3  # a member at its first epoch too
    trials += [make_trial(12, 0.65, 0.5), make_trial(13, 0.01, 0.0)]
    tracking = Tracking(
        result.uri,
        space="adversarial",
        sweep="sweep-1",
        tags={"mlflow.runName": "a fine sweep"},
        params={"method": "adversarial"},
        artifact_location=str(result.artifacts),
        about=About("Searched: `alpha0`.", "a fine sweep"),
        experiment_tags=experiment_tags(load("adversarial"), "sweep-1", "a fine sweep"),
        corpus=CorpusInput("demo", "0123456789abcdef"),
    )
    front, moments = make_front(trials), make_moments(trials)
    files = front_files(front, moments, "a fine sweep")
    tracking.update({t.number: t for t in trials}, front, moments, files)
    tracking.close("finished")
    assert tracking.problem is None
    return result


@pytest.fixture(scope="module")
def shown(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("browser")
    with served(store.uri, folder) as address, browsing(address, folder) as result:
        close_assistant(result)
        yield result


@pytest.fixture
def seen(shown: Page, tmp_path: Path) -> Page:
    shown.pictures = tmp_path
    return shown


@pytest.fixture(scope="module")
def address(store: Store) -> tuple[str, str]:
    """Ids of the experiment and of the sweep's own run."""
    info = store.runs()[None].info
    return str(info.experiment_id), info.run_id


def rows(seen: Page) -> list[str]:
    """Names of the runs listed, in order."""
    names = seen.all("[col-id*='name' i] a, [col-id*='run' i] a")
    return [name.text for name in names if name.text]


def names_drawn(seen: Page) -> set[str]:
    return {name.text for name in seen.all("svg .name")}


def test_trials_are_folded_below_their_sweep(seen: Page, address: tuple[str, str]) -> None:
    seen.open(page(address[0], "runs"))
    seen.until("the sweep alone", lambda: rows(seen) == ["a fine sweep"])
    seen.the("body", "28 matching runs")


def test_a_search_for_the_front_lists_its_members_alone(
    seen: Page, address: tuple[str, str]
) -> None:
    wanted = quote("tags.pareto = 'true' and params.method = 'adversarial'")
    sorted_by = quote("metrics.`point/ccc`")
    query = f"searchFilter={wanted}&orderByKey={sorted_by}&orderByAsc=false&"
    seen.open(page(address[0], "runs", query))
    seen.until("the front, best first", lambda: rows(seen) == MEMBERS)
    seen.the("body", "13 matching runs")


def test_the_view_of_the_front_is_offered_and_sorted_with_its_objectives(
    seen: Page, address: tuple[str, str]
) -> None:
    seen.open(view_page(address[0], front_view("sweep-1")))
    seen.until("all members, the fairest first", lambda: rows(seen) == MEMBERS[::-1])
    seen.the("body", "13 matching runs")
    for column in ("point/ccc_expected", "point/recall_gap_expected"):
        seen.the("[role=columnheader]", column)
    seen.the("button", "front of a fine sweep")


def test_the_view_of_the_trials_puts_the_useless_last(seen: Page, address: tuple[str, str]) -> None:
    seen.open(view_page(address[0], ALL))
    seen.until("the useless last", lambda: rows(seen)[-1:] == ["trial 13"])
    assert rows(seen)[0] == "trial 11"


def test_the_view_of_the_front_has_a_scatter_of_all_members(
    seen: Page, address: tuple[str, str]
) -> None:
    chart = view_page(address[0], front_view("sweep-1")).replace("?", "?compareRunsMode=CHART&")
    seen.open(chart)
    seen.the("body", "objectives")
    scatter = seen.the(".js-plotly-plot", "point/recall_gap_expected")
    dots = ".scatterlayer path.point"
    seen.until(
        "a point a member",
        lambda: len(scatter.find_elements("css selector", dots)) == len(MEMBERS),
    )


def test_the_sweeps_page_tells_of_it_in_words_and_shows_the_front(
    seen: Page, address: tuple[str, str]
) -> None:
    seen.open(page(address[0], f"runs/{address[1]}"))
    seen.the("p", "14 trials done, 13 candidates on the Pareto front")
    seen.the("button", "Show more").click()
    seen.the("th", "seeds")
    seen.the("td", "0.700 ± 0.010")
    seen.the("body", "demo")  # the corpus, as input
    picture = seen.the("img[src^='get-artifact']")
    seen.until("the picture", lambda: int(picture.get_property("naturalWidth") or 0) > 100)
    seen.the("pre", "fairser replicate 'a fine sweep'")
    seen.the("a", "front.html").click()
    windows = seen.browser.window_handles
    seen.browser.switch_to.window(windows[-1])
    seen.the("iframe")
    seen.browser.close()
    seen.browser.switch_to.window(windows[0])


def test_the_front_can_be_looked_at_closely_among_the_artifacts(
    seen: Page, address: tuple[str, str]
) -> None:
    seen.open(page(address[0], f"runs/{address[1]}/artifacts/front.html"))
    seen.browser.switch_to.frame(seen.the("iframe"))
    seen.until("the names of both ends", lambda: {"0@1", "11@2"} <= names_drawn(seen))
    seen.the("h1", "a fine sweep")
    seen.browser.switch_to.default_content()


def test_the_hypervolume_is_a_curve_over_what_was_trained(
    seen: Page, address: tuple[str, str]
) -> None:
    seen.open(page(address[0], f"runs/{address[1]}/model-metrics"))
    seen.the("body", "hypervolume")
    seen.the(".js-plotly-plot svg.main-svg", "Step")
    seen.until("a curve", lambda: seen.all(".js-plotly-plot .scatterlayer path.js-line"))


def test_the_address_that_a_sweep_prints_shows_the_members_of_its_front(tmp_path: Path) -> None:
    output = command(tmp_path, "--space", "adversarial", "--smoke", "--name", "smoke")
    printed = re.search(r"front at +http://[^/]+/(\S+)", output)
    assert printed
    with (tmp_path / "results" / "smoke" / "front.csv").open(encoding="utf-8") as file:
        members = {f"{row['trial']}@{row['epoch']}" for row in csv.DictReader(file)}
    store = f"sqlite:///{tmp_path}/results/mlflow.db"
    with served(store, tmp_path) as address, browsing(address, tmp_path) as sight:
        close_assistant(sight)
        sight.open(printed.group(1))
        sight.until("all members and no other run", lambda: {*rows(sight)} == members)
        sight.the("button", "front of smoke")
