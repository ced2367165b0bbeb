import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from fairser_core.metrics.consistency import Indices, deviations, neighbours, with_self

Floats = npt.NDArray[np.float64]


def points(seed: int, rows: int = 60, features: int = 5) -> Floats:
    return np.random.default_rng(seed).normal(size=(rows, features))


def consistency(values: npt.NDArray, nearest: Indices) -> float:
    return float(1 - deviations(values, nearest).mean())


# neighbours


@pytest.mark.parametrize("k", [1, 7, 59])
@pytest.mark.parametrize("seed", range(3))
def test_neighbours_are_sklearns(seed: int, k: int) -> None:
    embedding = points(seed)
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(embedding)
    assert (neighbours(embedding, k) == index.kneighbors(return_distance=False)).all()
    own = index.kneighbors(embedding, return_distance=False)
    assert (with_self(neighbours(embedding, k)) == own).all()


def test_neighbours_of_points_on_a_line() -> None:
    embedding = np.array([[0.0], [10.0], [1.0], [7.0]])
    assert neighbours(embedding, 2).tolist() == [[2, 3], [3, 2], [0, 3], [1, 2]]
    own = with_self(neighbours(embedding, 2))
    assert own.tolist() == [[0, 2], [1, 3], [2, 0], [3, 1]]


def test_equal_rows_far_from_the_origin_are_neighbours() -> None:
    rows = np.tile(1000 + points(0, rows=10, features=64), (3, 1)).astype(np.float32)
    assert sorted(neighbours(rows, 2)[12]) == [2, 22]
    assert with_self(neighbours(rows, 3))[12, 0] == 12


def test_a_collapsed_embedding_has_neighbours() -> None:
    nearest = neighbours(np.zeros((30, 4)), 20)
    assert all(len({*row, number}) == 21 for number, row in enumerate(nearest))


def test_neighbours_do_not_depend_on_scale_and_origin() -> None:
    embedding = points(0)
    assert (neighbours(3 * embedding + 5, 20) == neighbours(embedding, 20)).all()


@pytest.mark.parametrize("k", [0, 6, 7])
def test_more_neighbours_than_others_are_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"`k` must be from 1 to less than the 6 rows, got {k}"):
        neighbours(points(0, rows=6), k)


def test_points_without_a_feature_axis_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`embedding` must be two-dimensional, got shape \(6,\)"):
        neighbours(points(0, rows=6)[:, 0], 2)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_points_that_are_not_finite_are_refused(value: float) -> None:
    embedding = points(0)
    embedding[3, 1] = value
    with pytest.raises(ValueError, match=f"`embedding` must be finite, got {value} in row 3"):
        neighbours(embedding, 2)


# consistency


@pytest.mark.parametrize("k", [1, 7, 20])
@pytest.mark.parametrize("seed", range(3))
def test_consistency_is_its_definition(seed: int, k: int) -> None:
    embedding = points(seed)
    values = np.random.default_rng(seed).random(60)
    terms, distances = [], cdist(embedding, embedding)
    for row in range(60):
        others = sorted(set(range(60)) - {row}, key=lambda other, row=row: distances[row, other])
        terms.append(abs(values[row] - sum(values[others[:k]]) / k))
    expected = 1 - sum(terms) / 60
    assert consistency(values, neighbours(embedding, k)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_consistency_with_self_is_aif360s_definition(seed: int) -> None:
    embedding = points(seed)
    values = np.random.default_rng(seed).random(60) < 0.4
    index = NearestNeighbors(n_neighbors=5, algorithm="ball_tree").fit(embedding)
    nearest = index.kneighbors(embedding, return_distance=False)
    expected = 1 - np.mean([abs(values[n] - values[nearest[n]].mean()) for n in range(60)])
    own = consistency(values, with_self(neighbours(embedding, 5)))
    assert own == pytest.approx(expected, rel=1e-12)
    # A row is its own neighbour: 4 of 5 count.
    others = consistency(values, neighbours(embedding, 4))
    assert 1 - own == pytest.approx((1 - others) * 4 / 5)


@pytest.mark.parametrize("value", [0.0, 0.1, 1.0])
def test_equal_values_have_a_consistency_of_one(value: float) -> None:
    constant = np.full(60, value)
    assert consistency(constant, neighbours(points(0), 20)) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_random_values_have_a_consistency_of_one_less_their_variance_twice(share: float) -> None:
    rows = 2000
    values = np.random.default_rng(0).random(rows) < share
    expected = 1 - 2 * share * (1 - share)
    measured = consistency(values, neighbours(points(1, rows=rows), 20))
    assert measured == pytest.approx(expected, abs=0.02)


def test_clusters_of_equal_values_are_consistent_and_pairs_of_opposites_are_not() -> None:
    clusters = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]])
    values = np.array([True, True, True, False, False, False])
    assert consistency(values, neighbours(clusters, 2)) == 1
    pairs = np.array([[0.0], [10.0], [20.0], [0.1], [10.1], [20.1]])
    assert consistency(values, neighbours(pairs, 1)) == 0


def test_values_turned_round_are_as_consistent() -> None:
    values = np.random.default_rng(0).random(60)
    nearest = neighbours(points(0), 20)
    assert consistency(1 - values, nearest) == pytest.approx(consistency(values, nearest))


@pytest.mark.parametrize("values", [np.zeros(59), np.zeros((60, 1))])
def test_values_that_are_not_one_a_row_are_refused(values: Floats) -> None:
    with pytest.raises(ValueError, match="`values` must be one for each of the 60 rows, got shape"):
        consistency(values, neighbours(points(0), 20))


def test_values_that_are_not_finite_are_refused() -> None:
    values = np.zeros(60)
    values[7] = np.nan
    with pytest.raises(ValueError, match="`values` must be finite, got nan at index 7"):
        consistency(values, neighbours(points(0), 20))
