import json

from search.space.load import load
from search.tracking.experiment_page import experiment_tags


def states(space: str) -> dict[str, dict]:
    views = [
        json.loads(value)
        for name, value in experiment_tags(load(space)).items()
        if name.startswith("mlflow.sharedViewState.")
    ]
    return {view["name"]: json.loads(view["state"]) for view in views}


def test_the_view_of_the_front_shows_objectives_and_what_was_searched() -> None:
    view = states("adversarial")["Pareto front"]
    assert view["searchFilter"] == "tags.pareto = 'true'"
    assert view["selectedColumns"][:2] == ["metrics.`point/ccc`", "metrics.`point/recall_gap`"]
    assert "params.`alpha0`" in view["selectedColumns"]
    assert "params.`method`" in view["selectedColumns"]
    assert "tags.`feasible`" in view["selectedColumns"]


def test_the_fairest_comes_first_whichever_way_its_metric_is_better() -> None:
    gap, consistency = states("adversarial"), states("fairper")
    for view in gap.values():
        assert (view["orderByKey"], view["orderByAsc"]) == ("metrics.`point/recall_gap`", True)
    for view in consistency.values():
        assert (view["orderByKey"], view["orderByAsc"]) == (
            "metrics.`point/consistency_gender`",
            False,
        )
