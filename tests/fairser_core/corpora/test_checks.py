import pandas as pd
import pytest

from fairser_core.corpora.checks import span, standardise
from fairser_core.corpora.problems import report


@pytest.mark.parametrize(
    ("column", "standard", "spellings"),
    [
        ("gender", "female", ["f", "F", "Female", "W", "woman", " female "]),
        ("gender", "male", ["m", "M", "MALE", "Man"]),
        ("split", "train", ["Train", "TRAIN "]),
        ("split", "validation", ["dev", "Development", "valid", "VAL", "Validation"]),
        ("split", "test", ["Test", "test1", "Test1"]),
    ],
)
def test_every_spelling_means_its_standard_value(
    column: str, standard: str, spellings: list[str]
) -> None:
    clean = standardise(pd.DataFrame({column: spellings}))
    assert clean[column].tolist() == [standard] * len(spellings)


@pytest.mark.parametrize("column", ["gender", "split"])
@pytest.mark.parametrize("value", ["", "x", None, float("nan"), 1, "test2", "unknown"])
def test_other_values_are_unknown(column: str, value: object) -> None:
    assert standardise(pd.DataFrame({column: [value]}))[column].isna().all()


def test_labels_become_numbers_where_they_are() -> None:
    clean = standardise(pd.DataFrame({"activation": ["3.5", "1e0", "", "high", None]}))
    assert clean["activation"][:2].tolist() == [3.5, 1.0]
    assert clean["activation"][2:].isna().all()


def test_the_table_given_is_left_as_it_is() -> None:
    table = pd.DataFrame({"gender": ["F"], "speaker": [7]})
    standardise(table)
    assert table.to_dict("list") == {"gender": ["F"], "speaker": [7]}


def test_a_report_shows_twenty_of_each_kind_and_counts_the_rest() -> None:
    many = [f"line {number}: bad" for number in range(1022)]
    lines = report("a.csv", [many, [], ["no column"]], "(a hint)").split("\n  ")
    expected = ["a.csv cannot be used:", *many[:20], "and 1,002 more like this", "no column"]
    assert lines == [*expected, "(a hint)"]


@pytest.mark.parametrize(("scale", "text"), [((1.0, 7.0), "1..7"), ((-0.5, 1.25), "-0.5..1.25")])
def test_scales_are_written_without_needless_digits(scale: tuple[float, float], text: str) -> None:
    assert span(scale) == text
