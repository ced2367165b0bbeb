import io
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from search.front.front import Front
from search.presentation.front_layout import (
    BASELINE_COLOUR,
    CHECK_COLOUR,
    FLOOR_COLOUR,
    FRONT_COLOUR,
    TRIAL_COLOUR,
)
from search.presentation.front_png import DPI, SIZE, front_png, write_legend
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def pixels(image: np.ndarray, colour: str) -> int:
    return int(np.isclose(image[..., :3], to_rgb(colour), atol=0.01).all(axis=-1).sum())


def drawn(front: Front) -> np.ndarray:
    return np.asarray(imread(io.BytesIO(front_png(front, "sweep"))))


def test_front_baseline_floor_and_other_trials_are_drawn(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    image = drawn(make_front([make_trial(0, 0.7), make_trial(1, 0.65)]))
    alone = drawn(make_front([make_trial(0, 0.7)]))
    assert image.shape[:2] == (SIZE[1] * DPI, SIZE[0] * DPI)
    for colour in (FRONT_COLOUR, BASELINE_COLOUR, FLOOR_COLOUR):
        assert pixels(image, colour) > 20
    assert pixels(image, TRIAL_COLOUR) > pixels(alone, TRIAL_COLOUR) + 100


def test_fresh_seeds_are_drawn_beside_the_members(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    fresh = make_trial(1, 0.65, 0.4, of=0, seeds=[500, 501, 502], purpose="check")
    assert pixels(drawn(make_front([make_trial(0), fresh])), CHECK_COLOUR) > 20
    assert pixels(drawn(make_front([make_trial(0)])), CHECK_COLOUR) == 0


def test_a_front_without_trials_shows_baseline_and_floor(make_front: MakeFront) -> None:
    image = drawn(make_front([]))
    assert pixels(image, BASELINE_COLOUR) > 20
    assert pixels(image, FLOOR_COLOUR) > 20
    assert pixels(image, FRONT_COLOUR) == 0


def test_many_members_at_the_same_point_are_drawn(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    image = drawn(make_front([make_trial(n) for n in range(30)]))
    assert pixels(image, FRONT_COLOUR) > 20


def test_pyplot_knows_nothing_of_the_figure(make_front: MakeFront) -> None:
    front_png(make_front([]), "sweep")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("title", ["a $ sign", r"\frac{", "$x"])
def test_a_title_is_no_formula(title: str, make_front: MakeFront) -> None:
    assert front_png(make_front([]), title).startswith(b"\x89PNG")


@pytest.mark.parametrize(("letters", "columns"), [(5, 3), (32, 2), (80, 1)])
def test_a_legend_has_as_many_columns_as_fit(letters: int, columns: int) -> None:
    figure = plt.Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    for _ in range(6):
        axes.plot([0, 1], label="n" * letters)
    write_legend(figure)
    (legend,) = figure.legends
    extent = legend.get_window_extent()
    assert extent.x0 >= 0
    assert extent.x1 <= figure.bbox.width
    assert len({text.get_window_extent().x0 for text in legend.get_texts()}) == columns
