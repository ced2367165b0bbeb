from collections.abc import Callable

from search.front.floors import Floor
from search.front.front import Front
from search.store.log import TrialRecord
from search.tasks.facts import CorpusFacts
from search.tracking.description import (
    LONGEST,
    About,
    RunAddress,
    description,
    member_description,
    trial_description,
)
from search.verdict.subject import Subject

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
ADDRESS = RunAddress("abc", "7", "f00")
SUBJECT = Subject(
    address="toy",
    corpus=CorpusFacts("toy", "f"),
    constant=lambda metrics: [],
    threshold=True,
    trials=20,
    epochs=16,
    batch=50,
    done=True,
)


def test_a_sweep_describes_its_front_and_links_its_pages(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [
        make_trial(0, 0.70, 0.3),
        make_trial(1, 0.65, 0.5),
        make_trial(2, 0.66, 0.6, state="stopped"),
        make_trial(3, state="running"),
    ]
    text = description(make_front(trials), About("Searched: all.", "/my results/toy"), ADDRESS)
    first, *rest = text.split("\n\n")
    for link in (
        "[front.html](#/experiments/7/runs/f00/artifacts/front.html?",
        "[hypervolume](#/experiments/7/runs/f00/model-metrics?",
        "[the front](#/experiments/7/runs?viewStateShareKey=fairser-front-",
        "[all trials](#/experiments/7/runs?viewStateShareKey=fairser-trials&",
    ):
        assert link in first
    assert (
        "ccc (higher is better), recall_gap (lower is better): 3 trials done, 1 candidate on"
        in text
    )
    assert "Floor: ccc >= 0.6: 75 % of the baseline's 0.8." in text
    assert "hypervolume 0.07 from the reference point ccc 0.6, recall_gap 1." in text
    assert "Searched: all." in rest
    (table,) = [block for block in rest if block.startswith("| member")]
    rows = [
        [cell.replace("&nbsp;", "").strip() for cell in row.strip("|").split("|")]
        for row in table.splitlines()
    ]
    assert rows[0] == ["member", "ccc", "recall_gap", "seeds", "alpha0"]
    assert rows[2] == ["0@2", "0.700 ± 0.010", "0.300 ± 0.020", "3", "0.1235"]
    assert rows[3] == ["baseline", "0.800 ± 0.020", "0.500 ± 0.100", "", ""]
    assert "![front](get-artifact?path=front.png&run_uuid=f00)" in rest
    assert "tags.\"fairser.sweep\" = 'abc' and tags.pareto = 'true'" in text
    assert 'metrics."point/ccc" >= 0.8' in text
    assert "fairser replicate '/my results/toy'" in text


def test_every_floor_is_described_and_a_trial_names_those_it_misses(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [make_trial(0, 0.70, 0.3, worst=0.4), make_trial(1, 0.70, 0.0, worst=0.1)]
    front = make_front(trials, floors=[Floor("worst_recall", 0.75, 0.4)])
    text = description(front, About(), ADDRESS)
    assert "Floor: ccc >= 0.6: 75 % of the baseline's 0.8. Floor: worst_recall >= 0.3: 75" in text
    assert "trials that reach all floors" in text
    assert 'metrics."point/worst_recall' not in text  # no run has it
    assert "; below the floor of worst_recall. " in trial_description(front, front.points[1])


def test_metrics_of_fresh_seeds_are_described(make_trial: MakeTrial, make_front: MakeFront) -> None:
    check = make_trial(1, 0.65, 0.3, of=0, seeds=[500, 501, 502], purpose="check")
    text = description(make_front([make_trial(0, 0.7, 0.3), check]), About(), ADDRESS)
    assert "The search claimed a hypervolume of 0.07; fresh seeds leave 0.035, half of it." in text
    assert "0.650 ± 0.010" in text


def test_a_member_states_what_its_values_are_and_that_fresh_seeds_refute_it(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    check = make_trial(1, 0.55, 0.4, of=0, seeds=[500, 501, 502], purpose="check")
    front = make_front([make_trial(0, 0.7, 0.3), check])
    text = member_description(front, front.members[0])
    assert "ccc 0.700 ± 0.010, recall_gap 0.300 ± 0.020 (mean of its seeds, ± standard" in text
    assert "Rules choose by CCC .550, recall gap .400 (by fresh seeds)." in text
    assert "Fresh seeds refute it (ccc 0.550, below the floor 0.600)." in text


def test_a_sweep_without_a_member_to_take_names_no_export(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    check = make_trial(1, 0.55, 0.4, of=0, seeds=[500, 501, 502], purpose="check")
    front = make_front([make_trial(0, 0.7, 0.3), check])
    text = description(front, About("", "toy", SUBJECT), ADDRESS)
    assert text.startswith("**refuted: ")
    assert "fairser replicate toy" in text
    assert "fairser export" not in text


def test_an_empty_front_has_no_table_and_nothing_to_hand_over(make_front: MakeFront) -> None:
    text = description(make_front([]), About("", "toy"), ADDRESS)
    assert "0 trials done, 0 candidates on the Pareto front" in text
    assert "| member" not in text
    assert "front.png" not in text
    assert "export.py" not in text


def test_a_description_is_never_longer_than_mlflow_accepts(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    trials = [make_trial(n, 0.61 + 0.01 * n, 0.1 + 0.01 * n) for n in range(18)]
    text = description(make_front(trials), About(), ADDRESS)
    assert "\nand 3 more in `front.csv`." in text
    for trial in trials:
        trial.values |= {f"a value with a rather long name {key}": 0.5 for key in range(40)}
    wide = description(make_front(trials), About(), ADDRESS)
    assert "| member" not in wide
    assert len(text) < LONGEST
    assert len(wide) < LONGEST
