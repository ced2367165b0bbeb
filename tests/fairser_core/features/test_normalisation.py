import numpy as np
import pytest

from fairser_core.features.normalisation import normalise, z_norm_statistics
from fairser_core.files.resampling import FloatArray


def random_arrays(seed: int) -> list[FloatArray]:
    generator = np.random.default_rng(seed)
    return [
        generator.normal(3 * np.arange(4), 1 + np.arange(4), (frames, 4)).astype(np.float32)
        for frames in (30, 1, 0, 200)
    ]


def test_statistics_are_those_of_all_frames() -> None:
    arrays = random_arrays(0)
    frames = np.concatenate(arrays).astype(np.float64)
    mean, deviation = z_norm_statistics(arrays)
    np.testing.assert_allclose(mean, frames.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(deviation, frames.std(axis=0), rtol=1e-12)


def test_normalised_frames_have_mean_zero_and_deviation_one() -> None:
    arrays = random_arrays(1)
    mean, deviation = z_norm_statistics(arrays)
    frames = (np.concatenate(arrays) - mean) / deviation
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(frames.std(axis=0), 1, rtol=1e-12)
    single = normalise(np.concatenate(arrays), (mean, deviation))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, frames.astype(np.float32))


def test_a_small_spread_far_from_zero_is_not_lost() -> None:
    array = (1e4 + np.random.default_rng(0).normal(0, 0.1, (500, 1))).astype(np.float32)
    _, deviation = z_norm_statistics([array])
    np.testing.assert_allclose(deviation, array.astype(np.float64).std(axis=0), rtol=1e-9)


@pytest.mark.parametrize("constant", [0.0, 0.1, -13.8])
def test_a_coefficient_that_never_changes_has_deviation_one(constant: float) -> None:
    array = np.full((7, 1), constant, dtype=np.float32)
    mean, deviation = z_norm_statistics([array, array[:3]])
    assert deviation.tolist() == [1.0]
    assert mean.tolist() == [float(np.float32(constant))]


@pytest.mark.parametrize("arrays", [[], [np.zeros((0, 24), dtype=np.float32)]])
def test_statistics_of_no_frames_are_refused(arrays: list[FloatArray]) -> None:
    with pytest.raises(ValueError, match="z-norm needs at least one frame, got none"):
        z_norm_statistics(arrays)
