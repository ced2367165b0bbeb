import io
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from search.front import Front
from search.front_table import front_table
from search.log import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def text(table: Table, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def rows(table: Table) -> list[list[str]]:
    lines = [line for line in text(table).splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_members_stand_above_the_baseline(make_trial: MakeTrial, make_front: MakeFront) -> None:
    front = make_front(
        [make_trial(0, 0.70, 0.3), make_trial(1, 0.75, 0.4), make_trial(2, 0.65, 0.5)]
    )
    assert rows(front_table(front)) == [
        ["1", "0.750 ± 0.010", "0.400 ± 0.020", "0.2469"],
        ["0", "0.700 ± 0.010", "0.300 ± 0.020", "0.1235"],
        ["baseline", "0.800 ± 0.020", "0.500 ± 0.100", ""],
    ]


def test_the_caption_names_floor_and_hypervolume(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    shown = text(front_table(make_front([make_trial(0, 0.70, 0.3)])))
    assert "floor ccc >= 0.6: 75 % of the baseline's 0.8" in shown
    assert "hypervolume 0.07 from the reference ccc 0.6, recall_gap 1" in shown


def test_an_empty_front_says_why(make_trial: MakeTrial, make_front: MakeFront) -> None:
    trials = [
        make_trial(0, 0.5),
        make_trial(1, 0.4),
        make_trial(2, diverged=True),
        make_trial(3, state="stopped"),
    ]
    shown = text(front_table(make_front(trials), {9: "later", 7: "ValueError: [bold] no lanes"}))
    flat = " ".join(shown.split())
    assert "the front: 0 trials" in flat
    assert (
        "no trial is on the front: 2 trials: below the floor; 1 trial: a lane diverged; 1 trial: "
        "not trained to the end" in flat
    )
    assert "2 trials failed, first trial 7: ValueError: [bold] no lanes" in flat


def test_a_sweep_that_has_not_begun_says_so(make_front: MakeFront) -> None:
    assert "no trial has numbers yet" in " ".join(text(front_table(make_front([]))).split())


def test_nothing_is_cut_off_on_a_narrow_terminal(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    shown = text(front_table(make_front([make_trial(0)])), width=40)
    assert "…" not in shown
