import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score

from fairser_core.datasets.activation import WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays, conditional_entropy
from fairser_core.datasets.preparation import read_features

LENGTHS = (167, 279, 289, 684)  # frames of 2.7 s, one window, one hop more, 11 s


def task(settings: WindowSettings, lengths: tuple[int, ...] = LENGTHS):
    n = len(lengths)
    table = pd.DataFrame(
        {
            "id": [f"{split}{i}" for split in ("t", "v", "x") for i in range(n)],
            "speaker": [f"{split}{i % 2}" for split in ("a", "b", "c") for i in range(n)],
            "activation": np.tile(np.linspace(3.0, 5.0, n), 3),
            "gender": (["female", "male"] * 3 * n)[: 3 * n],
            "split": ["train"] * n + ["validation"] * n + ["test"] * n,
        }
    )
    features = [
        np.arange(frames * 2, dtype=np.float32).reshape(frames, 2) for frames in lengths * 3
    ]
    statistics = (np.array([1.0, 2.0]), np.full(2, 4.0))
    return activation_arrays(table, features, settings, 3.5, statistics)


def test_windows_are_counted_as_the_paper_cuts_them() -> None:
    made = task(WindowSettings())
    assert np.bincount(made.train.owner).tolist() == [1, 1, 2, 41]
    assert len(made.frames) == 2 * (279 + 279 + 289 + 684)  # the test split is not there
    assert made.evaluated.ids == ("v0", "v1", "v2", "v3")
    assert made.evaluated.speaker == ("b0", "b1", "b0", "b1")


def test_every_window_lies_within_its_utterance() -> None:
    made = task(WindowSettings())
    ends = np.cumsum([279, 279, 289, 684])
    begins = np.concatenate([[0], ends[:-1]])
    for split, offset in ((made.train, 0), (made.evaluated, ends[-1])):
        assert (split.start >= begins[split.owner] + offset).all()
        assert (split.start + 279 <= ends[split.owner] + offset).all()


def test_short_utterances_are_padded_with_the_training_mean_after_normalisation() -> None:
    made = task(WindowSettings())
    assert not made.frames[167:279].any()
    np.testing.assert_allclose(made.frames[1], [(2 - 1) / 4, (3 - 2) / 4])


def test_wrap_repeats_the_utterance() -> None:
    made = task(WindowSettings(padding="wrap"))
    np.testing.assert_array_equal(made.frames[167:279], made.frames[:112])


def test_drop_leaves_short_utterances_out() -> None:
    made = task(WindowSettings(padding="drop"))
    assert len(made.train.target) == 3
    assert made.train.speaker == ("a1", "a0", "a1")
    assert np.bincount(made.train.owner).tolist() == [1, 2, 41]


def test_drop_refuses_a_split_without_long_utterances() -> None:
    with pytest.raises(ValueError, match="no utterance is as long as a window of 279 frames"):
        task(WindowSettings(padding="drop"), lengths=(100, 200))


def test_the_boundary_is_low_and_gender_is_coded() -> None:
    made = task(WindowSettings(), lengths=(279, 279, 279, 279, 279))
    assert made.train.target.tolist() == [3.0, 3.5, 4.0, 4.5, 5.0]
    assert made.train.high.tolist() == [0, 0, 1, 1, 1]
    assert made.train.group.tolist() == [0, 1, 0, 1, 0]
    assert made.problem.mean == 4.0
    assert made.problem.deviation == pytest.approx(0.5**0.5)


def test_conditional_entropy_equals_entropy_less_mutual_information() -> None:
    rng = np.random.default_rng(0)
    given = (rng.random(500) < 0.3).astype(np.float32)
    group = (rng.random(500) < 0.2 + 0.4 * given).astype(np.float32)
    share = group.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    expected = entropy - mutual_info_score(group, given)
    assert conditional_entropy(group, given) == pytest.approx(expected)
    assert conditional_entropy(given, given) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frames": 0}, "`frames` must be >= 1, got 0"),
        ({"hop": -1}, "`hop` must be >= 1, got -1"),
        ({"padding": "mirror"}, "`padding` must be one of .*, got 'mirror'"),
        ({"level": "frame"}, "`level` must be one of .*, got 'frame'"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WindowSettings(**settings)


def test_feature_files_of_different_width_are_refused(tmp_path) -> None:
    paths = []
    for width in (3, 4):
        np.save(tmp_path / f"{width}.npy", np.zeros((5, width)))
        paths.append(str(tmp_path / f"{width}.npy"))
    with pytest.raises(ValueError, match=r"must agree in their number of columns, got \[3, 4\]"):
        read_features(paths)


def test_training_utterances_of_one_activation_are_refused() -> None:
    with pytest.raises(ValueError, match="must differ in activation, all have 3"):
        task(WindowSettings(), lengths=(300,))
