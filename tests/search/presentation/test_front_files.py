import dataclasses
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from search.front.floors import Floor
from search.front.front import Front
from search.front.history import Moment
from search.presentation.front_files import front_csv, front_files, front_json
from search.store.trials import TrialRecord
from tests.support.fake_training import trial_of

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
MOMENTS = [Moment(1, 12, 30.5, 0.0, 0), Moment(2, 24, 61.0, 0.125, 3)]
FILES = ["front.json", "front.csv", "front.png", "front.html", "history.csv", "history.png"]


@pytest.fixture
def front(make_trial: MakeTrial, make_front: MakeFront) -> Front:
    trials = [
        make_trial(0, 0.70, 0.30),
        make_trial(1, 0.75, 0.40),
        make_trial(2, 0.65, 0.50),  # beaten by both
        make_trial(3, 0.50, 0.10),  # below the floor
        make_trial(4, 0.90, 0.01, state="running"),
        make_trial(5, 0.75, 0.40, of=1, seeds=[3, 4, 5], purpose="race"),
        make_trial(6, 0.72, 0.45, of=1, seeds=[500, 501, 502], purpose="check"),
    ]
    return make_front(trials)


def test_json_lists_every_floor(make_trial: MakeTrial, make_front: MakeFront) -> None:
    trials = [make_trial(0, 0.70, 0.30, worst=0.4), make_trial(1, 0.70, 0.0, worst=0.1)]
    document = strict(front_json(make_front(trials, floors=[Floor("worst_recall", 0.75, 0.4)])))
    held = {floor["metric"]: floor["value"] for floor in document["floors"]}
    assert held == {"ccc": pytest.approx(0.6), "worst_recall": pytest.approx(0.3)}
    assert "worst_recall" not in document["reference"]
    assert [point["missed"] for point in document["points"]] == [[], ["worst_recall"]]


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_holds_objectives_and_floors(front: Front) -> None:
    document = strict(front_json(front))
    assert document["objectives"] == ["ccc", "recall_gap"]
    assert document["directions"] == {"ccc": "maximize", "recall_gap": "minimize"}
    (floor,) = document["floors"]
    assert (floor["metric"], floor["of_baseline"], floor["baseline"]) == ("ccc", 0.75, 0.8)
    assert floor["value"] == pytest.approx(0.6)
    assert [point["missed"] for point in document["points"] if not point["feasible"]] == [["ccc"]]
    assert document["baseline"]["recall_gap"] == 0.5
    assert document["reference"]["ccc"] == pytest.approx(0.6)
    assert document["reference"]["recall_gap"] == 1.0
    assert document["hypervolume"] == pytest.approx(0.1 * 0.7 + 0.05 * 0.6)
    assert document["checked"]["claimed"] == pytest.approx(0.15 * 0.6)
    assert document["checked"]["fresh"] == pytest.approx(0.12 * 0.55)


def test_json_holds_members_with_spread_and_all_candidates(front: Front) -> None:
    document = strict(front_json(front))
    assert [(m["trial"], m["epoch"]) for m in document["members"]] == [(1, 2), (0, 2)]
    raced, member = document["members"]
    assert (raced["trials"], raced["seeds"]) == ([1, 5], [0, 1, 2, 3, 4, 5])
    assert raced["check"]["ccc"] == pytest.approx(0.72)
    assert member["objectives"] == pytest.approx({"ccc": 0.70, "recall_gap": 0.30})
    assert member["spread"] == pytest.approx({"ccc": 0.01, "recall_gap": 0.02})
    assert member["values"] == {"alpha0": 0.123456}
    assert member["metrics"]["tpr_diff"] == pytest.approx(-0.30)
    assert member["lanes"]["ccc"] == pytest.approx([0.69, 0.70, 0.71])
    # Student's t of two degrees, times the standard error.
    reach = 4.302653 * 0.01 / 3**0.5
    assert member["intervals"]["ccc"] == pytest.approx([0.70 - reach, 0.70 + reach])
    assert member["check"] == {}
    assert [point["trial"] for point in document["points"]] == [0, 1, 2, 3]
    assert [point["feasible"] for point in document["points"]] == [True, True, True, False]
    assert [point["on_front"] for point in document["points"]] == [True, True, False, False]


def test_without_fresh_seeds_json_has_no_check(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    assert strict(front_json(make_front([make_trial(0)])))["checked"] is None


def test_json_has_null_for_numbers_it_cannot_hold(front: Front) -> None:
    undefined = dataclasses.replace(front, baseline={"ccc": float("nan")}, hypervolume=float("inf"))
    document = strict(front_json(undefined))
    assert document["baseline"] == {"ccc": None}
    assert document["hypervolume"] is None


def test_csv_has_a_row_a_member_and_reads_back_in_pandas(front: Front) -> None:
    table = pd.read_csv(io.StringIO(front_csv(front)))
    assert table["trial"].tolist() == [1, 0]
    assert table["epoch"].tolist() == [2, 2]
    assert table["seeds"].tolist() == [6, 3]
    expected = {
        "ccc": [0.75, 0.70],
        "recall_gap": [0.40, 0.30],
        "alpha0": [0.246912, 0.123456],
        "tpr_diff": [-0.40, -0.30],
        "ccc_fresh": [0.72, np.nan],
        "recall_gap_fresh": [0.45, np.nan],
    }
    for name, values in expected.items():
        assert np.allclose(table[name], values, equal_nan=True)
    for name in ("ccc", "recall_gap"):
        assert (table[f"{name}_low"] < table[name]).all()
        assert (table[f"{name}_high"] > table[name]).all()
        reach = 4.302653 * table[f"{name}_sd"][1] / 3**0.5
        assert table[f"{name}_high"][1] == pytest.approx(table[name][1] + reach)


def test_every_column_of_csv_has_another_name(front: Front) -> None:
    columns = front_csv(front).splitlines()[0].split(",")
    assert len(set(columns)) == len(columns)
    assert columns[:4] == ["trial", "epoch", "ccc", "ccc_sd"]


def test_csv_of_an_empty_front_has_its_head_only(make_front: MakeFront) -> None:
    table = pd.read_csv(io.StringIO(front_csv(make_front([]))))
    assert table.empty
    assert {"trial", "epoch", "ccc", "ccc_sd", "recall_gap", "seeds"} <= set(table.columns)


def test_a_member_of_a_single_seed_has_no_interval(make_front: MakeFront) -> None:
    front = make_front([trial_of(0, [{"ccc": [0.7], "recall_gap": [0.3], "tpr_diff": [0.1]}])])
    table = pd.read_csv(io.StringIO(front_csv(front)))
    assert table["ccc_low"].isna().all()
    (why,) = table["why_empty"]
    assert "ccc_low, ccc_high, recall_gap_low, recall_gap_high: fewer than 3 seeds" in why
    assert "ccc_speakers_low, ccc_speakers_high: no model was there to predict again" in why
    assert strict(front_json(front))["members"][0]["intervals"] == {}


def test_every_kind_of_front_gives_all_files(
    make_trial: MakeTrial, make_front: MakeFront, front: Front
) -> None:
    nothing = {name: [None, None] for name in ("ccc", "recall_gap", "tpr_diff")}
    diverged = trial_of(0, [nothing])
    fronts = [
        make_front([]),
        make_front([diverged]),
        make_front([make_trial(0)]),
        make_front([make_trial(0), make_trial(1, 0.8)], ("ccc",)),
        make_front([make_trial(0), make_trial(1, 0.8, 0.4)], ("ccc", "tpr_diff", "recall_gap")),
        front,
    ]
    for kind in fronts:
        files = front_files(kind, MOMENTS, "sweep")
        assert list(files) == FILES
        assert all(files.values())
        strict(files["front.json"].decode())


def test_the_same_front_gives_the_same_bytes(front: Front) -> None:
    assert front_files(front, MOMENTS, "sweep") == front_files(front, MOMENTS, "sweep")


def test_the_baselines_front_is_in_the_json_and_changes_the_pictures(front: Front) -> None:
    own = dataclasses.replace(front, baseline_points=front.members[:1])
    files, plain = front_files(own, MOMENTS, "sweep"), front_files(front, MOMENTS, "sweep")
    assert strict(plain["front.json"].decode())["baseline_front"] == []
    (point,) = strict(files["front.json"].decode())["baseline_front"]
    assert point["epoch"] == front.members[0].epoch
    assert point["objectives"]["ccc"] == front.members[0].metrics["ccc"]
    for name in ("front.png", "front.html"):
        assert files[name] != plain[name]
    tables = [pd.read_csv(io.BytesIO(of["front.csv"])) for of in (files, plain)]
    assert tables[0].drop(columns="refuted").equals(tables[1].drop(columns="refuted"))
