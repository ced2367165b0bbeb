import numpy as np
import pytest

from search.posterior.curves import Scale, clip, continued, smooth


def test_costs_up_to_the_limit_are_kept_and_worse_ones_level_off() -> None:
    costs = np.array([-1.0, 0.0, 0.5, 100.0])
    np.testing.assert_allclose(clip(costs, 0.0, 2.0), [-1, 0, 2 * np.tanh(0.25), 2])


def test_smoothing_weighs_neighbours_and_repeats_the_ends() -> None:
    z = np.array([[4.0, 0.0, 8.0]])
    np.testing.assert_allclose(smooth(z, z == z), [[3.0, 3.0, 6.0]])


def test_smoothing_leaves_out_what_is_not_known() -> None:
    known = np.array([[True, False, True, True]])
    z = np.array([[4.0, 99.0, 8.0, 2.0]])
    np.testing.assert_allclose(smooth(z, known), [[4.0, 0.0, (16 + 2) / 3, (8 + 2 * 3) / 4]])


def test_standard_costs_have_mean_0_and_deviation_1() -> None:
    costs = np.random.default_rng(0).normal(-3, 2, (30, 1))
    known = np.ones(costs.shape, dtype=bool)
    z = Scale.of(costs, known, 100.0).standard(costs, known)
    assert z.mean() == pytest.approx(0, abs=1e-12)
    assert z.std() == pytest.approx(1)
    np.testing.assert_allclose(z, (costs - costs.mean()) / costs.std())


def test_an_epoch_in_which_all_lanes_are_equal_has_the_usual_spread() -> None:
    costs = np.array([[0.0, 1.0], [0.0, 3.0]])
    scale = Scale.of(costs, np.ones(costs.shape, dtype=bool), 9.0)
    np.testing.assert_allclose(scale.spread, [1, 1])


def test_stopped_lanes_go_on_in_parallel() -> None:
    costs = np.array([[[1.0], [2.0], [4.0]], [[3.0], [4.0], [6.0]], [[9.0], [np.nan], [np.nan]]])
    seen = np.array([[True] * 3, [True] * 3, [True, False, False]])
    np.testing.assert_allclose(continued(costs, seen)[2, :, 0], [9, 10, 12])
