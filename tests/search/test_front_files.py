import dataclasses
import io
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from search.front import Front
from search.front_files import front_csv, front_files, front_json
from search.log import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


@pytest.fixture
def front(make_trial: MakeTrial, make_front: MakeFront) -> Front:
    trials = [
        make_trial(0, 0.70, 0.30),
        make_trial(1, 0.75, 0.40),
        make_trial(2, 0.65, 0.50),  # beaten by both
        make_trial(3, 0.50, 0.10),  # below the floor
        make_trial(4, 0.90, 0.01, state="running"),
    ]
    return make_front(trials)


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_holds_members_with_spread_and_all_trials(front: Front) -> None:
    document = strict(front_json(front))
    assert document["objectives"] == ["ccc", "recall_gap"]
    assert document["directions"] == {"ccc": "maximize", "recall_gap": "minimize"}
    assert document["floor"] == {
        "metric": "ccc",
        "of_baseline": 0.75,
        "baseline": 0.8,
        "value": pytest.approx(0.6),
    }
    assert document["baseline"]["recall_gap"] == 0.5
    assert document["reference"] == {"ccc": pytest.approx(0.6), "recall_gap": 1.0, "tpr_diff": 1.0}
    assert document["hypervolume"] == pytest.approx(0.1 * 0.7 + 0.05 * 0.6)
    assert [member["trial"] for member in document["members"]] == [1, 0]
    member = document["members"][1]
    assert member["objectives"] == {"ccc": 0.70, "recall_gap": 0.30}
    assert member["spread"] == {"ccc": 0.01, "recall_gap": 0.02}
    assert member["values"] == {"alpha0": 0.123456}
    assert member["metrics"]["tpr_diff"] == -0.30
    assert member["lanes"]["ccc"] == pytest.approx([0.69, 0.70, 0.71])
    assert member["epochs"] == 2
    assert [point["trial"] for point in document["points"]] == [0, 1, 2, 3, 4]
    assert [point["feasible"] for point in document["points"]] == [True, True, True, False, True]


def test_json_has_null_for_numbers_it_cannot_hold(front: Front) -> None:
    undefined = dataclasses.replace(front, baseline={"ccc": float("nan")}, hypervolume=float("inf"))
    document = strict(front_json(undefined))
    assert document["baseline"] == {"ccc": None}
    assert document["hypervolume"] is None


def test_csv_has_a_row_a_member_and_reads_back_in_pandas(front: Front) -> None:
    table = pd.read_csv(io.StringIO(front_csv(front)))
    assert list(table.columns) == [
        "trial",
        "ccc",
        "ccc_sd",
        "recall_gap",
        "recall_gap_sd",
        "alpha0",
        "tpr_diff",
        "tpr_diff_sd",
    ]
    assert table["trial"].tolist() == [1, 0]
    assert table["ccc"].tolist() == [0.75, 0.70]
    assert table["alpha0"].tolist() == [0.246912, 0.123456]
    assert table["tpr_diff"].tolist() == [-0.40, -0.30]


def test_csv_of_an_empty_front_has_its_head_only(make_front: MakeFront) -> None:
    table = pd.read_csv(io.StringIO(front_csv(make_front([]))))
    assert table.empty
    assert list(table.columns) == ["trial", "ccc", "ccc_sd", "recall_gap", "recall_gap_sd"]


def test_every_kind_of_front_gives_all_four_files(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    diverged = make_trial(0, diverged=True)
    diverged.epochs[-1].metrics.clear()  # no lane is left
    fronts = [
        make_front([]),
        make_front([diverged]),
        make_front([make_trial(0)]),
        make_front([make_trial(0), make_trial(1, 0.8)], ("ccc",)),
        make_front([make_trial(0), make_trial(1, 0.8, 0.4)], ("ccc", "tpr_diff", "recall_gap")),
    ]
    for front in fronts:
        files = front_files(front, "sweep")
        assert list(files) == ["front.json", "front.csv", "front.png", "front.html"]
        assert all(files.values())


def test_the_same_front_gives_the_same_bytes(front: Front) -> None:
    assert front_files(front, "sweep") == front_files(front, "sweep")
