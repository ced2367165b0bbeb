import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from fairser_core.courses.emotion_answers import answer_metrics, columns, grade
from fairser_core.datasets.emotion import Emotion
from fairser_core.metrics.f1 import confusion, f1_macro
from tests.support.detectors import detection_metrics, view_metrics


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    aligned = rng.choice([0.0, 1.0, np.nan], count)
    return rng.random((count, 3)), rng.normal(size=(count, 5)), aligned


def consistency(latent: np.ndarray, values: np.ndarray, include_self: bool) -> float:
    """The formula with scikit-learn's neighbours: given the points, they hold the point itself."""
    result = NearestNeighbors(n_neighbors=20).fit(latent)
    near = result.kneighbors(latent if include_self else None, return_distance=False)
    return float(1 - np.abs(values - values[near].mean(axis=1)).mean())


def test_consistency_is_that_of_all_sessions_together(toy_emotion: Emotion) -> None:
    count, parts, kept = len(toy_emotion.s1), [], []
    for rows in np.split(np.arange(count), [50]):
        scores, latent, _ = drawn(len(rows), seed=len(rows))
        aligned = np.random.default_rng(1).choice([0.0, 1.0, np.nan], len(rows), p=[0.4, 0.4, 0.2])
        kept.append(columns(scores, latent, aligned))
        parts.append((scores, latent, aligned))
    result = answer_metrics(np.concatenate(kept), toy_emotion, 0, np.arange(count))
    for suffix, include_self in (("", False), ("_self", True)):
        for name in ("gender", "emotion"):
            sums, rows_in_all = 0.0, 0
            for scores, latent, aligned in parts:
                values = aligned if name == "gender" else (scores[:, 0] > 0.5).astype(float)
                rows = ~np.isnan(values)
                part = consistency(latent[rows], values[rows], include_self)
                sums, rows_in_all = sums + part * rows.sum(), rows_in_all + rows.sum()
            expected = sums / rows_in_all
            assert result[f"consistency_{name}{suffix}"] == pytest.approx(expected)


def test_consistency_is_undefined_where_no_more_than_20_have_the_attribute(
    toy_emotion: Emotion,
) -> None:
    scores, latent, aligned = drawn(len(toy_emotion.s1))
    aligned[np.flatnonzero(~np.isnan(aligned))[20:]] = np.nan
    kept = columns(scores, latent, aligned)
    result = answer_metrics(kept, toy_emotion, 0, np.arange(len(scores)))
    assert np.isnan(result["consistency_gender"])
    assert np.isfinite(result["consistency_emotion"])


def test_the_other_metrics_are_of_the_scores_of_each_perspective(toy_emotion: Emotion) -> None:
    count = len(toy_emotion.s1)
    scores, latent, aligned = drawn(count)
    kept, rows = columns(scores, latent, aligned), np.random.default_rng(2).permutation(count)
    result = answer_metrics(kept, toy_emotion, 1, rows)
    truth = toy_emotion.label[1, rows] > 0
    expected = detection_metrics(
        truth, scores[:, 0], toy_emotion.s1[rows], toy_emotion.aligned[rows]
    )
    genders = {"female": toy_emotion.female, "male": toy_emotion.male}
    expected |= view_metrics(
        {
            gender: np.where(view.consensus[rows], view.label[1, rows] > 0, np.nan)
            for gender, view in genders.items()
        },
        {"female": scores[:, 1], "male": scores[:, 2]},
    )
    for name, value in expected.items():
        assert result[name] == pytest.approx(value, nan_ok=True), name
    by_truth = grade(kept, toy_emotion, 1, rows, perspectives=False)
    assert by_truth == pytest.approx(f1_macro(confusion(truth, scores[:, 0] > 0.5)))
    by_gender = grade(kept, toy_emotion, 1, rows, perspectives=True)
    assert by_gender == pytest.approx(result["f1_macro_views"])


@pytest.mark.parametrize("place", ["score", "latent"])
def test_what_is_not_finite_has_no_metrics(toy_emotion: Emotion, place: str) -> None:
    scores, latent, aligned = drawn(len(toy_emotion.s1))
    (scores if place == "score" else latent)[3, 1] = np.nan
    kept, rows = columns(scores, latent, aligned), np.arange(len(scores))
    result = answer_metrics(kept, toy_emotion, 0, rows)
    assert np.isnan(result["consistency_gender"])
    assert np.isnan(grade(kept, toy_emotion, 0, rows, perspectives=True)) == (place == "score")
    assert np.isnan(result["f1_all"]) == (place == "score")
