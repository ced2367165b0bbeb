import dataclasses
import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from search.front.floors import Floor
from search.front.front import Front
from search.presentation.front_table import FrontTable, front_table
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def text(table: FrontTable, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def rows(table: FrontTable, width: int = 120) -> list[str]:
    """Rows of the members and of the baseline, with single spaces."""
    lines = [" ".join(line.split()) for line in text(table, width).splitlines()]
    return [line for line in lines if re.match(r"(\d+@\d+|baseline\S*) ", line)]


def test_members_stand_above_the_baseline(make_trial: MakeTrial, make_front: MakeFront) -> None:
    front = make_front(
        [make_trial(0, 0.70, 0.3), make_trial(1, 0.75, 0.4), make_trial(2, 0.65, 0.5)]
    )
    assert rows(front_table(front)) == [
        "1@2 0.750 ± 0.010 0.400 ± 0.020 3 0.2469",
        "0@2 0.700 ± 0.010 0.300 ± 0.020 3 0.1235",
        "baseline 0.800 ± 0.020 0.500 ± 0.100",
    ]


def test_the_baselines_front_stands_below_its_last_epoch(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(0, 0.70, 0.3)])
    own = make_front([make_trial(4, 0.72, 0.45), make_trial(5, 0.70, 0.35, epochs=1)]).members
    shown = rows(front_table(dataclasses.replace(front, baseline_points=own)))
    assert shown[-3:] == [
        "baseline 0.800 ± 0.020 0.500 ± 0.100",
        "baseline@2 0.720 ± 0.010 0.450 ± 0.020",
        "baseline@1 0.700 ± 0.010 0.350 ± 0.020",
    ]


def test_fresh_seeds_stand_beside_what_was_claimed(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    fresh = make_trial(2, 0.66, 0.35, of=0, seeds=[500, 501, 502], purpose="check")
    front = make_front([make_trial(0, 0.70, 0.3), make_trial(1, 0.75, 0.4), fresh])
    assert rows(front_table(front))[:2] == [
        "1@2 0.750 ± 0.010 0.400 ± 0.020 3 0.2469",
        "0@2 0.700 ± 0.010 0.300 ± 0.020 0.660 0.350 3 0.1235",
    ]
    shown = " ".join(text(front_table(front)).split())
    # 0.06 x 0.65 of the 0.1 x 0.7 that the checked member claims.
    assert (
        "the search claimed a hypervolume of 0.07; fresh seeds leave 0.039, three fifths of it"
        in shown
    )


def test_fresh_seeds_that_diverged_are_counted(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    fresh = make_trial(1, 0.66, 0.35, of=0, seeds=[500, 501, 502], purpose="check", diverged=True)
    shown = text(front_table(make_front([make_trial(0, 0.70, 0.3), fresh])))
    assert "(1 failed)" in " ".join(shown.split())


def test_the_caption_names_floor_and_hypervolume(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    shown = " ".join(text(front_table(make_front([make_trial(0, 0.70, 0.3)]))).split())
    assert "floor ccc >= 0.6: 75 % of the baseline's 0.8" in shown
    assert "hypervolume 0.07 from the reference point ccc 0.6, recall_gap 1" in shown


def test_the_caption_names_every_floor(make_trial: MakeTrial, make_front: MakeFront) -> None:
    floors = [Floor("worst_recall", 0.75, 0.4)]
    shown = text(front_table(make_front([make_trial(0, 0.70, 0.3, worst=0.1)], floors=floors)))
    flat = " ".join(shown.split())
    assert "floor ccc >= 0.6: 75 % of the baseline's 0.8 floor worst_recall >= 0.3: 75 %" in flat
    assert "no trial is on the front: 1 trial: below the floor of worst_recall" in flat


def test_an_empty_front_shows_the_reason(make_trial: MakeTrial, make_front: MakeFront) -> None:
    trials = [
        make_trial(0, 0.5),
        make_trial(1, 0.4),
        make_trial(2, diverged=True),
        make_trial(3, state="running"),
    ]
    shown = text(front_table(make_front(trials), {9: "later", 7: "ValueError: [bold] no lanes"}))
    flat = " ".join(shown.split())
    assert "the front: 0 candidates" in flat
    assert (
        "no trial is on the front: 2 trials: below the floor of ccc; 1 trial: a seed diverged"
        in flat
    )
    assert "2 trials failed, first trial 7: ValueError: [bold] no lanes" in flat


def test_a_sweep_that_has_not_begun_says_so(make_front: MakeFront) -> None:
    assert "no trial has numbers yet" in " ".join(text(front_table(make_front([]))).split())


@pytest.fixture
def large(make_trial: MakeTrial, make_front: MakeFront) -> Front:
    """A front of 13 members with fresh seeds, of two searched values with long names."""
    trials = [make_trial(n, 0.7 + 0.01 * n, 0.3 + 0.01 * n) for n in range(13)]
    for n in range(13):
        fresh = {"of": n, "seeds": [500, 501, 502], "purpose": "check"}
        trials.append(make_trial(20 + n, 0.69 + 0.01 * n, 0.31 + 0.01 * n, **fresh))
    front = make_front(trials)
    values = {"alpha0": 0.1235, "adversary_learning_rate": 0.001234}
    wide = [dataclasses.replace(point, values=values) for point in front.points]
    return dataclasses.replace(front, points=tuple(wide))


def test_13_members_take_15_lines_of_80_columns(large: Front) -> None:
    lines = text(front_table(large), width=80).splitlines()
    (head,) = [n for n, line in enumerate(lines) if line.startswith("member ")]
    assert lines[head].split() == ["member", "ccc", "recall_gap", "fresh", "seeds", "alpha0"]
    names = [line.split()[0] for line in lines[head + 2 : head + 15]]
    assert names == [f"{n}@2" for n in reversed(range(13))]
    assert lines[head + 15].strip() == ""
    assert max(map(len, lines)) <= 80
    assert "no room for adversary_learning_rate: see front.csv" in lines


def test_with_room_all_values_are_shown(large: Front) -> None:
    shown = text(front_table(large))
    assert "adversary_learning_rate" in shown
    assert "no room" not in shown
    assert {row.split()[-1] for row in rows(front_table(large))[:13]} == {"0.001234"}


def test_nothing_is_cut_off_on_a_narrow_terminal(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    shown = text(front_table(make_front([make_trial(0)])), width=40)
    assert "…" not in shown
