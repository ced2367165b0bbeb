import numpy as np
import pytest

from fairser_core.features.vectors import VectorSettings, moments, pool


def test_a_vector_is_the_mean_over_frames_or_the_mean_and_the_deviation() -> None:
    frames = np.random.default_rng(0).normal(3.0, 2.0, (50, 4)).astype(np.float32)
    mean, deviation = frames.astype(float).mean(axis=0), frames.astype(float).std(axis=0)
    np.testing.assert_allclose(pool(moments(frames), "mean"), mean, rtol=1e-12)
    both = np.concatenate([mean, deviation])
    np.testing.assert_allclose(pool(moments(frames), "mean_std"), both, rtol=1e-12)


def test_one_frame_is_its_own_mean_and_has_no_deviation() -> None:
    frame = np.array([[1.5, -2.0]], dtype=np.float32)
    assert pool(moments(frame), "mean_std").tolist() == [1.5, -2.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pooling": "max"}, r"`pooling` must be one of \('mean', 'mean_std'\), got 'max'"),
        ({"layer": "x"}, r"`layer` must be one of \('z', 'q', 'c'\), got 'x'"),
    ],
)
def test_other_choices_are_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VectorSettings(**change)  # type: ignore[arg-type]
