import dataclasses
import itertools

import numpy as np
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from fairser_core import pareto
from search.posterior.lanes import Goal, Lanes, make_goal
from search.posterior.model import fit_size
from search.posterior.posterior import Posterior
from search.space.domains import at, coordinates, places
from tests.support.posteriors import OBJECTIVES, goal, lanes

SPACES: dict[str, dict[str, BaseDistribution]] = {
    "no value": {},
    "one": {"a": FloatDistribution(0, 1)},
    "finite": {"a": IntDistribution(1, 3)},
    "categories": {
        "a": CategoricalDistribution(["x", "y", "z"]),
        "b": FloatDistribution(1, 9, log=True),
    },
    "ten": {f"k{number}": FloatDistribution(0, 1) for number in range(10)},
}


def test_coordinates_invert_the_scale_of_a_domain() -> None:
    assert coordinates(FloatDistribution(1, 100, log=True), 10.0) == pytest.approx([0.5])
    assert coordinates(IntDistribution(2, 6), 3) == [0.25]
    first, second = (
        coordinates(CategoricalDistribution([True, "a", None]), v) for v in (True, "a")
    )
    assert np.linalg.norm(np.subtract(first, second)) == pytest.approx(1)


def test_fits_come_each_time_that_the_lanes_grew_by_15_percent() -> None:
    sizes = [fit_size(count) for count in range(1, 31)]
    assert sizes[:8] == list(range(1, 9))
    steps = sorted(set(sizes))
    assert all(b <= max(a + 1, 1.15 * a) for a, b in itertools.pairwise(steps))
    assert all(size <= count for count, size in enumerate(sizes, start=1))


def test_the_same_lanes_give_the_same_posterior_to_the_bit() -> None:
    first, second = (Posterior(lanes(), goal()) for _ in range(2))
    assert first.outlook.mean.tobytes() == second.outlook.mean.tobytes()
    assert first.outlook.sd.tobytes() == second.outlook.sd.tobytes()


def test_the_front_is_that_of_posterior_means_above_the_floors() -> None:
    posterior = Posterior(lanes(), goal())
    mean = posterior.outlook.mean
    rows = [(c, e) for c in range(len(mean)) for e in range(4)]
    able = [r for r in rows if mean[r][0] <= -0.5 and mean[r][2] <= -0.2]
    base = [b for b in posterior.rivals if b[0] <= -0.5 and b[2] <= -0.2]
    costs = np.array([mean[r][:2] for r in able] + [b[:2] for b in base])
    kept = pareto.front(costs)[: len(able)]
    expected = [r for r, keep in zip(able, kept, strict=True) if keep]
    assert sorted(zip(*(a.tolist() for a in posterior.front), strict=True)) == sorted(expected)
    assert expected


def test_a_lucky_single_seed_is_claimed_less_than_it_measured() -> None:
    of = lanes(30)
    costs = of.costs.copy()
    costs[1, :, 1] -= 0.4  # of a configuration with one lane
    posterior = Posterior(dataclasses.replace(of, costs=costs), goal())
    owner = int(of.owners[1])
    assert posterior.outlook.mean[owner, -1, 1] > costs[1, -1, 1] + 0.1


def test_means_are_nearer_to_the_truth_than_raw_means() -> None:
    raw, shrunk = [], []
    for seed in range(5):
        truth, of = lanes(30, seed=seed, noise=1e-9), lanes(30, seed=seed, noise=0.08)
        outlook = Posterior(of, goal()).outlook
        for owner in range(len(of.places)):
            rows = of.owners == owner
            true = truth.costs[rows, -1, 1].mean()
            raw.append((of.costs[rows, -1, 1].mean() - true) ** 2)
            shrunk.append((outlook.mean[owner, -1, 1] - true) ** 2)
    assert np.mean(shrunk) < 0.5 * np.mean(raw)


def test_stated_deviations_are_as_large_as_errors() -> None:
    errors = []
    for seed in range(8):
        truth, of = lanes(30, seed=seed, noise=1e-9), lanes(30, seed=seed, noise=0.06)
        outlook, (owners, firsts) = (
            Posterior(of, goal()).outlook,
            np.unique(of.owners, return_index=True),
        )
        true = truth.costs[firsts, -1]
        errors.append((outlook.mean[owners, -1] - true) / outlook.total_sd[owners, -1])
    assert 0.6 < np.std(np.concatenate(errors), axis=0).mean() < 1.3


def spread_lanes(count: int, dimensions: int) -> tuple[Lanes, np.ndarray]:
    """Lanes of one seed each, whose costs follow three of many values, and their costs."""
    rng = np.random.default_rng(5)
    places = rng.random((count, dimensions))
    slopes = (
        rng.normal(size=(dimensions, 2)) * (np.arange(dimensions) % (dimensions // 3) == 0)[:, None]
    )
    means = places @ slopes
    costs = np.stack([means[:, 0], means[:, 1]], axis=1)[:, None]
    rows = np.arange(count)
    return Lanes(places, rows, rows * 0, costs, np.ones(count, dtype=np.int64)), costs[:, 0]


def plain_goal(costs: np.ndarray, *, repeatable: bool) -> Goal:
    """Goal of two objectives without a floor or a baseline."""
    worst = dict(zip(OBJECTIVES, costs.max(axis=0) * [-1, 1], strict=True))
    return make_goal(OBJECTIVES, worst, {}, repeatable=repeatable)


def test_of_many_values_few_lanes_tell_something() -> None:
    every, costs = spread_lanes(60, 24)
    posterior = Posterior(every.head(40), plain_goal(costs, repeatable=False))
    expected = posterior.at(every.places[40:], np.full(20, -1)).mean[:, 0]
    errors = ((expected - costs[40:]) ** 2).mean(axis=0) / costs[40:].var(axis=0)
    assert errors.max() < 0.3


def test_where_no_second_seed_can_be_had_a_value_is_what_it_is() -> None:
    every, costs = spread_lanes(30, 8)
    errors = []
    for repeatable in (False, True):
        posterior = Posterior(every, plain_goal(costs, repeatable=repeatable))
        errors.append(np.abs(posterior.outlook.mean[:, 0] - costs).max() / costs.std())
    assert errors[0] < 0.2 < errors[1]


def test_a_baseline_that_beats_all_candidates_is_reported() -> None:
    of = lanes()
    best = of.costs.min(axis=(0, 1)) - 0.1
    beaten = dataclasses.replace(goal(), baseline=np.tile(best, (3, 4, 1)))
    alone = Posterior(of, goal(baseline=False))
    assert Posterior(of, beaten).beaten
    assert not alone.beaten
    assert [rows.tolist() for rows in Posterior(of, beaten).front]


def test_the_baseline_keeps_what_it_beats_off_the_front() -> None:
    of = lanes()
    alone = Posterior(of, goal(baseline=False))
    owners, epochs = alone.front
    first = alone.outlook.mean[owners, epochs, :2].min(axis=0)
    rival = alone.outlook.mean[owners[0], epochs[0]] - 1e-6
    posterior = Posterior(of, dataclasses.replace(goal(), baseline=np.tile(rival, (3, 4, 1))))
    means = posterior.outlook.mean[posterior.front]
    rivals = posterior.rivals[:, None, :2]
    assert np.isfinite(first).all()
    if not posterior.beaten:
        assert not (rivals <= means[None, :, :2]).all(axis=2).any()


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("count", [1, 2, 7, 20])
def test_any_space_has_a_posterior(space: str, count: int) -> None:
    rng, domains = np.random.default_rng(count), SPACES[space]
    values = [{k: at(d, float(rng.random())) for k, d in domains.items()} for _ in range(count)]
    kinds = [dict(row) for row in dict.fromkeys(tuple(v.items()) for v in values)]
    costs = np.array([-0.7, 0.5, -0.3]) + rng.normal(0, 0.02, (count, 3, 3))
    of = Lanes(
        places(domains, kinds),
        np.array([kinds.index(v) for v in values]),
        np.arange(count),
        costs,
        np.full(count, 3),
    )
    posterior = Posterior(of, goal())
    assert np.isfinite(posterior.outlook.mean).all()
    assert (posterior.outlook.sd > 0).all()
    assert len(posterior.front[0])
    if space == "no value":  # one configuration: its mean, a little shrunk
        np.testing.assert_allclose(
            posterior.outlook.mean[0].mean(axis=0), costs.mean(axis=(0, 1)), atol=0.02
        )


def test_all_lanes_may_have_diverged_or_be_equal() -> None:
    of = lanes(5)
    gone = dataclasses.replace(of, costs=np.full(of.costs.shape, np.nan))
    assert not len(Posterior(gone, goal()).front[0])
    same = dataclasses.replace(of, costs=np.tile(np.array([-0.7, 0.5, -0.3]), (5, 4, 1)))
    mean = Posterior(same, goal()).outlook.standing
    np.testing.assert_allclose(mean, np.broadcast_to([-0.7, 0.5, -0.3], mean.shape), atol=1e-6)
