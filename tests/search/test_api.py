"""Python API on a smoke sweep."""

import shutil
from pathlib import Path

import pytest

from search import api as fairser
from tests.support.local_training import train_with_views

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """Results folder with a smoke sweep that was searched through the API."""
    folder = tmp_path_factory.mktemp("api") / "results"
    folder.mkdir()
    shutil.copy(empty_database, folder / "mlflow.db")  # making one takes seconds
    sweep = fairser.search(
        "adversarial", results=folder, name="mine", smoke=True, settings={"alpha0": 1.0}
    )
    assert sweep.name == "mine"
    return folder


def test_a_sweep_is_loaded_with_its_front_figures_and_tables(results: Path) -> None:
    sweep = fairser.load("mine", results=results)
    again = fairser.load(str(results / "mine"))
    assert list(sweep.front.columns[:4]) == ["trial", "epoch", "ccc", "ccc_sd"]
    assert len(sweep.front) == len(sweep.source.front.members)
    assert again.front.equals(sweep.front)
    assert "alpha0" not in sweep.source.sweep.space.search
    names = {trace.name for trace in sweep.plot().data}
    assert "baseline" in names
    assert {"front", "growth"} <= {name.split()[0] for name in sweep.figures}
    assert all(len(table.columns) for table in sweep.tables.values())


def test_a_sweep_is_resumed_beyond_its_budget(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_with_views(monkeypatch)
    before = fairser.load("mine", results=results)
    after = fairser.resume("mine", results=results, trials=4)
    assert len(after.source.sweep.log.trials) > len(before.source.sweep.log.trials)


def test_a_report_is_written_where_it_says(results: Path, tmp_path: Path) -> None:
    page = fairser.load("mine", results=results).report(tmp_path / "out")
    assert "mine" in Path(page).read_text()


def test_members_are_replicated_and_tested(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_with_views(monkeypatch)
    sweep = fairser.load("mine", results=results)
    if sweep.front.empty:
        pytest.fail("the smoke sweep has no front to replicate")
    table = sweep.replicate(["most-accurate"], seeds=2)
    assert {"system", "metric", "mean"} <= set(table.columns)
    assert set(table["seeds"]) == {2}


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match="no option `trails`; did you mean `trials`"):
        fairser.search(trails=3)


def test_options_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match="--corpus ravdess needs --corpus-dir"):
        fairser.search(corpus="ravdess")
    with pytest.raises(ValueError, match=r"`options\.trials` must be"):
        fairser.search(trials="many")


def test_a_sweep_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing"):
        fairser.load("nothing", results=tmp_path)
