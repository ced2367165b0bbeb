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


@pytest.mark.parametrize(
    ("women", "men", "seeds", "noise"),
    [(5, 5, 3, 0), (5, 5, 5, 0), (12, 12, 3, 0), (12, 12, 5, 0.4)],
)
def test_the_interval_shows_the_smallest_difference_in_four_of_five_tests(
    women: int, men: int, seeds: int, noise: float
) -> None:
    """The metric is a difference of group means; its variances are known exactly.

    A seed errs with each speaker by `noise`, which speakers and seeds have in common.
    """
    repetitions, alike, between, seed_sd = 1200, 0.85, 0.3, 0.1
    group, sizes = np.repeat([0, 1], [women, men]), [women, men]
    of_speaker = between**2 + noise**2 / seeds
    shared = sum(noise**2 / size for size in sizes)
    delta = smallest_difference(
        [of_speaker / size for size in sizes],
        sizes,
        (seed_sd**2 + shared) ** 0.5,
        seeds,
        alike * between**2 / of_speaker,
        shared,
    )
    rng, shown = np.random.default_rng(seeds), []
    keep = np.vstack([np.ones(len(group)), 1 - np.eye(len(group))])
    means = [keep * (group == number) for number in (0, 1)]
    means = [of / of.sum(axis=1, keepdims=True) for of in means]
    weights = means[0] - means[1]  # of all rows, then without each speaker
    for _ in range(repetitions):
        common = rng.normal(0, alike**0.5 * between, len(group))
        systems = [
            weights @ (common + rng.normal(0, (1 - alike) ** 0.5 * between, len(group)))[:, None]
            + rng.normal(0, seed_sd, seeds)
            + weights @ rng.normal(0, noise, (len(group), seeds))
            for _ in "ab"
        ]
        pairs = systems[0] - systems[1] + delta
        paired = interval(pairs[0], pairs[1:], group)
        shown.append(paired.low > 0 or paired.high < 0)
    error = (POWER * (1 - POWER) / repetitions) ** 0.5
    assert np.mean(shown) == pytest.approx(POWER, abs=3 * error)
