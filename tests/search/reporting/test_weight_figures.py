import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fairser_core.methods import METHODS
from search.reporting.weight_figures import weight_figure
from search.space.files import available
from search.space.load import load
from search.store.log import Log
from search.sweep.sweep import Sweep
from tests.support.fake_training import epoch_record
from tests.support.replication_tests import source_of, sweep_of

NAMES = ("ccc", "recall_gap", "ccc_diff", "tpr_low_diff", "tpr_high_diff", "tpr_diff")


def train(
    sweep: Sweep, values: dict, cccs: list[float | None], state: str, epochs: int = 2
) -> None:
    """A trial whose lanes have these CCC in the end; other metrics are a tenth of it."""
    number = len(sweep.log.trials)
    sweep.log.suggested(number, values, list(range(len(cccs))), "search", 2)
    for epoch in range(1, epochs + 1):
        part = 0.1 * (2 - epoch)
        lanes = {
            name: [None if v is None else (v - part) / (1 if name == "ccc" else 10) for v in cccs]
            for name in NAMES
        }
        sweep.log.epoch(number, epoch_record(epoch, lanes))
    sweep.log.ended(number, state)  # type: ignore[arg-type]


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    made = sweep_of(tmp_path, "own")
    train(made, {"alpha0": 0.1, "adversary_learning_rate": 1e-3}, [0.6, 0.7], "complete")
    train(made, {"alpha0": 10.0, "adversary_learning_rate": 1e-2}, [0.5, None], "complete")
    train(made, {"alpha0": 1.0, "adversary_learning_rate": 1e-2}, [0.4], "stopped", epochs=1)
    return made


def test_each_seed_is_a_point_over_the_weight_as_the_log_has_it(sweep: Sweep) -> None:
    result = weight_figure(source_of(sweep))
    assert result is not None
    whole, early = result.figure.data[:2]
    assert list(zip(whole.x, np.round(whole.y, 3), strict=True)) == [
        (0.1, 0.6), (0.1, 0.7), (10.0, 0.5),
    ]  # fmt: skip
    assert (list(early.x), [round(y, 3) for y in early.y]) == ([1.0], [0.3])
    assert early.marker.symbol == "circle-open"
    assert whole.hovertext[0] == "trial 0, seed 0<br>alpha0 0.1: 0.600"
    names = {trace.name for trace in result.figure.data}
    assert {"TPR-low-diff", "TPR-high-diff", "TPR-diff"} <= names
    axis = result.figure.layout.xaxis3
    assert (axis.type, axis.title.text) == ("log", "alpha0 of own")
    assert axis.range[0] < -2 < 2 < axis.range[1]  # what the space searches
    assert "paper_bgcolor" not in result.figure.to_dict()["layout"]


def test_each_name_stands_in_the_legend_once(sweep: Sweep) -> None:
    result = weight_figure(source_of(sweep))
    assert result is not None
    shown = [trace.name for trace in result.figure.data if trace.showlegend]
    assert shown == ["TPR-low-diff", "TPR-high-diff", "TPR-diff"]  # the others are titles


def test_the_baseline_is_a_line_at_its_mean_and_a_band(sweep: Sweep, tmp_path: Path) -> None:
    base = sweep_of(tmp_path, "base", "baseline")
    train(base, {}, [0.8, 0.6], "complete")
    result = weight_figure(source_of(sweep, base))
    assert result is not None
    shapes = [s for s in result.figure.layout.shapes if s.yref == "y"]
    line, band = shapes
    assert line.y0 == pytest.approx(0.7)
    assert (band.y0, band.y1) == pytest.approx((0.7 - 0.02**0.5, 0.7 + 0.02**0.5))


def test_there_is_none_where_the_weight_was_not_searched_or_nothing_trained(
    sweep: Sweep, tmp_path: Path
) -> None:
    assert weight_figure(source_of(sweep_of(tmp_path, "empty"))) is None
    fixed = {key: value for key, value in sweep.space.search.items() if key != "alpha0"}
    sweep.head = dataclasses.replace(
        sweep.head, space=dataclasses.replace(sweep.space, search=fixed)
    )
    assert weight_figure(source_of(sweep)) is None


def test_running_trials_count_with_what_they_have(sweep: Sweep) -> None:
    sweep.log.suggested(3, {"alpha0": 2.0, "adversary_learning_rate": 1.0}, [0], "search", 2)
    assert weight_figure(source_of(sweep)) is not None
    assert Log(sweep.folder).trials[3].epochs == []


def test_every_space_that_searches_a_weight_of_its_method_is_known() -> None:
    spaces = {name: load(name) for name in available()}
    searched = {n for n, space in spaces.items() if METHODS[space.method].weight in space.search}
    assert searched == {*available()} - {
        "baseline", "baseline_vectors", "classifier", "classifier_vectors", "dnn", "fairrep_g",
    }  # fmt: skip
