import numpy as np
import pytest

from fairser_core.features.variance import (
    constant_features,
    layer_notes,
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


def test_features_of_layers_are_compared_over_the_rows_that_count() -> None:
    rng = np.random.default_rng(0)
    layers = [rng.normal(size=(900, 3)) for _ in range(4)]
    rows = np.arange(0, 900, 2)
    assert layer_notes(layers, rows) == []
    layers[1][rows, 2] = 7.0
    layers[3][rows] = 0.5
    layers[2][rows[:-1], 1] = 1.0  # which varies in the last row alone
    (note,) = layer_notes(layers, rows)
    assert note == (
        "features of training utterances that never vary, layer 1: 1 of 3; layer 3: all of 3"
    )
    with pytest.raises(
        ValueError, match=r"none of the 3 features .* varies in any of the 1 layers"
    ):
        layer_notes(layers[3:], rows)
