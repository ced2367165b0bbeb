import dataclasses
import html
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
    """Data and layout that the page's program draws."""
    content = re.search(r'<script type="application/json" id="figure">(.*?)</script>', page)
    assert content
    figure = json.loads(content.group(1))
    return figure["data"], figure["layout"]


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
    caption = html.unescape(front_html(front, "toy"))
    assert "ccc >= 0.6: 75 % of the baseline's 0.8; worst_recall >= 0.3" in caption


def test_the_page_needs_no_network(page: str) -> None:
    assert not re.search(r'<(script|link)[^>]*(src|href)="', page)
    assert "default-src 'none'" in html.unescape(page)
    assert len(page) < 300_000  # plotly.js alone has 4.8 million


def test_the_title_is_escaped(page: str) -> None:
    assert "<title>sweep &lt;of&gt; today</title>" in page
    assert "<h1>sweep &lt;of&gt; today</h1>" in page


def test_the_traces_are_those_of_the_picture(page: str) -> None:
    data, layout = parts(page)
    traces = {trace.get("name"): trace for trace in data}
    assert traces["other trials"]["x"] == pytest.approx([0.65])
    assert traces["below a floor or diverged"]["x"] == pytest.approx([0.50])
    assert traces["baseline"]["y"] == [0.5]
    members = traces["front, 95 % interval over seeds"]
    assert members["text"] == ["0@2", "1@2"]
    reach = 4.302653 / 3**0.5  # Student's t of 2 degrees
    for axis, spread in (("x", 0.01), ("y", 0.02)):
        for side in ("array", "arrayminus"):
            assert members[f"error_{axis}"][side] == pytest.approx([spread * reach] * 2, abs=1e-6)
    fresh = traces["the same with fresh seeds"]
    assert (fresh["x"], fresh["y"]) == (pytest.approx([0.72]), pytest.approx([0.45]))
    line, shifts = (trace for trace in data if trace["mode"] == "lines")
    assert shifts["x"] == [pytest.approx(0.75), pytest.approx(0.72), None]
    assert shifts["y"] == [pytest.approx(0.40), pytest.approx(0.45), None]
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


def test_words_are_explained(page: str) -> None:
    for word in ("candidate", "front", "floor", "recall_gap"):
        assert f"<dt>{word}</dt>" in page


def test_the_caption_says_what_lies_outside(make_trial: MakeTrial, make_front: MakeFront) -> None:
    trials = [make_trial(0, 0.70, 0.30), make_trial(1, 0.75, 0.40), make_trial(2, 0.0, 0.0)]
    page = front_html(make_front(trials), "toy")
    assert "1 candidate lies outside the shown range" in page
    left, _ = parts(page)[1]["xaxis"]["range"]
    assert 0.4 < left < 0.6  # the floor is in view, the useless trial is not
    assert (
        "outside"
        not in front_html(make_front(trials[:2]), "toy").split("<noscript>")[1].split("<script")[0]
    )


def test_bars_stay_within_the_range_of_their_metric(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    data, _ = parts(front_html(make_front([make_trial(0, 0.995, 0.03)]), "toy"))
    (members,) = (trace for trace in data if trace["mode"] == "markers+text")
    assert members["error_x"]["array"] == pytest.approx([0.005])
    assert members["error_x"]["arrayminus"] == pytest.approx([0.01 * 4.302653 / 3**0.5])
    assert members["error_y"]["arrayminus"] == pytest.approx([0.03])


def test_two_seeds_have_no_bars(make_trial: MakeTrial, make_front: MakeFront) -> None:
    trial = make_trial(0, seeds=(0, 1))
    for epoch in trial.epochs:
        epoch.lanes.update({name: values[:2] for name, values in epoch.lanes.items()})
    data, _ = parts(front_html(make_front([trial]), "toy"))
    (members,) = (trace for trace in data if trace["mode"] == "markers+text")
    assert members["error_x"]["array"] == [0.0]


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


def test_a_floor_that_excludes_nothing_is_not_drawn(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(0)], floors=[Floor("recall_gap", 0.75, 0.0)])
    _, layout = parts(front_html(front, "toy"))
    assert [note["text"] for note in layout["annotations"]] == ["floor: ccc >= 0.6"]
