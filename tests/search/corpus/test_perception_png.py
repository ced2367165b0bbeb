import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from fairser_core.corpora.perception import agreement, perceive
from search.corpus.perception_png import COLOURS, DPI, HEIGHT, perception_png

RATERS = pd.DataFrame({"rater": ["f", "m"], "gender": ["female", "male"]})


def table(women: str, men: str, emotions: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    """Agreement where a woman names women[i] for utterance i and a man men[i], - being nothing."""
    rows = [(f"u{i}", "f", label) for i, label in enumerate(women)]
    rows += [(f"u{i}", "m", label) for i, label in enumerate(men) if label != "-"]
    votes = pd.DataFrame(rows, columns=["utterance", "rater", "label"])
    perceived = perceive(votes, RATERS, emotions)
    return agreement(perceived, emotions, pd.Series(perceived.index, perceived.index))


def drawn(agreed: pd.DataFrame) -> np.ndarray:
    return np.asarray(imread(io.BytesIO(perception_png(agreed, "own"))))


def bars(image: np.ndarray, gender: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the gender's bars are in the left and in the right half of the picture."""
    same = np.isclose(image[..., :3], to_rgb(COLOURS[gender]), atol=0.01).all(axis=-1)
    same = same[: int(0.9 * len(same))]  # the legend is below
    half = same.shape[1] // 2
    return same[:, :half], same[:, half:]


def test_a_bar_is_as_high_as_its_share() -> None:
    agreed = table("aabb", "aabb")
    agreed["share"] = np.where(agreed["gender"] == "female", 0.8, 0.4)
    agreed["low"], agreed["high"] = agreed["share"], agreed["share"]
    image = drawn(agreed)
    for half in (0, 1):
        high, low = (np.flatnonzero(bars(image, g)[half].any(axis=1)) for g in ("female", "male"))
        assert np.ptp(low) / np.ptp(high) == pytest.approx(0.5, abs=0.02)
        assert low.max() == pytest.approx(high.max(), abs=3)  # both stand on the axis


def test_each_panel_shows_its_utterances() -> None:
    image = drawn(table("aaabbb", "aab---"))
    assert image.shape[0] == HEIGHT * DPI
    assert all(half.sum() > 1000 for half in bars(image, "female"))
    left, right = bars(image, "male")
    assert left.sum() > 1000
    assert right.sum() == 0  # in S2 no man has rated anything


def test_bars_without_utterances_are_left_out() -> None:
    image = drawn(table("aabb", "aabb"))  # nothing in S2
    for gender in COLOURS:
        left, right = bars(image, gender)
        assert left.sum() > 1000
        assert right.sum() == 0


@pytest.mark.parametrize("title", ["a $ sign", r"\frac{", "$x"])
def test_names_are_no_formulas(title: str) -> None:
    agreed = table("aabb", "aabb").replace("a", "$a_")
    assert perception_png(agreed, title).startswith(b"\x89PNG")


def test_many_emotions_make_it_wider() -> None:
    few = drawn(table("ab", "ab"))
    many = drawn(table("abcdefgh", "abcdefgh", tuple("abcdefgh")))
    assert many.shape[1] > 2 * few.shape[1]


def test_pyplot_knows_nothing_of_the_figure() -> None:
    perception_png(table("ab", "ab"), "own")
    assert plt.get_fignums() == []
