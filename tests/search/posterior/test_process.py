import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from search.posterior.fitting import Prior, fitted, most_likely, negative_log_posterior
from search.posterior.kernel import Hyper, Lattice, matern
from search.posterior.process import Process, Regions
from tests.support.posteriors import lanes

HYPER = Hyper(np.array([0.3, 0.7]), 0.1, 0.4, 0.25)


def data(count: int = 15, epochs: int = 3) -> tuple[Lattice, np.ndarray, np.ndarray]:
    """Lattice, costs and relative variances."""
    rng, of = np.random.default_rng(1), lanes(count)
    lattice = Lattice.of(of.at, of.owners, of.seeds)
    return lattice, rng.normal(size=(count, epochs)), rng.uniform(0.5, 2, count)


def entry(of: Lattice, seeds: np.ndarray, scatter: np.ndarray, i: int, j: int) -> float:
    """Entry of the covariance, written from the formula alone."""
    r = sum(
        (a - b) ** 2 / length**2
        for a, b, length in zip(of.at[i], of.at[j], HYPER.lengths, strict=True)
    )
    k = (1 + (5 * r) ** 0.5 + 5 * r / 3) * np.exp(-((5 * r) ** 0.5))
    own = HYPER.own if of.owners[i] == of.owners[j] else 0.0
    luck = 1.0 if i == j else HYPER.shared * k * (seeds[i] == seeds[j])
    return float(1 + k + own + HYPER.noise * (scatter[i] * scatter[j]) ** 0.5 * luck)


def test_covariance_is_that_of_the_formula() -> None:
    of = lanes(15)
    lattice, _, scatter = data()
    dense = [[entry(lattice, of.seeds, scatter, i, j) for j in range(15)] for i in range(15)]
    np.testing.assert_allclose(lattice.covariance(HYPER, scatter), dense, rtol=1e-12)


def test_matern_is_sklearns() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((6, 2)), rng.random((4, 2))
    np.testing.assert_allclose(
        matern(a, b, HYPER.lengths), Matern(HYPER.lengths, nu=2.5)(a, b), rtol=1e-10
    )


def test_predictions_are_those_of_sklearn_where_nothing_is_shared() -> None:
    """Without own parts and shared luck, the process is one with a constant kernel and noise."""
    rng = np.random.default_rng(3)
    at, z, scatter = rng.random((12, 2)), rng.normal(size=(12, 1)), rng.uniform(0.5, 2, 12)
    hyper = Hyper(HYPER.lengths, 0.0, 0.0, 0.3)
    lattice = Lattice.of(at, np.arange(12), np.arange(12))
    process = Process(lattice, z, np.ones((12, 1), dtype=bool), hyper, scatter)
    kernel = ConstantKernel(1.0) + Matern(HYPER.lengths, nu=2.5)
    oracle = GaussianProcessRegressor(kernel, alpha=0.3 * scatter, optimizer=None).fit(at, z[:, 0])
    new = rng.random((5, 2))
    mean, sd = oracle.predict(new, return_std=True)
    across = process.across(new, np.full(5, -1))
    np.testing.assert_allclose(process.mean(across)[:, 0], mean, rtol=1e-8)
    np.testing.assert_allclose(process.share(across), sd**2, rtol=1e-8)


def test_likelihood_of_one_epoch_is_a_multivariate_t() -> None:
    """With the variance integrated out, z is Student's t with 2 degrees of freedom."""
    lattice, z, scatter = data(10, 1)
    prior = Prior.of(2, 0.3)
    differences = []
    for logs in (prior.median, prior.median + 0.3, prior.median - [0.5, 0.1, 0.2, 0.4, 0.3]):
        value, _ = negative_log_posterior(logs, lattice, z, scatter, prior)
        shape = lattice.covariance(Hyper.of(logs), scatter)
        density = stats.multivariate_t(shape=shape, df=2).logpdf(z[:, 0])
        # (q + 2) / (n + 2) under the logarithm and 1 + q / 2 differ by a constant alone
        scale = np.where(logs > prior.median, prior.above, prior.below)
        density -= (((logs - prior.median) / scale) ** 2).sum() / 2  # halves of normals
        differences.append(value + density)
    assert np.ptp(differences) < 1e-9


def test_gradient_is_that_of_differences() -> None:
    lattice, z, scatter = data()
    prior = Prior.of(2, 0.3)
    logs = prior.median + np.array([0.2, -0.3, 0.4, 0.1, -0.5])

    def value(at: np.ndarray) -> float:
        return negative_log_posterior(at, lattice, z, scatter, prior)[0]

    _, gradient = negative_log_posterior(logs, lattice, z, scatter, prior)
    np.testing.assert_allclose(gradient, approx_fprime(logs, value, 1e-6), rtol=1e-4, atol=1e-4)


def test_most_likely_hyper_parameters_beat_their_neighbours() -> None:
    lattice, z, scatter = data()
    prior = Prior.of(2, 0.3)
    best = most_likely(lattice, z, scatter, prior, prior.median)
    least, _ = negative_log_posterior(best, lattice, z, scatter, prior)
    for step in np.vstack([np.eye(5), -np.eye(5)]) * 0.1:
        assert negative_log_posterior(best + step, lattice, z, scatter, prior)[0] > least - 1e-4


def test_missing_costs_change_no_prediction() -> None:
    lattice, z, scatter = data()
    known = np.ones(z.shape, dtype=bool)
    known[[2, 7, 8], 1] = False
    process = Process(lattice, z, known, HYPER, scatter)
    places = np.random.default_rng(5).random((4, 2))
    mean = process.mean(process.across(places, np.full(4, -1)))
    left = np.flatnonzero(known[:, 1])
    covariance = lattice.covariance(HYPER, scatter)[np.ix_(left, left)]
    across = process.across(places, np.full(4, -1))[:, left]
    np.testing.assert_allclose(mean[:, 1], across @ np.linalg.solve(covariance, z[left, 1]))
    np.testing.assert_allclose(process.filled[known], z[known])


def test_regions_weigh_residuals_left_out_one_by_one() -> None:
    lattice, z, scatter = data()
    process = Process(lattice, z, np.ones(z.shape, dtype=bool), HYPER, scatter)
    regions = process.regions()
    covariance = lattice.covariance(HYPER, scatter)
    for lane in (0, 6):
        rest = np.delete(np.arange(15), lane)
        pull = np.linalg.solve(covariance[np.ix_(rest, rest)], covariance[rest, lane])
        residual = z[lane] - pull @ z[rest]
        variance = covariance[lane, lane] - pull @ covariance[rest, lane]
        ratio = (residual**2 / (variance * process.variance)).mean() * scatter[lane]
        np.testing.assert_allclose(regions.ratios[lane], ratio)
        share = min(1.0, HYPER.noise * scatter[lane] / variance)
        np.testing.assert_allclose(regions.weights[lane], share)


def test_a_noisy_region_has_more_scatter() -> None:
    at = np.array([[0.1], [0.12], [0.14], [0.9], [0.92], [0.94]])
    regions = Regions(at, np.ones(6), np.array([4.0, 4, 4, 0.2, 0.2, 0.2]))
    low, high = regions.scatter(np.array([[0.92], [0.12]]))
    weight = np.exp(-(np.array([0.02, 0.0, 0.02]) ** 2) / (2 * 0.15**2)).sum()
    assert low == pytest.approx((8 + 0.2 * weight) / (8 + weight), abs=1e-3)
    assert high == pytest.approx((8 + 4.0 * weight) / (8 + weight), abs=1e-3)
    assert regions.scatter(np.array([[0.5]]))[0] == pytest.approx(1.0, abs=0.1)


def test_hyper_parameters_recover_the_noise_that_was_drawn() -> None:
    """Of many lanes, some of one configuration: noise much above and much below the signal."""
    of, rng = lanes(90), np.random.default_rng(2)
    signal = 2 * np.sin(4 * of.at.sum(axis=1))
    shares = []
    for noise in (0.1, 1.5):
        z = (signal + rng.normal(0, noise, 90))[:, None]
        z = (z - z.mean()) / z.std()
        (hyper,), _ = fitted(of, z, np.ones(z.shape, dtype=bool), Prior.of(2, 0.3))
        shares.append(hyper.noise)
    assert shares[0] < 0.1 < 0.3 < shares[1]
