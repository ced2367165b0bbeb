import numpy as np
import pytest
from scipy import stats

from fairser_core.metrics.intervals import interval
from fairser_core.metrics.power import POWER, smallest_difference


def test_with_endless_speakers_and_seeds_the_reach_is_the_normal_one() -> None:
    # Quantiles .975 and .8 of the standard normal: 1.959964 and 0.841621.
    se = (2 * 0.25 * 0.04 + 2 * 0.09 / 1e6) ** 0.5
    found = smallest_difference([0.04], [10**6], 0.3, 10**6, correlation=0.75)
    assert found == pytest.approx(2.801585 * se, rel=1e-4)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_with_one_part_the_power_is_that_of_the_noncentral_t(seeds: int) -> None:
    # The speakers have no variance.
    found = smallest_difference([0.0, 0.0], [9, 9], 0.1, seeds)
    distance, least = found / (2 * 0.01 / seeds) ** 0.5, stats.t.ppf(0.975, seeds - 1)
    shown = stats.nct.sf(least, seeds - 1, distance) + stats.nct.cdf(-least, seeds - 1, distance)
    assert shown == pytest.approx(POWER, abs=0.01)


def test_more_seeds_more_speakers_and_more_alike_systems_show_more() -> None:
    base = smallest_difference([0.01, 0.01], [5, 5], 0.1, 5)
    assert smallest_difference([0.01, 0.01], [5, 5], 0.1, 10) < base
    assert smallest_difference([0.005, 0.005], [10, 10], 0.1, 5) < base
    assert smallest_difference([0.01, 0.01], [5, 5], 0.1, 5, correlation=0.95) < base


@pytest.mark.parametrize(
    ("variances", "sizes", "sd", "seeds"),
    [
        ([0.01, 0.01], [1, 5], 0.1, 5),
        ([0.01, 0.01], [5, 5], 0.1, 1),
        ([float("nan"), 0.01], [5, 5], 0.1, 5),
        ([0.01, 0.01], [5, 5], float("nan"), 5),
    ],
)
def test_without_a_spread_nothing_is_said(
    variances: list[float], sizes: list[int], sd: float, seeds: int
) -> None:
    assert np.isnan(smallest_difference(variances, sizes, sd, seeds))


def test_identical_systems_show_any_difference() -> None:
    assert smallest_difference([0.0, 0.0], [5, 5], 0.0, 5) == 0.0


@pytest.mark.parametrize(("women", "men", "seeds"), [(5, 5, 3), (5, 5, 5), (12, 12, 3)])
def test_the_interval_shows_the_smallest_difference_in_four_of_five_tests(
    women: int, men: int, seeds: int
) -> None:
    """The metric is a difference of group means; its variance over speakers is known exactly."""
    repetitions, correlation, between, seed_sd = 1200, 0.85, 0.3, 0.1
    group = np.repeat([0, 1], [women, men])
    variances = [between**2 / women, between**2 / men]
    delta = smallest_difference(variances, [women, men], seed_sd, seeds, correlation)
    rng, shown = np.random.default_rng(seeds), []
    weights = np.where(group == 0, 1 / women, -1 / men)
    without = np.where(np.eye(len(group), dtype=bool), 0.0, np.sign(weights))
    without /= np.abs(without * (group == 0)).sum(axis=1, keepdims=True) * (group == 0) + (
        np.abs(without * (group == 1)).sum(axis=1, keepdims=True) * (group == 1)
    )
    for _ in range(repetitions):
        common = rng.normal(0, correlation**0.5 * between, len(group))
        systems = [
            common + rng.normal(0, (1 - correlation) ** 0.5 * between, len(group)) for _ in "ab"
        ]
        luck = rng.normal(0, seed_sd, (2, seeds))
        per_seed = [weights @ of + of_seed for of, of_seed in zip(systems, luck, strict=True)]
        left = [
            (without @ of)[:, None] + of_seed for of, of_seed in zip(systems, luck, strict=True)
        ]
        paired = interval(per_seed[0] - per_seed[1] + delta, left[0] - left[1] + delta, group)
        shown.append(paired.low > 0 or paired.high < 0)
    error = (POWER * (1 - POWER) / repetitions) ** 0.5
    assert np.mean(shown) == pytest.approx(POWER, abs=3 * error)
