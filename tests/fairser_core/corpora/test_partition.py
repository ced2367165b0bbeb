import pandas as pd

from fairser_core.corpora.partition import SPLITS, partition


def speakers() -> pd.DataFrame:
    """Ten women and five men, named so that their order is not that of their genders."""
    names = [f"s{number * 7 % 15:02}" for number in range(15)]
    genders = ["male" if number % 3 == 0 else "female" for number in range(15)]
    return pd.DataFrame({"gender": genders}, index=names)


def test_every_group_is_spread_over_the_parts() -> None:
    table = speakers()
    parts = partition(table, ["gender"])
    counts = pd.crosstab(table["gender"], parts)
    assert counts.loc["female"].to_dict() == {"train": 6, "validation": 2, "test": 2}
    assert counts.loc["male"].to_dict() == {"train": 3, "validation": 1, "test": 1}
    assert list(parts.index) == list(table.index)


def test_the_parts_do_not_depend_on_the_order_of_the_rows() -> None:
    table = speakers()
    again = partition(table.iloc[::-1], ["gender"])
    assert again.reindex(table.index).equals(partition(table, ["gender"]))


def test_without_attributes_the_names_are_in_turn() -> None:
    table = pd.DataFrame(index=["b", "a", "e", "d", "c"])
    assert partition(table, []).sort_index().tolist() == list(SPLITS)
