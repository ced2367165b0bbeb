import json

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
    table = agreement(perceived, ("joy", "fear", "rage"))
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
    assert women.y[0] + women.error_y.array[0] <= 1
    assert [trace.showlegend for trace in figure.figure.data] == [True, True, False, False]
    assert women.marker.color != men.marker.color


def test_the_table_has_the_same_numbers_and_a_dash_where_there_are_none() -> None:
    _, table = agreement_blocks("perceived", "toy", rows())
    assert isinstance(table, Table)
    told = {(row[0], row[1]): row for row in table.rows}
    assert told["joy", "all"][2].startswith("66.7 % [")
    assert told["joy", "all"][2].endswith("] of 3")
    assert told["fear", "S2"][4] == "+100.0"
    assert told["rage", "all"][2:] == ["-", "-", "-"]
    assert len(table.data) == 12
