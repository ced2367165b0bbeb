import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from search.front.fresh import refutation
from search.presentation.front_figure import front_figure
from search.presentation.front_layout import plane
from search.presentation.front_view import view
from search.reporting.blocks import Block, Figure, Heading, Table, Words
from search.reporting.chapters.fronts import fronts_chapters, members_table
from search.reporting.chapters.hypervolume import growth_chapters
from search.reporting.sweep_source import Source
from tests.support.report_source import alone, by_epoch, report_source


def only(blocks: Any, kind: type[Any]) -> list[Any]:
    return [block for block in blocks if isinstance(block, kind)]


def blocks_of(*sources: Source) -> list[Block]:
    (chapter,) = fronts_chapters(sources)
    return list(chapter.blocks)


def trace(figure: Any, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def test_a_front_is_drawn_with_its_intervals(toy: Source) -> None:
    (picture,) = only(blocks_of(toy), Figure)
    members = trace(picture.figure, "front, expected of fresh seeds, 95 %")
    dots = plane(toy.front).members
    for dot, reach in zip(dots, members.error_x.array, strict=True):
        assert dot.x == dot.point.claim.values["ccc"]
        assert reach == pytest.approx(norm.ppf(0.975) * dot.point.claim.sds["ccc"], rel=1e-4)


def test_a_member_is_shown_with_all_that_is_known_of_it(toy: Source) -> None:
    table = members_table(toy)
    own = [f"baseline@{point.epoch}" for point in toy.front.baseline_points]
    assert [row[0] for row in table.rows[len(toy.front.members) :]] == ["baseline", *own]
    star = dict(zip(table.columns, table.rows[len(toy.front.members)], strict=True))
    assert (star["ccc"], star["recall_gap"]) == ("0.800 ± 0.028", "0.600 ± 0.141")
    for place, point in enumerate(toy.front.members):
        row = dict(zip(table.columns, table.rows[place], strict=True))
        gone = refutation(toy.front, point)
        assert row["trial@epoch"] == f"{point.trial}@{point.epoch}" + " †" * bool(gone)
        assert row["seeds"] == str(len(point.seeds))
        assert row["ccc, expected"].startswith(f"{point.claim.values['ccc']:.3f} ±")
        assert row["P"] == f"{100 * point.claim.probability:.0f} %"
        assert row["ccc, fresh seeds"].startswith(f"{point.check['ccc']:.3f} ±")
        kept = table.data.iloc[place]
        assert kept["ccc"] == point.metrics["ccc"]  # unrounded
        ends = kept["recall_gap_low"], kept["recall_gap_high"]
        if len(point.seeds) < 3:  # of so few there is no interval
            assert pd.isna(list(ends)).all()
        else:
            assert ends == point.intervals["recall_gap"]
        assert kept["alpha0"] == point.values["alpha0"]
        assert kept["refuted"] == gone or (kept["refuted"], gone) == ("no", "")
    assert "† refuted by fresh seeds" in table.caption


def test_fronts_that_ask_the_same_lie_over_each_other_with_one_baseline(
    toy: Source, other: Source
) -> None:
    blocks = blocks_of(toy, other)
    over, *singles = only(blocks, Figure)
    assert [figure.name for figure in singles] == ["front toy", "front other"]
    assert [block.text for block in only(blocks, Heading)] == ["toy", "other"]
    result = [trace(over.figure, name) for name in ("toy", "other")]
    assert len({one.marker.color for one in result}) == 2
    assert len({one.marker.symbol for one in result}) == 2
    assert list(result[1].x) == [dot.x for dot in plane(other.front).members]
    stars = [trace for trace in over.figure.data if trace.marker.symbol == "star"]
    assert [(star.x, star.y) for star in stars] == [((0.8,), (0.6,))]


def test_sweeps_on_other_corpora_do_not(tmp_path: Path, toy: Source) -> None:
    foreign = report_source(tmp_path, "foreign", corpus="another", **{"budget.trials": 3})
    assert [figure.name for figure in only(blocks_of(toy, foreign), Figure)] == [
        "front toy",
        "front foreign",
    ]
    names = [b.name for b in growth_chapters([toy, foreign])[0].blocks]  # type: ignore[union-attr]
    assert names == ["growth 1", "growth 2", "growth"]


def test_without_members_the_reason_is_shown(tmp_path: Path) -> None:
    hopeless = report_source(tmp_path, train=lambda *_: (0.5, 0.0, 0.0), **{"budget.trials": 2})
    words, picture = blocks_of(hopeless)
    assert isinstance(words, Words)
    assert words.text == (
        "toy: no candidate is on the front: 2 trials: below the floor of ccc and of worst_recall."
    )
    assert isinstance(picture, Figure)
    assert "Blue" not in picture.caption


def test_without_trials_there_is_no_front(tmp_path: Path) -> None:
    begun = report_source(tmp_path, events=1)
    assert [type(block) for block in blocks_of(begun)] == [Words]


def test_the_names_of_sweeps_are_no_markup_in_figures(tmp_path: Path, toy: Source) -> None:
    evil = report_source(tmp_path, "<b>x", "nonadversarial", train=alone, **{"budget.trials": 3})
    over = only(blocks_of(toy, evil), Figure)[0]
    assert {trace.name for trace in over.figure.data} == {None, "toy", "&lt;b&gt;x", "baseline"}
    (growth, _) = growth_chapters([evil])[0].blocks
    assert isinstance(growth, Figure)
    assert growth.figure.data[0].name == "&lt;b&gt;x"


def test_a_sweep_of_one_objective_is_drawn_over_trials(tmp_path: Path) -> None:
    single = report_source(tmp_path, space="baseline", train=by_epoch)
    pictures = only(blocks_of(single), Figure)
    assert pictures[0].figure.layout.xaxis.title.text == "trial"
    assert len(only(blocks_of(single), Table)) == 1


def test_the_view_holds_what_counts_and_says_how_much_it_leaves_out(toy: Source) -> None:
    far = dataclasses.replace(toy.front.points[0], on_front=False, feasible=False)
    far = dataclasses.replace(far, metrics={**far.metrics, "ccc": -5.0})
    front = dataclasses.replace(toy.front, points=(*toy.front.points, far))
    figure = front_figure(front, sure=True)
    outside = view(plane(front)).outside
    (left, right), (low, high) = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert left > -5.0
    for dot in plane(front).dots:
        inside = left <= dot.x <= right and low <= dot.y <= high
        assert inside or not dot.point.on_front
        outside -= not inside
    assert outside == 0
    members = trace(figure, "front, expected of fresh seeds, 95 %")
    named = [(x, y) for x, y, text in zip(members.x, members.y, members.text, strict=True) if text]
    assert named
    widths = np.array([right - left, high - low])
    for place, one in enumerate(named):
        for another in named[:place]:
            apart = np.abs(np.array(one) - another) / widths
            assert apart[0] > 0.14 or apart[1] > 0.07


def test_growth_is_the_history(toy: Source, other: Source) -> None:
    picture, table = growth_chapters([toy, other])[0].blocks
    assert isinstance(picture, Figure)
    assert isinstance(table, Table)
    for source, drawn in zip((toy, other), picture.figure.data, strict=True):
        moments = source.sweep.history()
        assert list(drawn.x) == [moment.lane_epochs for moment in moments]
        assert list(drawn.y) == [moment.hypervolume for moment in moments]
        kept = table.data[table.data["sweep"] == source.sweep.name]
        assert list(kept["hypervolume"]) == [moment.hypervolume for moment in moments]
        assert len(moments) == len(source.sweep.log.trials)
