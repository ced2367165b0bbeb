import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from search.front.floors import Floor
from search.front.front import Front
from search.presentation.front_html import front_html
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def parts(page: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Data and layout that the page hands to plotly.js."""
    call = re.compile(r'Plotly\.newPlot\(\s*"front",\s*')
    decoder = json.JSONDecoder()
    start = [match.end() for match in call.finditer(page)][-1]
    data, end = decoder.raw_decode(page, start)
    layout, _ = decoder.raw_decode(page, page.index("{", end))
    return data, layout


@pytest.fixture
def page(make_trial: MakeTrial, make_front: MakeFront) -> str:
    trials = [
        make_trial(0, 0.70, 0.30),
        make_trial(1, 0.75, 0.40),
        make_trial(2, 0.65, 0.50),
        make_trial(3, 0.50, 0.10),
        make_trial(4, 0.72, 0.45, of=1, seeds=[500, 501, 502], purpose="check"),
    ]
    return front_html(make_front(trials), "sweep <of> today")


def test_a_floor_of_no_axis_is_not_drawn_but_named_by_candidates_that_miss_it(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [make_trial(0, 0.70, 0.30, worst=0.4), make_trial(1, 0.70, 0.0, worst=0.1)]
    front = make_front(trials, floors=[Floor("worst_recall", 0.75, 0.4)])
    data, layout = parts(front_html(front, "toy"))
    (hollow,) = [t for t in data if t.get("name") == "below a floor or diverged"]
    assert "below the floor of worst_recall" in hollow["hovertext"][0]
    assert [note["text"] for note in layout["annotations"]] == ["floor: ccc >= 0.6"]


def test_the_page_needs_no_network(page: str) -> None:
    assert not re.search(r'<(script|link)[^>]*(src|href)="', page)
    assert len(page) > 1_000_000  # plotly.js is in it


def test_the_title_is_escaped(page: str) -> None:
    assert "<title>sweep &lt;of&gt; today</title>" in page
    assert parts(page)[1]["title"]["text"] == "sweep &lt;of&gt; today"


def test_the_traces_are_those_of_the_picture(page: str) -> None:
    data, layout = parts(page)
    traces = {trace.get("name"): trace for trace in data}
    assert traces["other trials"]["x"] == pytest.approx([0.65])
    assert traces["below a floor or diverged"]["x"] == pytest.approx([0.50])
    assert traces["baseline"]["y"] == [0.5]
    members = traces["front, ± spread over seeds"]
    assert members["text"] == ["0@2", "1@2"]
    assert members["error_x"]["array"] == pytest.approx([0.01, 0.01])
    assert members["error_y"]["array"] == pytest.approx([0.02, 0.02])
    fresh = traces["the same with fresh seeds"]
    assert (fresh["x"], fresh["y"]) == (pytest.approx([0.72]), pytest.approx([0.45]))
    (line,) = (trace for trace in data if trace["mode"] == "lines")
    assert line["x"] == pytest.approx([0.70, 0.70, 0.75])
    assert line["y"] == pytest.approx([0.30, 0.40, 0.40])
    assert layout["shapes"][0]["x0"] == pytest.approx(0.6)
    assert layout["annotations"][0]["text"] == "floor: ccc >= 0.6"


def test_hovering_over_the_baseline_shows_its_metrics_but_not_those_of_single_emotions(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(0)])
    whole = {**front.baseline, "f1_s1": 0.7, "f1_s1_anger": 0.6, "f1_s1_anger_sd": 0.1}
    data, _ = parts(front_html(dataclasses.replace(front, baseline=whole), "sweep"))
    (baseline,) = (trace for trace in data if trace.get("name") == "baseline")
    names = [line.split(":")[0] for line in baseline["hovertext"].split("<br>")[1:]]
    assert names == ["ccc", "recall_gap", "f1_s1"]


def test_hovering_shows_trial_epoch_values_and_every_metric(page: str) -> None:
    data, _ = parts(page)
    (members,) = (trace for trace in data if trace["mode"] == "markers+text")
    alone, checked = (text.split("<br>") for text in members["hovertext"])
    assert alone == [
        "<b>trial 0</b> (complete) at epoch 2",
        "3 seeds: trials 0",
        "alpha0 = 0.1235",
        "ccc: 0.700 ± 0.010, 95 % seeds [0.675, 0.725]",  # 4.303 standard errors
        "recall_gap: 0.300 ± 0.020, 95 % seeds [0.250, 0.350]",
        "tpr_diff: -0.300 ± 0.030",
    ]
    assert checked[3] == (
        "ccc: 0.750 ± 0.010, 95 % seeds [0.725, 0.775], fresh seeds 0.720 ± 0.010"
    )


def test_without_fresh_seeds_none_are_shown(make_trial: MakeTrial, make_front: MakeFront) -> None:
    data, _ = parts(front_html(make_front([make_trial(0)]), "sweep"))
    assert "the same with fresh seeds" not in [trace.get("name") for trace in data]


def test_an_empty_front_shows_the_reason(make_trial: MakeTrial, make_front: MakeFront) -> None:
    _, layout = parts(front_html(make_front([make_trial(0, 0.5)]), "sweep"))
    texts = [annotation["text"] for annotation in layout["annotations"]]
    assert "no trial on the front:<br>1 trial: below the floor of ccc" in texts


def test_the_baselines_front_is_drawn_beside_its_star(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(0)])
    own = make_front([make_trial(4, 0.72, 0.45, epochs=2), make_trial(5, 0.70, 0.35, epochs=1)])
    data, _ = parts(front_html(dataclasses.replace(front, baseline_points=own.members), "sweep"))
    (trace,) = (t for t in data if t.get("name") == "baseline, its own front over epochs")
    points = own.members
    assert trace["x"] == pytest.approx([point.metrics["ccc"] for point in points])
    assert trace["y"] == pytest.approx([point.metrics["recall_gap"] for point in points])
    names = [text.split("<br>")[0] for text in trace["hovertext"]]
    assert names == [f"<b>baseline@{point.epoch}</b>, without de-biasing" for point in points]
