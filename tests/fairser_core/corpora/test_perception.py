from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kurtosis, t

from fairser_core.corpora.perception import agreement, perceive, plurality, sizes

EMOTIONS = ("x", "y", "z")
RATERS = pd.DataFrame(
    {"rater": ["F1", "F2", "F3", "M1", "M2", "M3"], "gender": ["female"] * 3 + ["male"] * 3}
)


def votes(**panels: str) -> pd.DataFrame:
    """Ratings from a text an utterance, e.g. `a="F1x F2y M1xy"`: M1 names two labels."""
    rows = [
        (utterance, vote[:2], label)
        for utterance, panel in panels.items()
        for vote in panel.split()
        for label in vote[2:]
    ]
    return pd.DataFrame(rows, columns=["utterance", "rater", "label"])


def random_votes(seed: int, utterances: int = 300) -> pd.DataFrame:
    """Panels of one to six raters, of whom some name two labels; o is no emotion of interest."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(utterances):
        for rater in rng.choice(RATERS["rater"], rng.integers(1, 7), replace=False):
            for label in rng.choice(["x", "y", "z", "o"], rng.integers(1, 3), replace=False):
                rows.append((f"u{number}", rater, label))
    table = pd.DataFrame(rows, columns=["utterance", "rater", "label"])
    return table.sample(frac=1, random_state=seed)


def most(labels: list[str]) -> str | None:
    """Brute force: the label that is more frequent than each other."""
    winners = [
        first
        for first in set(labels)
        if all(labels.count(first) > labels.count(other) for other in set(labels) - {first})
    ]
    return winners[0] if winners else None


def by_hand(ratings: pd.DataFrame) -> dict[str, tuple[object, ...]]:
    """Truth, women's and men's consensus, subset and aligned gender, by the definitions."""
    result = {}
    panels: dict[str, list[Any]] = {}
    for row in ratings.itertuples():
        panels.setdefault(str(row.utterance), []).append(row)
    for utterance, own in panels.items():
        truth = most([row.label for row in own])
        women = most([row.label for row in own if row.rater[0] == "F"])
        men = most([row.label for row in own if row.rater[0] == "M"])
        subset = aligned = None
        if truth in EMOTIONS:
            subset = "S1" if women == men == truth else "S2"
            if men == truth and women != truth:
                aligned = "male"
            if women == truth and men != truth:
                aligned = "female"
        result[utterance] = (truth, women, men, subset, aligned)
    return result


COLUMNS = ["truth", "consensus_female", "consensus_male", "subset", "aligned"]


@pytest.mark.parametrize("seed", range(5))
def test_perception_is_that_of_the_definitions(seed: int) -> None:
    ratings = random_votes(seed)
    table = perceive(ratings, RATERS, EMOTIONS)
    result = table[COLUMNS].astype(object).where(table[COLUMNS].notna(), None)
    assert dict(
        zip(table.index, result.itertuples(index=False, name=None), strict=True)
    ) == by_hand(ratings)
    # The draw holds every case.
    assert set(result["subset"]) == {"S1", "S2", None}
    assert set(result["aligned"]) == {"female", "male", None}
    assert {"o", None} <= set(result["truth"])
    assert result["consensus_female"].isna().any()


@pytest.mark.parametrize("seed", range(5))
def test_where_women_and_men_agree_their_consensus_is_the_ground_truth(seed: int) -> None:
    table = perceive(random_votes(seed), RATERS, EMOTIONS)
    alike = table["consensus_female"] == table["consensus_male"]
    assert alike.any()
    assert (table["truth"] == table["consensus_male"])[alike].all()


@pytest.mark.parametrize(
    ("panel", "expected"),
    [
        ("F1x F2x M1x", ("x", "x", "x", "S1", None)),
        ("F1x F2x M1y", ("x", "x", "y", "S2", "female")),
        ("M1x M2x F1y", ("x", "y", "x", "S2", "male")),
        ("F1x F2y M1x", ("x", None, "x", "S2", "male")),  # a tie is no consensus
        ("F1x F2y M1x M2z", ("x", None, None, "S2", None)),  # nobody's
        ("F1x F2x F3y", ("x", "x", None, "S2", "female")),  # no man among the raters
        ("M1z", ("z", None, "z", "S2", "male")),
        ("F1x F2x M1y M2y", (None, "x", "y", None, None)),
        ("F1o F2o M1o", ("o", "o", "o", None, None)),  # of no emotion that is studied
        ("F1xy M1x", ("x", None, "x", "S2", "male")),  # each label is a vote
        ("F1x M1x M2y M3y F2x", ("x", "x", "y", "S2", "female")),
    ],
)
def test_a_panel_is_perceived(panel: str, expected: tuple[str | None, ...]) -> None:
    row = perceive(votes(a=panel), RATERS, EMOTIONS).loc["a", COLUMNS]
    assert tuple(None if pd.isna(value) else value for value in row) == expected


def test_raters_are_counted_not_their_labels() -> None:
    table = perceive(votes(a="F1xy F2x M1x", b="M1xyz"), RATERS, EMOTIONS)
    assert table["raters_female"].to_dict() == {"a": 2, "b": 0}
    assert table["raters_male"].to_dict() == {"a": 1, "b": 1}


def test_every_utterance_has_one_row_whatever_the_order_of_the_ratings() -> None:
    ratings = random_votes(7)
    table = perceive(ratings, RATERS, EMOTIONS)
    assert sorted(table.index) == sorted(ratings["utterance"].unique())
    other = perceive(ratings[::-1], RATERS[::-1], EMOTIONS)
    pd.testing.assert_frame_equal(table.sort_index(), other.sort_index())


def test_the_plurality_needs_no_majority() -> None:
    result = plurality(votes(a="F1x F2x F3y M1z M2o", b="F1x F2y"))
    assert result["a"] == "x"
    assert pd.isna(result["b"])


def test_an_unknown_rater_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"must be in `raters`, \['M9'\] are not"):
        perceive(votes(a="F1x M9x"), RATERS, EMOTIONS)


@pytest.mark.parametrize("seed", range(3))
def test_sizes_account_for_every_utterance(seed: int) -> None:
    ratings = random_votes(seed)
    hands = by_hand(ratings)
    rows = list(hands.values())
    panels = ratings.groupby("utterance")["rater"].agg("".join)
    result = sizes(perceive(ratings, RATERS, EMOTIONS))
    kept = {u: row for u, row in hands.items() if row[3]}
    expected = {
        "utterances": len(rows),
        "no_plurality": sum(row[0] is None for row in rows),
        "another_emotion": sum(row[0] == "o" for row in rows),
        "S1": sum(row[3] == "S1" for row in rows),
        "S2": sum(row[3] == "S2" for row in rows),
        "aligned_female": sum(row[4] == "female" for row in rows),
        "aligned_male": sum(row[4] == "male" for row in rows),
        "aligned_with_none": sum(row[3] == "S2" and row[4] is None for row in rows),
    }
    for gender, position in (("female", 1), ("male", 2)):
        letter = gender[0].upper()
        none = [u for u, row in kept.items() if row[position] is None]
        expected[f"tied_{gender}"] = sum(letter in panels[u] for u in none)
        expected[f"unrated_{gender}"] = sum(letter not in panels[u] for u in kept)
    assert result == expected
    assert result["utterances"] == sum(
        result[name] for name in ("no_plurality", "another_emotion", "S1", "S2")
    )


@pytest.mark.parametrize("seed", range(3))
def test_agreement_is_a_share_of_what_a_gender_has_rated(seed: int) -> None:
    ratings = random_votes(seed)
    perceived = perceive(ratings, RATERS, EMOTIONS)
    speaker = pd.Series(np.arange(len(perceived)) % 7, perceived.index)
    table = agreement(perceived, EMOTIONS, speaker)
    panels = ratings.groupby("utterance")["rater"].agg("".join)
    hands = by_hand(ratings)
    for row in table.itertuples():
        position, letter = (1, "F") if row.gender == "female" else (2, "M")
        members = {
            u: hand
            for u, hand in hands.items()
            if hand[3] and hand[0] == row.emotion and row.data in ("all", hand[3])
        }
        rated = {u: hand for u, hand in members.items() if letter in panels[u]}
        agreeing = sum(hand[position] == hand[0] for hand in rated.values())
        tied = sum(hand[position] is None for hand in rated.values())
        assert (row.agreeing, row.utterances, row.tied) == (agreeing, len(rated), tied)
        assert row.unrated == len(members) - len(rated)
        assert row.share == pytest.approx(agreeing / len(rated))
        assert row.speakers == speaker.loc[list(rated)].nunique()
        assert np.isnan(row.low) == (row.speakers < 5 or row.share in (0, 1))
        assert np.isnan(row.low) or 0 <= row.low < row.share < row.high <= 1
    assert table[["data", "emotion", "gender"]].to_numpy().tolist() == [
        [data, emotion, gender]
        for data in ("all", "S2")
        for emotion in EMOTIONS
        for gender in ("female", "male")
    ]


def test_without_utterances_agreement_is_undefined() -> None:
    perceived = perceive(votes(a="F1x F2x M1x"), RATERS, EMOTIONS)
    table = agreement(perceived, EMOTIONS, pd.Series("s", perceived.index))
    empty = table[table["utterances"] == 0]
    assert len(empty) == 10
    assert empty[["share", "low", "high"]].isna().all(axis=None)
    assert set(empty["why_empty"]) == {"share, low, high: no rated utterance"}
    assert table.loc[0, "share"] == 1.0


def test_the_interval_of_agreement_is_that_of_a_mean_over_speakers() -> None:
    shares = np.array([0.2, 0.4, 0.5, 0.6, 0.7, 0.8])  # of 10 utterances of each speaker
    agrees = np.concatenate([np.arange(10) < 10 * share for share in shares])
    speaker = pd.Series(np.repeat(np.arange(6), 10))
    perceived = pd.DataFrame(
        {
            "truth": "x",
            "consensus_female": np.where(agrees, "x", "y"),
            "raters_female": 1,
            "consensus_male": None,
            "raters_male": 0,
            "subset": "S2",
        }
    )
    women, men, *_ = agreement(perceived, ["x"], speaker).itertuples()
    left = np.arcsin(np.sqrt([np.delete(shares, i).mean() for i in range(6)]))
    error = np.sqrt(5 * left.var())
    assert kurtosis(left, bias=False) < 0  # no fewer than 5 degrees of freedom
    angle = np.arcsin(np.sqrt(shares.mean()))
    ends = np.sin(angle + error * t.ppf([0.025, 0.975], 5)) ** 2
    assert (women.low, women.high) == pytest.approx(tuple(ends))
    assert (women.speakers, men.speakers) == (6, 0)
    few = agreement(perceived, ["x"], speaker % 4)
    assert few["share"][0] == women.share
    assert few[["low", "high"]].isna().all(axis=None)
    assert (women.why_empty, few["why_empty"][0]) == (
        "",
        "low, high: fewer than 5 speakers in a group",
    )
