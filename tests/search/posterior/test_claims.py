import dataclasses

import numpy as np
import pytest

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.posterior.claims import front_claims, probabilities, undominated
from search.posterior.posterior import Posterior
from tests.support.posteriors import goal, lanes


def test_undominated_items_are_those_of_the_front() -> None:
    rng = np.random.default_rng(0)
    for objectives in (1, 2, 3):
        costs = rng.normal(size=(20, 15, objectives))
        expected = [pareto.front(items) for items in costs]
        np.testing.assert_array_equal(undominated(costs), expected)


def test_items_of_infinite_cost_are_dominated() -> None:
    costs = np.array([[[np.inf, np.inf], [1.0, 2.0], [2.0, 3.0], [np.inf, np.inf]]])
    assert undominated(costs).tolist() == [[False, True, False, False]]


def test_the_only_configuration_is_on_the_front_as_often_as_it_keeps_the_floors() -> None:
    """A normal distribution's probability beyond the floor, by its own formula."""
    from scipy.stats import norm

    of = lanes(6, dimensions=0, epochs=1)
    of = dataclasses.replace(of, owners=np.zeros(6, dtype=np.int64), places=np.empty((1, 0)))
    of.costs[..., 0] = -0.505 + 0.02 * np.array([-1, 1, -1, 1, -1, 1])[:, None]
    posterior = Posterior(of, goal(baseline=False))
    mean, sd = posterior.outlook.mean[0, 0], posterior.outlook.total_sd[0, 0]
    expected = norm.cdf((-0.5 - mean[0]) / sd[0])
    assert probabilities(posterior)[0, 0] == pytest.approx(expected, abs=0.08)


def test_claims_hold_the_posterior_of_the_front() -> None:
    of = lanes()
    posterior = Posterior(of, goal())
    rows = front_claims(posterior)
    assert [(c.configuration, c.epoch - 1) for c in rows] == list(
        zip(*posterior.front, strict=True)
    )
    for claim in rows:
        at = claim.configuration, claim.epoch - 1
        costs = [cost(name, value) for name, value in claim.values.items()]
        assert costs == posterior.outlook.mean[at].tolist()
        assert claim.seeds == claim.standing == (of.owners == claim.configuration).sum()
        low, high = claim.stands_interval
        assert 0 < low < claim.stands < high <= 1
        assert 0 < claim.probability <= 1


def test_probabilities_are_the_same_each_time_and_lower_for_what_is_beaten() -> None:
    posterior = Posterior(lanes(), goal())
    first = probabilities(posterior)
    np.testing.assert_array_equal(first, probabilities(posterior))
    on_front = np.zeros(first.shape, dtype=bool)
    on_front[posterior.front] = True
    assert first[on_front].mean() > 3 * first[~on_front].mean()


@pytest.mark.slow
def test_of_what_is_claimed_as_many_are_on_the_true_front() -> None:
    """Tables drawn from smooth functions; 60 of them, all candidates together."""
    said, true = [], []
    for seed in range(60):
        truth, of = (
            lanes(24, seed=seed, noise=1e-9, waves=True),
            lanes(24, seed=seed, noise=0.05, waves=True),
        )
        posterior = Posterior(of, goal(baseline=False))
        likely = probabilities(posterior)
        _, firsts = np.unique(of.owners, return_index=True)
        costs = truth.costs[firsts]
        able = (costs[..., 0] <= -0.5) & (costs[..., 2] <= -0.2)
        front = np.zeros(able.shape, dtype=bool)
        front[able] = pareto.front(costs[able][:, :2])
        said.append(likely.ravel())
        true.append(front.ravel())
    probability, hit = np.concatenate(said), np.concatenate(true)
    brier, base = ((probability - hit) ** 2).mean(), hit.mean() * (1 - hit.mean())
    assert brier < base
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.8)):
        rows = (probability >= low) & (probability < high)
        assert hit[rows].mean() == pytest.approx(probability[rows].mean(), abs=0.15)
