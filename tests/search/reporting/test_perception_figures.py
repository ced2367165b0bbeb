import json

import numpy as np
import pandas as pd
import pytest

from fairser_core.corpora.perception import agreement, perceive
from search.reporting.blocks import Figure, Table
from search.reporting.perception_figures import agreement_blocks

GENDERS = {"a": "female", "b": "female", "c": "male", "d": "male"}


def rows() -> list[dict]:
    votes = {
        "u1": "joy joy joy joy", "u2": "joy joy joy fear", "u3": "fear fear joy fear",
        "u4": "joy joy fear fear", "u5": "joy fear joy joy",
    }  # fmt: skip
    ratings = [
        {"utterance": utterance, "rater": rater, "label": label}
        for utterance, labels in votes.items()
        for rater, label in zip(GENDERS, labels.split(), strict=True)
    ]
    raters = pd.DataFrame({"rater": [*GENDERS], "gender": [*GENDERS.values()]})
    perceived = perceive(pd.DataFrame(ratings), raters, ("joy", "fear", "rage"))
    speaker = pd.Series(perceived.index, perceived.index)
    table = agreement(perceived, ("joy", "fear", "rage"), speaker)
    return json.loads(table.to_json(orient="records"))  # undefined shares become null


def test_bars_are_the_shares_of_either_gender_over_all_and_over_s2() -> None:
    figure, _ = agreement_blocks("perceived", "toy", rows())
    assert isinstance(figure, Figure)
    women, men, women_s2, men_s2 = figure.figure.data
    assert (women.name, men.name) == ("women's consensus", "men's consensus")
    # Of joy: u1 both, u2 women (men tie), u5 men (women tie).
    assert list(women.x) == ["joy", "fear", "rage"]
    assert list(women.y[:2]) == pytest.approx([2 / 3, 1.0])
    assert list(men_s2.y[:2]) == pytest.approx([1 / 2, 0.0])
    assert list(women_s2.y[:2]) == pytest.approx([1 / 2, 1.0])
    assert np.isnan([women.error_y.array[0], women.error_y.arrayminus[0]]).all()  # 3 speakers
    wide = [row | {"low": 0.1, "high": 0.9} for row in rows()]
    women = agreement_blocks("perceived", "toy", wide)[0].figure.data[0]
    assert women.y[0] + women.error_y.array[0] == pytest.approx(0.9)
    assert [trace.showlegend for trace in figure.figure.data] == [True, True, False, False]
    assert women.marker.color != men.marker.color


def test_the_table_has_the_same_numbers_and_a_dash_where_there_are_none() -> None:
    _, table = agreement_blocks("perceived", "toy", rows())
    assert isinstance(table, Table)
    reported = {(row[0], row[1]): row for row in table.rows}
    assert reported["joy", "all"][2] == "66.7 % of 3"
    assert reported["fear", "S2"][4] == "+100.0"
    assert reported["rage", "all"][2:] == ["-", "-", "-"]
    assert len(table.data) == 12


def test_few_speakers_and_records_of_earlier_versions_have_no_interval() -> None:
    enough = [row | {"low": 0.1, "high": 0.9} for row in rows()]
    earlier = [{k: v for k, v in row.items() if k != "speakers"} for row in enough]
    cells = []
    for given in (rows(), enough, earlier):
        _, table = agreement_blocks("perceived", "toy", given)
        assert isinstance(table, Table)
        cells.append(table.rows[0][2])
    assert cells == ["66.7 % of 3", "66.7 % [10.0, 90.0] of 3", "66.7 % of 3"]
