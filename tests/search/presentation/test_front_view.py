from collections.abc import Callable

import pytest

from search.front.front import Front
from search.presentation.front_layout import plane
from search.presentation.front_view import View, view
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
MEMBERS = ((0.70, 0.30), (0.75, 0.40))


def seen(make_trial: MakeTrial, make_front: MakeFront, *others: tuple[float, float]) -> View:
    trials = [make_trial(n, *position) for n, position in enumerate((*MEMBERS, *others))]
    return view(plane(make_front(trials)))


def test_front_baseline_and_floor_are_in_view(make_trial: MakeTrial, make_front: MakeFront) -> None:
    shown = seen(make_trial, make_front)
    # Floor 0.6 and baseline 0.8, with 8 % around; gaps 0.3 to the baseline's 0.5.
    assert [round(value, 6) for value in shown.x] == [0.584, 0.816]
    assert [round(value, 6) for value in shown.y] == [0.284, 0.516]
    assert shown.outside == 0


def test_near_candidates_are_in_view_and_far_ones_are_counted(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    # Half the span of 0.2 is added: up to a gap of 0.6, for what reaches the floor.
    shown = seen(make_trial, make_front, (0.65, 0.55), (0.55, 0.4), (0.0, 0.0), (0.65, 0.9))
    assert shown.outside == 3
    assert shown.x[0] == pytest.approx(0.584)
    assert 0.55 < shown.y[1] < 0.6


def test_useless_candidates_do_not_move_the_view(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    useless = [(0.01 * n, 0.0) for n in range(12)]
    alone, with_useless = seen(make_trial, make_front), seen(make_trial, make_front, *useless)
    assert (with_useless.x, with_useless.y) == (alone.x, alone.y)
    assert with_useless.outside == 12


def test_without_anything_there_is_a_view(make_front: MakeFront) -> None:
    shown = view(plane(make_front([])))
    assert shown.x[0] < 0.6 < 0.8 < shown.x[1]
