import numpy as np
import pytest

from fairser_core.features.variance import (
    constant_features,
    unchanging,
    unchanging_notes,
    variance_notes,
)


def test_features_are_constant_over_all_arrays_up_to_rounding() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(rows, 4)) for rows in (3, 1, 5)]
    for array in arrays:
        array[:, 1] = 0.1 + rng.normal(0, 1e-10, len(array))
        array[:, 2] = 0.0
    assert constant_features(arrays) == [1, 2]
    arrays[2][4, 2] = 1e-30
    assert constant_features(arrays) == [1]


def test_constant_features_are_named_and_without_others_refused() -> None:
    arrays = [np.arange(12.0).reshape(2, 6)]
    assert variance_notes(arrays, "of utterances") == []
    arrays[0][:, 2:4] = 1.0
    (note,) = variance_notes(arrays, "of utterances")
    assert (
        note == "2 of 6 features of utterances never vary, and tell nothing: 2, 3 (counted from 0)"
    )
    (note,) = variance_notes(arrays, "of utterances", [2])
    assert note.startswith("1 of 6 features of utterances never vary, and tell nothing: 3 (")
    with pytest.raises(ValueError, match="none of the 6 features after a step varies: nothing can"):
        variance_notes([np.ones((3, 6))], "after a step")


def test_utterances_whose_frames_are_the_same_are_named() -> None:
    moving, still = np.arange(6.0).reshape(3, 2), np.ones((3, 2))
    assert [unchanging(frames) for frames in (moving, still, still[:1])] == [False, True, False]
    (note,) = unchanging_notes([moving, still, still], ["a", "b", "c"])
    assert note == "the features of 2 of 3 utterances never change from frame to frame: b, c"
    assert unchanging_notes([moving], ["a"]) == []
