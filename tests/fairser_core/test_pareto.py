import functools
import time

import moocore
import numpy as np
import numpy.typing as npt
import pytest

from fairser_core.pareto import dominates, front, hypervolume, ranks

Costs = npt.NDArray[np.float64]


def random_costs(seed: int, items: int, objectives: int) -> Costs:
    # Few distinct values: ties in one objective and whole duplicates abound.
    return np.random.default_rng(seed).integers(0, 6, (items, objectives)).astype(float)


def beats(a: Costs, b: Costs) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(
        x < y for x, y in zip(a, b, strict=True)
    )


def front_by_definition(costs: Costs) -> list[bool]:
    return [not any(beats(other, item) for other in costs) for item in costs]


def ranks_by_definition(costs: Costs) -> list[int]:
    # One more than the highest rank among those that dominate the item.
    @functools.cache
    def rank(row: int) -> int:
        beaten_by = (other for other in range(len(costs)) if beats(costs[other], costs[row]))
        return max((1 + rank(other) for other in beaten_by), default=0)

    return [rank(row) for row in range(len(costs))]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 2], [1, 3], True),
        ([1, 2], [2, 3], True),
        ([1, 3], [1, 2], False),
        ([1, 2], [2, 1], False),
        ([1, 2], [1, 2], False),
    ],
)
def test_dominance_is_nowhere_worse_and_somewhere_better(
    a: list[float], b: list[float], expected: bool
) -> None:
    assert dominates(np.array(a, dtype=float), np.array(b, dtype=float)) is expected


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_front_is_its_definition(seed: int, objectives: int) -> None:
    costs = random_costs(seed, 25, objectives)
    assert front(costs).tolist() == front_by_definition(costs)


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_ranks_are_their_definition(seed: int, objectives: int) -> None:
    costs = random_costs(seed, 25, objectives)
    assert ranks(costs).tolist() == ranks_by_definition(costs)


def test_front_is_moocores() -> None:
    costs = np.random.default_rng(0).random((300, 3))
    assert front(costs).tolist() == moocore.is_nondominated(costs).tolist()


def test_ranks_stay_with_their_items_in_any_order() -> None:
    costs = random_costs(0, 40, 2)
    order = np.random.default_rng(1).permutation(40)
    assert ranks(costs[order]).tolist() == ranks(costs)[order].tolist()


def test_duplicates_share_the_front() -> None:
    costs = np.array([[2.0, 2.0], [1.0, 1.0], [1.0, 1.0]])
    assert front(costs).tolist() == [False, True, True]


def test_a_chain_has_a_rank_an_item() -> None:
    order = np.random.default_rng(0).permutation(50)
    costs = np.stack([order, order], axis=1).astype(float)
    assert ranks(costs).tolist() == order.tolist()


def test_a_thousand_items_are_ranked_in_under_a_second() -> None:
    costs = np.random.default_rng(0).random((1000, 3))
    start = time.perf_counter()
    ranks(costs)
    assert time.perf_counter() - start < 1.0


def test_no_items_have_no_front_and_no_volume() -> None:
    nothing = np.empty((0, 2))
    assert front(nothing).shape == (0,)
    assert ranks(nothing).shape == (0,)
    assert hypervolume(nothing, np.ones(2)) == 0.0


@pytest.mark.parametrize("objectives", [1, 2, 3, 4, 5])
def test_the_volume_of_one_item_is_a_box(objectives: int) -> None:
    item = np.random.default_rng(objectives).random((1, objectives))
    assert hypervolume(item, np.ones(objectives)) == pytest.approx(np.prod(1 - item))


def test_the_volume_of_a_staircase_is_a_sum_of_fractions() -> None:
    # Steps (k/n, 1 - k/n) below (1, 1) cover the half square less n half steps.
    steps = 10
    k = np.random.default_rng(0).permutation(steps + 1)
    costs = np.stack([k / steps, 1 - k / steps], axis=1)
    assert hypervolume(costs, np.ones(2)) == pytest.approx((1 - 1 / steps) / 2)


def test_the_volume_under_a_hyperbola_is_a_harmonic_sum() -> None:
    # Items (k, 1/k) below (n + 1, 1): a column of width 1 and height 1 - 1/k each.
    k = np.random.default_rng(0).permutation(20) + 1.0
    volume = hypervolume(np.stack([k, 1 / k], axis=1), np.array([21.0, 1.0]))
    assert volume == pytest.approx(20 - np.sum(1 / k))


@pytest.mark.parametrize("objectives", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_hypervolume_is_moocores(seed: int, objectives: int) -> None:
    costs = np.random.default_rng(seed).random((30, objectives))
    reference = np.full(objectives, 0.8)
    assert hypervolume(costs, reference) == pytest.approx(
        moocore.hypervolume(costs, ref=reference), rel=1e-12
    )


@pytest.mark.parametrize("objectives", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_hypervolume_counts_the_dominated_cells_of_a_grid(seed: int, objectives: int) -> None:
    # On integer costs the volume is the number of unit cells whose lower corner is dominated.
    costs = random_costs(seed, 12, objectives) + 1
    cells = np.stack(np.meshgrid(*[np.arange(5)] * objectives), axis=-1).reshape(-1, objectives)
    expected = sum(any((item <= cell).all() for item in costs) for cell in cells)
    assert hypervolume(costs, np.full(objectives, 5.0)) == pytest.approx(expected)


def test_items_that_do_not_beat_the_reference_add_nothing() -> None:
    costs = np.array([[0.5, 0.5]])
    beside = np.array([[0.1, 1.0], [0.1, 2.0], [3.0, 0.1]])
    volume = hypervolume(np.concatenate([beside, costs]), np.ones(2))
    assert volume == hypervolume(costs, np.ones(2)) == 0.25


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_costs_that_are_not_finite_are_refused(bad: float) -> None:
    costs = np.array([[0.0, 1.0], [0.0, bad]])
    message = rf"`costs` must be finite, got \[0.0, {bad}\] in row 1"
    with pytest.raises(ValueError, match=message):
        front(costs)
    with pytest.raises(ValueError, match=message):
        ranks(costs)
    with pytest.raises(ValueError, match=message):
        hypervolume(costs, np.ones(2))
    with pytest.raises(ValueError, match=message):
        dominates(costs[0], costs[1])


@pytest.mark.parametrize("shape", [(3,), (3, 0), (3, 2, 1)])
def test_costs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"`costs` must have shape \(item, objective\), got"):
        ranks(np.zeros(shape))


def test_items_of_different_shape_are_not_compared() -> None:
    with pytest.raises(ValueError, match=r"the items differ in shape: \(2,\) != \(3,\)"):
        dominates(np.zeros(2), np.zeros(3))


def test_a_reference_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one value an objective, got shape \(3,\) for costs"):
        hypervolume(np.zeros((4, 2)), np.ones(3))


def test_a_reference_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`reference` must be finite, got \[1.0, inf\]"):
        hypervolume(np.zeros((4, 2)), np.array([1.0, np.inf]))
