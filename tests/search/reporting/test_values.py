"""Parallel coordinates, effects of single values, and the sensitivity map."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.reporting.blocks import Figure, Words
from search.reporting.chapters.parallel_coordinates import parallel_chapters
from search.reporting.chapters.parameter_effects import effects, effects_chapters
from search.reporting.chapters.sensitivity_map import sensitivity_chapters
from search.reporting.scales import plotly_axis, scale_of, scale_of_numbers, shown
from search.reporting.sweep_source import Source
from tests.support.report_source import report_source


def figures(chapters: list[Any]) -> list[Any]:
    return [block for block in chapters[0].blocks if isinstance(block, Figure)]


def test_a_logarithmic_axis_is_one_with_its_decades() -> None:
    scale = scale_of(FloatDistribution(0.01, 100.0, log=True))
    assert scale.position(1.0) == pytest.approx(0.5)
    assert [text for _, text in scale.ticks] == ["0.01", "0.1", "1", "10", "100"]
    assert [at for at, _ in scale.ticks] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert [t for _, t in scale_of(FloatDistribution(2.0, 8.0, log=True)).ticks] == ["2", "8"]


def test_other_axes_are_linear_whole_or_of_choices() -> None:
    assert scale_of(FloatDistribution(0.0, 0.6)).position(0.3) == pytest.approx(0.5)
    assert [t for _, t in scale_of(IntDistribution(1, 3)).ticks] == ["1", "2", "3"]
    choices = scale_of(CategoricalDistribution(["a", "b", "c"]))
    assert [choices.position(one) for one in ("c", "a", "b")] == [1.0, 0.0, 0.5]
    assert scale_of(CategoricalDistribution([5])).position(5) == 0.5
    assert scale_of_numbers([3.0]).position(3.0) == pytest.approx(0.5)
    assert plotly_axis(IntDistribution(1, 3))["tickvals"] == [1, 2, 3]
    assert plotly_axis(CategoricalDistribution([8, 16]))["categoryarray"] == ["8", "16"]


def test_choices_are_no_markup() -> None:
    domain = CategoricalDistribution(["<b>a</b>", "c"])
    assert plotly_axis(domain)["categoryarray"][0] == "&lt;b&gt;a&lt;/b&gt;"
    assert shown("<b>a</b>", domain) == "&lt;b&gt;a&lt;/b&gt;"
    assert shown(0.5, FloatDistribution(0.0, 1.0)) == 0.5


def test_a_line_goes_through_each_value_and_objective(toy: Source) -> None:
    (picture,) = figures(parallel_chapters([toy]))
    assert all(trace.type == "scatter" for trace in picture.figure.data)  # no WebGL
    lines = {t.hovertext.split("</b>")[0][3:]: t for t in picture.figure.data}
    points = toy.front.points
    assert len(picture.figure.data) == len(points)
    gaps = [point.metrics["recall_gap"] for point in points]
    for point in points:
        line = lines[f"{point.trial}@{point.epoch}"]
        assert line.y[0] == pytest.approx((math.log10(float(point.values["alpha0"])) + 2) / 4)
        share = (point.metrics["recall_gap"] - min(gaps)) / (max(gaps) - min(gaps))
        assert line.y[3] == pytest.approx(share)
        assert (line.line.color == "#0072B2") == point.on_front
        assert (line.line.dash == "dot") == (not point.feasible)
    assert picture.figure.data[-1].line.color == "#0072B2"  # on top


def test_effects_hold_every_seed_of_a_configuration_also_fresh_ones(toy: Source) -> None:
    trials = list(toy.sweep.log.trials.values())
    for effect in effects(toy, "recall_gap"):
        one = effect.configuration
        own = [t for t in trials if t.values == one.values]
        far = [t for t in own if t.number == one.number or len(t.epochs) >= one.epochs]
        lanes = [v for t in far for v in t.epochs[one.epochs - 1].lanes["recall_gap"]]
        assert sorted(effect.lanes) == pytest.approx(sorted(lanes))
        assert effect.mean == pytest.approx(np.mean(lanes))
        assert effect.spread == pytest.approx(np.std(lanes, ddof=1))
    assert max(len(effect.lanes) for effect in effects(toy, "ccc")) > 2


def test_the_effect_of_a_value_is_drawn_on_its_scale(toy: Source) -> None:
    first, second = figures(effects_chapters([toy]))
    assert (first.name, second.name) == ("effect alpha0 toy", "effect adversary_learning_rate toy")
    assert first.figure.layout.xaxis.type == "log"
    marks = [t for t in first.figure.data if t.error_y.array is not None and t.yaxis == "y"]
    drawn = sorted((x, y) for t in marks for x, y in zip(t.x, t.y, strict=True))
    expected = [(e.configuration.values["alpha0"], e.mean) for e in effects(toy, "ccc")]
    assert np.array(drawn) == pytest.approx(np.array(sorted(expected)))
    levels = [shape.y0 for shape in first.figure.layout.shapes]
    assert levels == pytest.approx([0.8, 0.6, 0.6])  # baseline and floor; the baseline's gap


def test_the_map_shows_mean_and_spread_over_seeds(toy: Source) -> None:
    (chapter,) = sensitivity_chapters([toy])
    result = figures([chapter])
    assert [figure.name for figure in result] == [
        "map ccc toy",
        "map ccc spread toy",
        "map recall_gap toy",
        "map recall_gap spread toy",
    ]
    for figure, of in ((result[2], "mean"), (result[3], "spread")):
        marks = [t for t in figure.figure.data if t.marker.coloraxis]
        drawn = {
            (x, y): colour
            for t in marks
            for x, y, colour in zip(t.x, t.y, t.marker.color, strict=True)
        }
        for effect in effects(toy, "recall_gap"):
            values = effect.configuration.values
            at = (values["adversary_learning_rate"], values["alpha0"])
            assert drawn[at] == pytest.approx(getattr(effect, of))
        hollow = {t.marker.symbol: len(t.x) for t in marks}
        stopped = sum(effect.stopped for effect in effects(toy, "recall_gap"))
        assert hollow["circle-open"] == stopped
    words = [block.text for block in chapter.blocks if isinstance(block, Words)]
    assert "the baseline's is 0.141" in words[1]


def test_a_single_seed_has_no_spread(tmp_path: Path) -> None:
    alone = {"budget.seeds": 1, "budget.race_seeds": 0, "budget.check_seeds": 0}
    source = report_source(tmp_path, **alone, **{"budget.trials": 4})
    (chapter,) = sensitivity_chapters([source])
    texts = [block.text for block in chapter.blocks if isinstance(block, Words)]
    assert texts == [
        f"{metric}: the spread is not shown, because no configuration has two seeds."
        for metric in ("ccc", "recall_gap")
    ]
    assert len(figures([chapter])) == 2


def test_other_methods_have_no_map(other: Source) -> None:
    (chapter,) = sensitivity_chapters([other])
    assert not chapter.blocks
