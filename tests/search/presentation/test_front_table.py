import dataclasses
import io
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from search.front.floors import Floor
from search.front.front import Front
from search.presentation.front_table import front_table
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def text(table: Table, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def rows(table: Table) -> list[list[str]]:
    return [[*map(str, row)] for row in zip(*(c.cells for c in table.columns), strict=True)]


def test_members_stand_above_the_baseline(make_trial: MakeTrial, make_front: MakeFront) -> None:
    front = make_front(
        [make_trial(0, 0.70, 0.3), make_trial(1, 0.75, 0.4), make_trial(2, 0.65, 0.5)]
    )
    assert rows(front_table(front)) == [
        ["1@2", "0.750 ± 0.010", "0.400 ± 0.020", "3", "0.2469"],
        ["0@2", "0.700 ± 0.010", "0.300 ± 0.020", "3", "0.1235"],
        ["baseline", "0.800 ± 0.020", "0.500 ± 0.100", "", ""],
    ]


def test_the_baselines_front_stands_below_its_last_epoch(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(0, 0.70, 0.3)])
    own = make_front([make_trial(4, 0.72, 0.45), make_trial(5, 0.70, 0.35, epochs=1)]).members
    shown = rows(front_table(dataclasses.replace(front, baseline_points=own)))
    assert shown[-3:] == [
        ["baseline", "0.800 ± 0.020", "0.500 ± 0.100", "", ""],
        ["baseline@2", "0.720 ± 0.010", "0.450 ± 0.020", "3", ""],
        ["baseline@1", "0.700 ± 0.010", "0.350 ± 0.020", "3", ""],
    ]


def test_fresh_seeds_stand_beside_what_was_claimed(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    fresh = make_trial(2, 0.66, 0.35, of=0, seeds=[500, 501, 502], purpose="check")
    front = make_front([make_trial(0, 0.70, 0.3), make_trial(1, 0.75, 0.4), fresh])
    # A member's fresh numbers are its own, wherever in its cells they stand.
    lines = [" ".join(row) for row in rows(front_table(front))]
    places = [next(n for n, row in enumerate(lines) if name in row) for name in ("1@2", "0@2")]
    unchecked, checked = " ".join(lines[: places[1]]), " ".join(lines[places[1] :])
    for cell in ("0.660 ± 0.010", "0.350 ± 0.020"):
        assert cell in checked
        assert cell not in unchecked
    shown = " ".join(text(front_table(front)).split())
    # 0.06 x 0.65 of the 0.1 x 0.7 that the checked member claims.
    assert "the search claimed a hypervolume of 0.07; fresh seeds leave 0.039, half of it" in shown


def test_fresh_seeds_that_diverged_are_counted(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    fresh = make_trial(1, 0.66, 0.35, of=0, seeds=[500, 501, 502], purpose="check", diverged=True)
    shown = text(front_table(make_front([make_trial(0, 0.70, 0.3), fresh])))
    assert "fresh, 1 failed" in " ".join(shown.replace("│", " ").split())


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


def test_a_row_stays_on_its_line_in_80_columns(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    front = make_front([make_trial(n, 0.7 + 0.01 * n, 0.3 + 0.01 * n) for n in range(8)])
    values = {"alpha0": 0.1235, "adversary_learning_rate": 0.001234}
    wide = [dataclasses.replace(point, values=values) for point in front.points]
    shown = text(front_table(dataclasses.replace(front, points=tuple(wide))), width=80)
    for point in front.members:
        (line,) = [line for line in shown.splitlines() if f" {point.trial}@2 " in line]
        assert line.split()[1:4] == [f"{point.metrics['ccc']:.3f}", "±", "0.010"]
        assert line.split()[-1] == "0.001234"


def test_nothing_is_cut_off_on_a_narrow_terminal(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    shown = text(front_table(make_front([make_trial(0)])), width=40)
    assert "…" not in shown
