import itertools

import numpy as np
import pytest

from fairser_core import pareto
from search.posterior.gain import fixed_draws, gains, next_lane, volumes
from search.posterior.posterior import Posterior
from tests.support.posteriors import goal, lanes


@pytest.mark.parametrize("objectives", [1, 2])
def test_volumes_are_those_of_the_front_and_the_set_together(objectives: int) -> None:
    rng, reference = np.random.default_rng(0), np.ones(objectives)
    front, sets = rng.random((5, objectives)), rng.random((4, 3, 6, objectives)) * 1.2
    sets[0, 0, :3] = np.inf
    result = volumes(sets, front, reference)
    for place, draw in itertools.product(range(4), range(3)):
        points = sets[place, draw]
        both = np.vstack([front, points[np.isfinite(points).all(axis=1)]])
        assert result[place, draw] == pytest.approx(pareto.hypervolume(both, reference), abs=1e-12)


def test_volumes_of_three_objectives_are_near_the_exact_ones() -> None:
    rng, reference = np.random.default_rng(1), np.ones(3)
    front, sets = rng.random((5, 3)), rng.random((3, 2, 4, 3))
    result = volumes(sets, front, reference)
    for place, draw in itertools.product(range(3), range(2)):
        both = np.vstack([front, sets[place, draw]])
        assert result[place, draw] == pytest.approx(pareto.hypervolume(both, reference), abs=0.03)


def test_volume_of_two_steps_by_hand() -> None:
    sets = np.array([[[[0.5, 0.25], [0.25, 0.5]]]])
    result = volumes(sets, np.empty((0, 2)), np.ones(2))
    assert result[0, 0] == pytest.approx(0.5 * 0.75 + 0.25 * 0.5)


def brute_force(posterior: Posterior, place: np.ndarray, owner: int) -> float:
    """Expected gain by a loop over the formula, one place at a time."""
    outlook = posterior.at(place[None], np.array([owner]))
    normal, uniform = fixed_draws(3)
    owners, epochs = posterior.front
    members = posterior.outlook.mean[owners, epochs, :2]
    rest = np.vstack([members[owners != owner], posterior.rivals[:, :2]])
    before = np.vstack([members, posterior.rivals[:, :2]])
    reference, total = posterior.goal.reference, 0.0
    for z, u in zip(normal, uniform, strict=True):
        new = []
        for epoch in range(4):
            weight, chance = outlook.chance.weight[0, epoch], outlook.chance.mean[0, epoch]
            stands = u < chance
            share = (chance * weight + stands) / (weight + 1)
            mean = outlook.standing[0, epoch] + z * outlook.step[0, epoch] * stands
            mean = share * mean + (1 - share) * outlook.collapsed[epoch]
            if mean[0] <= -0.5 and mean[2] <= -0.2:
                new.append(mean[:2])
        total += pareto.hypervolume(np.vstack([rest, *new]), reference)
    return total / len(normal) - pareto.hypervolume(before, reference)


def test_gains_are_those_of_the_formula() -> None:
    posterior = Posterior(lanes(), goal())
    rng = np.random.default_rng(4)
    pool, known = rng.random((8, 2)), np.arange(len(posterior.places))
    places = np.vstack([pool, posterior.places])
    owners = np.concatenate([np.full(8, -1), known])
    expected = [brute_force(posterior, p, int(o)) for p, o in zip(places, owners, strict=True)]
    np.testing.assert_allclose(gains(posterior, places, owners), expected, atol=2e-9)


def test_the_next_lane_has_the_greatest_gain() -> None:
    posterior = Posterior(lanes(), goal())
    pool, further = np.random.default_rng(4).random((20, 2)), np.array([1, 2, 5])
    choice = next_lane(posterior, pool, further)
    assert choice is not None
    new = gains(posterior, pool, np.full(20, -1))
    more = gains(posterior, posterior.places[further], further)
    assert choice.gain == max(new.max(), more.max())
    assert next_lane(posterior, pool[:0], further[:0]) is None
    only = next_lane(posterior, pool[:0], further)
    assert only is not None
    assert only.configuration == further[more.argmax()]
