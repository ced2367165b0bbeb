from collections.abc import Callable

import pytest

from fairser_core.metrics.directions import DIRECTIONS
from search.front.front import Front
from search.front.names import plural, point_name
from search.presentation.wording import (
    better,
    checked_text,
    interval_text,
    mean_sd,
    number,
    percent,
)
from search.space.values import Value
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def test_every_metric_has_a_better_direction() -> None:
    assert all(better(metric).endswith("is better") for metric in DIRECTIONS)
    assert better("ccc") == "higher is better"
    assert better("recall_gap") == "lower is better"
    assert better("tpr_diff") == "nearer 0 is better"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.000123456, "0.0001235"), (12345.6, "1.235e+04"), (200, "200"), (True, "True"), ("a", "a")],
)
def test_searched_values_have_four_significant_digits(value: Value, text: str) -> None:
    assert number(value) == text


def test_a_spread_is_shown_where_there_is_one() -> None:
    assert mean_sd({"ccc": 0.71239, "ccc_sd": 0.0101}, "ccc") == "0.712 ± 0.010"
    assert mean_sd({"ccc": 0.71239}, "ccc") == "0.712"
    assert mean_sd({}, "ccc") == "-"


def test_nouns_have_their_plural() -> None:
    assert [plural(n, "trial") for n in (0, 1, 2)] == ["0 trials", "1 trial", "2 trials"]


def test_shares_are_whole_percents() -> None:
    assert [percent(share) for share in (0.0, 0.874, 1.0, None)] == ["0 %", "87 %", "100 %", "-"]


def test_a_candidate_is_named_by_trial_and_epoch_and_shown_with_its_interval(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    (point,) = make_front([make_trial(3, 0.7, 0.3, epochs=4)]).points
    assert point_name(point) == "3@4"
    assert interval_text(point, "ccc") == "0.700 [0.675, 0.725]"
    assert interval_text(point, "tpr_diff") == "-0.300"  # no objective


def test_the_hypervolume_of_fresh_seeds_needs_fresh_seeds(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    member = make_trial(0, 0.7, 0.3)
    assert checked_text(make_front([member])) == ""
    fresh = {"of": 0, "seeds": [500, 501, 502], "purpose": "check"}
    worse = make_front([member, make_trial(1, 0.65, 0.3, **fresh)])
    assert checked_text(worse).endswith(
        "a hypervolume of 0.07; fresh seeds leave 0.035, half of it"
    )
    nothing = make_front([member, make_trial(1, 0.5, 0.3, **fresh)])
    assert checked_text(nothing).endswith("fresh seeds leave 0, nothing of it")
