import dataclasses
from pathlib import Path

import numpy as np
import pytest

from search.presentation.front_layout import BASELINE_COLOUR, FRONT_COLOUR
from search.replication.estimates import SHOWN
from search.reporting.box_plots import boxes
from search.reporting.comparison import Comparison, comparisons
from search.reporting.panel_layout import short
from tests.support.replication_tests import (
    activation_predictions,
    activation_values,
    add_test,
    source_of,
    sweep_of,
)

SEEDS = [750, 751, 752]


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    base, sweep = sweep_of(tmp_path, "base", "baseline"), sweep_of(tmp_path, "own")
    add_test(base, "baseline", activation_predictions(SEEDS, 0.3), SEEDS)
    add_test(sweep, "1@2", activation_predictions(SEEDS, 0.5), SEEDS)
    (result,) = comparisons([source_of(sweep, base)])
    return result


def test_each_system_has_a_box_of_its_seeds_in_each_panel(comparison: Comparison) -> None:
    figure = boxes("boxes", comparison).figure
    assert len(figure.data) == 2 * len(SHOWN["activation"])
    reported = activation_predictions(SEEDS, 0.5)
    known = [activation_values(reported, seed)["ccc"] for seed in SEEDS]
    own, base = figure.data[:2]  # the first system is drawn last, and so on top
    assert (own.name, base.name) == ("Adversarial", "None")
    np.testing.assert_allclose(own.x, known)
    assert set(own.y) == {"Adversarial"}
    assert (own.marker.color, base.marker.color) == (FRONT_COLOUR, BASELINE_COLOUR)
    assert own.hovertext[0] == f"seed 750: {known[0]:.3f}"


def test_colours_of_paper_and_text_are_left_to_the_page(comparison: Comparison) -> None:
    layout = boxes("boxes", comparison).figure.to_dict()["layout"]
    assert not {"paper_bgcolor", "plot_bgcolor", "font", "width"} & set(layout)


def test_seeds_with_an_undefined_metric_are_left_out(comparison: Comparison) -> None:
    own = comparison.tested[1]
    metrics = {**own.system.metrics, "ccc": np.array([0.5, np.nan, 0.7])}
    changed = dataclasses.replace(own, system=dataclasses.replace(own.system, metrics=metrics))
    result = dataclasses.replace(comparison, tested=[comparison.tested[0], changed])
    box = boxes("boxes", result).figure.data[0]
    assert list(box.x) == [0.5, 0.7]
    assert [text.split(":")[0] for text in box.hovertext] == ["seed 750", "seed 752"]


def test_long_names_take_two_lines() -> None:
    assert short("Non-adversarial 12@20 of second") == "Non-adversarial<br>12@20 of second"
    assert short("FairRep 12@20") == "FairRep 12@20"
    assert short("a" * 40) == "a" * 40
