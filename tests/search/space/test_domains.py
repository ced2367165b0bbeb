import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.space.domains import at, contains, coordinates, corners, neighbours, sobol
from search.space.load import load


def test_domains_of_whole_numbers_choices_and_reals() -> None:
    search = load("baseline").search
    assert corners(search["conv_layers"]) == [1, 3]
    assert [at(search["conv_layers"], u) for u in (0.0, 0.4, 0.999)] == [1, 2, 3]
    assert [at(search["filters"], u) for u in (0.0, 0.34, 0.999)] == [8, 16, 32]
    rate = search["learning_rate"]
    assert at(rate, 0.5) == pytest.approx((1e-4 * 3e-3) ** 0.5)


def test_a_domain_contains_its_values_and_no_others() -> None:
    search = {**load("baseline").search, **load("adversarial").search}
    inside = {"conv_layers": [1, 2, 3], "filters": [8, 32], "alpha0": [0.01, 1, 100.0]}
    outside = {
        "conv_layers": [0, 4, 2.0, True, "2", None],
        "filters": [9, "8", None],
        "alpha0": [0.009, 101, True, "1", None, float("nan"), [1.0]],
    }
    for key, values in inside.items():
        assert [contains(search[key], value) for value in values] == [True] * len(values)
    for key, values in outside.items():
        assert [contains(search[key], value) for value in values] == [False] * len(values)


def test_values_of_a_domain_with_steps_are_on_its_grid() -> None:
    whole, real = IntDistribution(1, 7, step=3), FloatDistribution(0.0, 1.0, step=0.25)
    shares = [0.0, 0.3, 0.6, 0.999]
    assert [at(whole, share) for share in shares] == [1, 4, 4, 7]
    assert [at(real, share) for share in shares] == [0.0, 0.25, 0.5, 1.0]


def test_sobol_starts_spread_evenly_on_the_scale_of_each_domain() -> None:
    search = load("adversarial").search
    points = sobol(search, 8, seed=3)
    assert points == sobol(search, 8, seed=3)
    assert points != sobol(search, 8, seed=4)
    for key, low, high in (("alpha0", 0.01, 100.0), ("adversary_learning_rate", 1e-4, 1e-1)):
        edges = [low * (high / low) ** (part / 8) for part in range(9)]
        values = sorted(point[key] for point in points)
        assert all(a <= v <= b for a, v, b in zip(edges, values, edges[1:], strict=False))


def test_a_space_without_domains_has_one_empty_point() -> None:
    assert sobol({}, 1, seed=0) == [{}]


def test_neighbours_change_some_keys_by_little() -> None:
    domains = {f"k{number}": FloatDistribution(1, 100, log=True) for number in range(18)}
    domains |= {"c": CategoricalDistribution(["x", "y", "z"]), "i": IntDistribution(0, 40)}  # type: ignore[dict-item]
    rows = sobol(dict(domains), 2, 0)
    near = neighbours(domains, rows, 500, np.random.default_rng(1))
    assert all(contains(domains[k], v) for values in near for k, v in values.items())
    changed = [sum(near[n][k] != rows[n % 2][k] for k in domains) for n in range(500)]
    assert 3 < np.mean(changed) < 6
    moves = [
        coordinates(domains["k0"], near[n]["k0"])[0]
        - coordinates(domains["k0"], rows[n % 2]["k0"])[0]
        for n in range(500)
        if near[n]["k0"] != rows[n % 2]["k0"]
    ]
    assert np.std(moves) == pytest.approx(0.1, rel=0.25)
    assert {values["c"] for values in near} == {"x", "y", "z"}


def test_a_neighbour_of_a_single_key_is_another_value_of_it() -> None:
    rng, domains = np.random.default_rng(0), {"a": FloatDistribution(0, 1)}
    assert all(0 <= v["a"] <= 1 for v in neighbours(domains, [{"a": 1.0}], 50, rng))
    assert all(v["a"] != 0.5 for v in neighbours(domains, [{"a": 0.5}], 50, rng))
    assert neighbours(domains, [], 50, rng) == []
