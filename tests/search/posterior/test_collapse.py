import dataclasses

import numpy as np
import pytest
from scipy import stats

from search.posterior.collapse import Collapse
from search.posterior.lanes import Lanes
from search.posterior.posterior import Posterior
from tests.support.posteriors import goal, lanes

DOWN = (-0.05, 0.1, 0.0)  # costs of a collapsed lane


def collapsed(of: Lanes, rows: list[int]) -> Lanes:
    costs = of.costs.copy()
    costs[rows] = DOWN
    return dataclasses.replace(of, costs=costs)


def test_a_lane_stands_if_its_floors_metrics_are_half_of_the_baselines() -> None:
    costs = np.array([[[-0.4, 0.5, -0.2]], [[-0.3, 0.5, -0.2]], [[-0.4, 0.5, -0.1]]])
    base = dataclasses.replace(goal(), baseline=np.array([[[-0.7, 0.6, -0.3]]]))
    assert base.stands(costs)[:, 0].tolist() == [True, False, False]


def test_a_lane_above_all_floors_stands_however_low_they_are() -> None:
    costs = np.array([[[-0.2, 0.5, -0.1]], [[-0.04, 0.5, -0.1]]])
    low = dataclasses.replace(
        goal(),
        limits=np.array([-0.05, 1.0, -0.05]),
        baseline=np.array([[[-0.7, 0.6, -0.3]]]),
    )
    assert low.stands(costs)[:, 0].tolist() == [True, False]


def test_without_a_baseline_all_lanes_stand_that_did_not_diverge() -> None:
    costs = np.array([[[-0.1, 0.5, 0.0]], [[np.nan, 0.5, 0.0]]])
    assert goal(baseline=False).stands(costs)[:, 0].tolist() == [True, False]


def three(places: list[float], fell: list[int]) -> Lanes:
    """Two lanes at each place of a line."""
    count = 2 * len(places)
    costs = np.full((count, 1, 3), (-0.7, 0.6, -0.3))
    costs[fell] = DOWN
    return Lanes(
        np.array(places)[:, None],
        np.repeat(np.arange(len(places)), 2),
        np.arange(count),
        costs,
        np.ones(count, dtype=np.int64),
    )


def test_chances_are_those_of_a_beta_distribution() -> None:
    of = Collapse(three([0.0, 1.0], [1]), goal())
    usual, size = (3 + 2) / (4 + 2.2), 4.0
    near, region = 0.5 * np.exp(-1 / (2 * 0.15**2)), np.exp(-1 / (2 * 0.3**2))  # of the other end
    prior = (1 + 2 * region + usual) / (2 + 2 * region + 1)
    chance = of.chance(np.array([[0.0]]), np.array([0]))
    stood, fell = 1 + 2 * near + size * prior, 1 + size * (1 - prior)
    assert chance.mean[0, 0] == pytest.approx(stood / (stood + fell))
    oracle = stats.beta(stood, fell)
    assert chance.sd[0, 0] == pytest.approx(oracle.std())
    assert chance.interval(0, 0) == pytest.approx(stats.beta(stood + 0.5, fell + 0.5).interval(0.9))
    assert chance.interval(0, 0)[0] < 1 / 2 < chance.interval(0, 0)[1]


def test_a_lane_that_stands_among_collapsed_ones_is_not_sure_to_stand_again() -> None:
    of = Collapse(three([0.0, 0.3, 0.5, 0.6], [2, 4, 5, 6, 7]), goal())
    chance = of.chance(np.array([[0.0], [0.3], [0.5]]), np.array([0, 1, 2])).mean[:, 0]
    assert 0.5 < chance[0] < 0.9
    assert chance[0] > chance[1] > chance[2]


def test_a_collapsed_lane_is_an_exception_only_where_others_stand() -> None:
    of = Collapse(three([0.0, 1.0], [1, 2, 3]), goal())
    assert of.exceptions[:, 0].tolist() == [False, True, False, False]


def test_seeds_that_collapse_are_claimed_at_their_share() -> None:
    """Ten places have eight seeds each; at five of them half of the seeds collapse."""
    rng, places = np.random.default_rng(0), np.linspace(0, 1, 10)[:, None]
    owners, costs = np.repeat(np.arange(10), 8), np.empty((80, 1, 3))
    costs[:] = (-0.7, 0.5, -0.3)
    costs += rng.normal(0, 0.005, costs.shape)
    fell = (owners >= 5) & (np.arange(80) % 2 == 0)
    costs[fell] = DOWN
    of = Lanes(places, owners, np.arange(80), costs, np.ones(80, dtype=np.int64))
    outlook = Posterior(of, goal()).outlook
    np.testing.assert_allclose(outlook.standing[:, 0, 0], -0.7, atol=0.01)
    assert outlook.mean[9, 0, 0] == pytest.approx(-(0.7 + 0.05) / 2, abs=0.05)
    assert outlook.mean[0, 0, 0] == pytest.approx(-0.7, abs=0.03)
    assert outlook.stands[9, 0] == pytest.approx(0.5, abs=0.07)


def test_the_chance_to_stand_can_be_a_floor() -> None:
    of = collapsed(lanes(12), [0])
    least = Posterior(of, goal(standing=0.9)).front
    every = Posterior(of, goal()).front
    assert 0 in every[0].tolist() or len(every[0])
    assert 0 not in least[0].tolist()
