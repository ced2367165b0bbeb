import pytest

from fairser_core.metrics import DIRECTIONS
from search.front_text import better, mean_sd, number, plural
from search.log import Value


def test_every_metric_says_which_way_it_is_better() -> None:
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
