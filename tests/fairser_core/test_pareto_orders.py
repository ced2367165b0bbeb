"""The two orders of pareto.py, against their docstrings written out as loops."""

import math
import statistics

import numpy as np
import numpy.typing as npt
import pytest

from fairser_core.pareto import priorities, spread_order

Floats = npt.NDArray[np.float64]


def tied(seed: int, items: int, objectives: int) -> Floats:
    """Few distinct values in no order: ties in one objective and whole duplicates abound."""
    return np.random.default_rng(seed).integers(0, 6, (items, objectives)).astype(float)


def untied(seed: int, items: int, objectives: int) -> Floats:
    return np.random.default_rng(seed).random((items, objectives))


def beats(a: Floats, b: Floats) -> bool:
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)


def distance(a: list[float], b: list[float]) -> float:
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def farthest_point_order(scaled: list[list[float]]) -> list[int]:
    """Rows of `scaled`: the best in the first objective, then always the farthest."""
    left = list(range(len(scaled)))
    order: list[int] = []
    while left:
        if order:

            def key(row: int) -> tuple[float, float, int]:
                near = min(distance(scaled[row], scaled[taken]) for taken in order)
                return -near, sum(scaled[row]), row

        else:

            def key(row: int) -> tuple[float, float, int]:
                return scaled[row][0], sum(scaled[row]), row

        order.append(min(left, key=key))
        left.remove(order[-1])
    return order


def unit(values: list[float]) -> float:
    """Distance between the quartiles, or between the ends, or 1."""
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        if high > low:
            return high - low
    return max(values) - min(values) or 1.0


def priorities_by_definition(costs: Floats, violations: Floats) -> list[int]:
    feasible = [row for row in range(len(costs)) if violations[row] <= 0]
    order: list[int] = []
    if feasible:
        units = [unit([float(costs[row, k]) for row in feasible]) for k in range(costs.shape[1])]
        left = feasible
        while left:
            peeled = [r for r in left if not any(beats(costs[o], costs[r]) for o in left)]
            scaled = [[float(c) / u for c, u in zip(costs[r], units, strict=True)] for r in peeled]
            order += [peeled[place] for place in farthest_point_order(scaled)]
            left = [row for row in left if row not in peeled]
    infeasible = [row for row in range(len(costs)) if violations[row] > 0]
    order += sorted(infeasible, key=lambda row: (violations[row], row))
    return [order.index(row) for row in range(len(costs))]


@pytest.mark.parametrize("objectives", [1, 2, 3])
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [tied, untied])
def test_priorities_are_their_definition(make, seed: int, objectives: int) -> None:
    costs = make(seed, 4 + 2 * seed, objectives)
    # Ties among the violations too, about a third of them above 0.
    violations = np.random.default_rng(100 + seed).integers(-3, 3, len(costs)).astype(float)
    assert priorities(costs, violations).tolist() == priorities_by_definition(costs, violations)
    every = np.zeros(len(costs))
    assert priorities(costs, every).tolist() == priorities_by_definition(costs, every)


@pytest.mark.parametrize("items", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("make", [tied, untied])
def test_priorities_are_a_permutation(make, items: int) -> None:
    costs = make(items, items, 2)
    for violations in (np.zeros(items), np.ones(items), np.arange(items) % 2 - 0.5):
        assert sorted(priorities(costs, violations)) == list(range(items))


def test_of_two_items_the_better_is_first() -> None:
    costs = np.array([[2.0, 2.0], [1.0, 1.0]])
    assert priorities(costs, np.zeros(2)).tolist() == [1, 0]
    assert priorities(costs, np.array([0.0, 1e-9])).tolist() == [0, 1]
    assert priorities(costs[:1], np.array([3.0])).tolist() == [0]


@pytest.mark.parametrize("seed", range(8))
def test_priorities_stay_with_their_items_in_any_order(seed: int) -> None:
    costs = untied(seed, 30, 2)
    violations = np.random.default_rng(seed).normal(size=30)
    order = np.random.default_rng(1000 + seed).permutation(30)
    moved = priorities(costs[order], violations[order])
    assert moved.tolist() == priorities(costs, violations)[order].tolist()


@pytest.mark.parametrize("place", [0, 7, 19])
def test_an_item_that_beats_all_others_is_first(place: int) -> None:
    costs = tied(3, 20, 3)
    costs[place] = -1.0
    assert priorities(costs, np.zeros(20))[place] == 0


def test_a_chain_is_prioritised_by_its_order() -> None:
    # Reversed, shuffled: a rule that returns the sorted order in place of a rank fails here.
    order = np.random.default_rng(0).permutation(40)
    costs = np.stack([order, order], axis=1).astype(float)
    assert priorities(costs, np.zeros(40)).tolist() == order.tolist()


def test_infeasible_items_come_last_however_good_and_by_their_violation() -> None:
    costs = np.array([[0.0, 0.0], [5.0, 5.0], [0.0, 0.0], [9.0, 9.0], [-9.0, -9.0]])
    violations = np.array([0.3, 0.0, 0.1, -2.0, 0.2])
    assert priorities(costs, violations).tolist() == [4, 0, 2, 1, 3]


def test_the_unit_of_an_objective_does_not_matter() -> None:
    costs = untied(5, 40, 2)
    none = np.zeros(40)
    assert (
        priorities(costs * np.array([1.0, 1024.0]), none).tolist()
        == priorities(costs, none).tolist()
    )


@pytest.mark.parametrize("seed", range(6))
def test_each_item_of_a_spread_order_is_the_farthest_of_those_left(seed: int) -> None:
    costs = untied(seed, 25, 3)
    scale = np.array([0.5, 1.0, 2.0])
    order = spread_order(costs, scale).tolist()
    assert sorted(order) == list(range(25))
    assert order[0] == costs[:, 0].argmin()
    scaled = (costs / scale).tolist()
    for count in range(1, 25):
        taken, left = order[:count], order[count:]
        near = {row: min(distance(scaled[row], scaled[t]) for t in taken) for row in left}
        assert near[left[0]] == max(near.values())


@pytest.mark.parametrize("seed", range(6))
def test_ties_of_a_spread_order_go_by_the_sum_and_then_by_the_row(seed: int) -> None:
    costs = tied(seed, 25, 2)
    assert spread_order(costs, np.ones(2)).tolist() == farthest_point_order(costs.tolist())


def test_a_line_is_spread_from_its_best_end_to_its_other_end_then_halved() -> None:
    places = np.array([4.0, 1.0, 0.0, 3.0, 2.0])
    costs = np.stack([places, -places], axis=1)
    assert places[spread_order(costs, np.ones(2))].tolist()[:3] == [0.0, 4.0, 2.0]


def test_nothing_is_in_order() -> None:
    assert spread_order(np.empty((0, 2)), np.ones(2)).shape == (0,)
    assert priorities(np.empty((0, 2)), np.empty(0)).shape == (0,)


def test_costs_that_are_not_finite_are_refused() -> None:
    costs = np.array([[0.0, 1.0], [np.nan, 1.0]])
    message = r"`costs` must be finite, got \[nan, 1.0\] in row 1"
    with pytest.raises(ValueError, match=message):
        priorities(costs, np.zeros(2))
    with pytest.raises(ValueError, match=message):
        spread_order(costs, np.ones(2))


def test_a_violation_that_is_not_finite_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match=r"`violations` must be finite, got .*nan"):
        priorities(np.zeros((2, 2)), np.array([0.0, np.nan]))


def test_one_violation_an_item_is_asked_for() -> None:
    with pytest.raises(ValueError, match="3 costs given with 2 violations"):
        priorities(np.zeros((3, 2)), np.zeros(2))
