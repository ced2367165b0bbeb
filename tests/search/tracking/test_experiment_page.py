import json

from search.space.load import load
from search.tracking.experiment_page import VIEW_TAG, experiment_tags, front_view

LONGEST = 5000  # characters of an experiment's tag in MLflow


def states(space: str) -> dict[str, dict]:
    views = [
        json.loads(value)
        for name, value in experiment_tags(load(space), "it's-1", "mine").items()
        if name.startswith(VIEW_TAG)
    ]
    return {view["name"]: json.loads(view["state"]) for view in views}


def test_the_view_of_fronts_shows_objectives_and_what_was_searched() -> None:
    view = states("adversarial")["Pareto fronts"]
    assert view["searchFilter"] == "tags.pareto = 'true'"
    assert view["selectedColumns"][:2] == [
        "metrics.`point/ccc_expected`",
        "metrics.`point/recall_gap_expected`",
    ]
    assert "params.`alpha0`" in view["selectedColumns"]
    assert "params.`method`" in view["selectedColumns"]


def test_a_sweep_has_a_view_of_its_front_alone() -> None:
    view = states("adversarial")["front of mine"]
    assert view["searchFilter"] == "tags.`fairser.sweep` = \"it's-1\" and tags.pareto = 'true'"
    assert front_view("it's-1") != front_view("it's-2")


def test_the_fairest_feasible_comes_first_whichever_way_its_metric_is_better() -> None:
    gap, consistency = states("adversarial"), states("fairper")
    for view in gap.values():
        assert (view["orderByKey"], view["orderByAsc"]) == (
            "metrics.`point/recall_gap_feasible`",
            True,
        )
    for view in consistency.values():
        assert (view["orderByKey"], view["orderByAsc"]) == (
            "metrics.`point/consistency_gender_feasible`",
            False,
        )


def test_views_draw_all_their_runs_in_the_plane_of_the_objectives() -> None:
    for view in states("adversarial").values():
        (chart,), (section,) = view["compareRunCharts"], view["compareRunSections"]
        assert chart["type"] == "SCATTER"
        assert chart["metricSectionId"] == section["uuid"]
        assert chart["xaxis"]["key"] == "point/ccc_expected"
        assert chart["yaxis"]["key"] == "point/recall_gap_expected"
        assert view["runsHiddenMode"] == "SHOW_ALL"


def test_views_fit_into_the_tags_of_an_experiment() -> None:
    for space in ("adversarial", "fairper"):
        tags = experiment_tags(load(space), "x" * 100, "y" * 100)
        assert max(map(len, tags.values())) < LONGEST
