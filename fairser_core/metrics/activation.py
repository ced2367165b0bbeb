"""How accurate and how fair predictions of activation are, and which way any metric is better."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Booleans = npt.NDArray[np.bool_]


def ccc(truth: Floats, prediction: Floats) -> float:
    """Concordance correlation coefficient.

        CCC = 2·cov(y, ŷ) / (σ²_y + σ²_ŷ + (μ_y - μ_ŷ)²)

    with population (1/n) moments: Lin 1989, and Gorrostieta et al. 2019, Eq. 9, whose printed
    denominator lacks the second plus.

    Args:
        truth: y, shape (utterance,).
        prediction: ŷ, shape (utterance,).

    Returns:
        In [-1, 1], 1 is best; 0 if just one of the two is constant, or both are at different
        values. NaN if there are fewer than two values, or if both are constant and equal.

    Raises:
        ValueError: the arrays differ in length, are not one-dimensional or are not finite.
    """
    check_equal_length(truth=truth, prediction=prediction)
    check_finite(truth=truth, prediction=prediction)
    if len(truth) < 2:
        return float("nan")
    y, y_hat = truth.astype(np.float64), prediction.astype(np.float64)
    # Decided on the values: the variance of a constant is often not zero after rounding.
    if np.ptp(y) == 0 or np.ptp(y_hat) == 0:
        return float("nan") if np.array_equal(y, y_hat) else 0.0
    covariance = np.mean((y - y.mean()) * (y_hat - y_hat.mean()))
    return float(2 * covariance / (y.var() + y_hat.var() + (y.mean() - y_hat.mean()) ** 2))


def recall(truth: Booleans, prediction: Booleans, level: bool) -> float:
    """Share of the truths at a level that are predicted to be at it.

    Args:
        truth: true level (False low, True high), shape (utterance,).
        prediction: predicted level, shape (utterance,).
        level: the level whose recall is asked for.

    Returns:
        In [0, 1], 1 is best. NaN if no truth is at this level.

    Raises:
        ValueError: the arrays differ in length, are not one-dimensional or are not boolean.
    """
    check_equal_length(truth=truth, prediction=prediction)
    check_boolean(truth=truth, prediction=prediction)
    at_level = truth == level
    return float(np.mean(prediction[at_level] == level)) if at_level.any() else float("nan")


def activation_metrics(
    truth: Floats, prediction: Floats, female: Booleans, threshold: float
) -> dict[str, float]:
    """Accuracy and equality of odds of activation predictions, between women and men.

    Gorrostieta et al. 2019, Eqs. 3, 7 and 8. A value is *high* above the threshold and *low* at
    or below it, truth and prediction alike; r₀ and r₁ are the recalls of low and of high. A
    difference is female less male: negative means worse for women.

    Args:
        truth: activation, shape (utterance,).
        prediction: predicted activation in the same unit, shape (utterance,).
        female: whether the speaker is female (else male), shape (utterance,).
        threshold: θ, in the unit of `truth`.

    Returns:
        One value a name:

        - `ccc`, `ccc_female`, `ccc_male`: see `ccc`;
          `ccc_diff = ccc_female - ccc_male`, in [-2, 2].
        - `recall_low_female`, `recall_low_male`, `recall_high_female`,
          `recall_high_male`: see `recall`.
        - `tpr_low_diff`, `tpr_high_diff`: r₀f - r₀m and r₁f - r₁m, in [-1, 1];
          `tpr_diff`: their sum with its sign (Eq. 8), in [-2, 2]. It can be 0 though both differ.
        - `recall_gap`: |r₀m - r₀f| + |r₁m - r₁f| (Eq. 7), in [0, 2].
        - `equalized_odds_difference`: the larger of the two terms, in [0, 1]; as
          fairlearn's, since r₀ = 1 - false positive rate.
        - `worst_recall`: the least of the four recalls, in [0, 1]; a model that finds nobody low
          has 0, and no gap there.

        A metric is NaN if a part of it is undefined.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `truth` or
            `prediction` is not finite, or `female` is not boolean.
    """
    check_equal_length(truth=truth, prediction=prediction, female=female)
    check_finite(truth=truth, prediction=prediction)
    check_boolean(female=female)
    metrics = {"ccc": ccc(truth, prediction)}
    for gender, members in {"female": female, "male": ~female}.items():
        y, y_hat = truth[members], prediction[members]
        metrics[f"ccc_{gender}"] = ccc(y, y_hat)
        metrics[f"recall_low_{gender}"] = recall(y > threshold, y_hat > threshold, False)
        metrics[f"recall_high_{gender}"] = recall(y > threshold, y_hat > threshold, True)
    recalls = [value for name, value in metrics.items() if name.startswith("recall_")]
    low = metrics["recall_low_female"] - metrics["recall_low_male"]
    high = metrics["recall_high_female"] - metrics["recall_high_male"]
    return metrics | {
        "ccc_diff": metrics["ccc_female"] - metrics["ccc_male"],
        "tpr_low_diff": low,
        "tpr_high_diff": high,
        "tpr_diff": low + high,
        "recall_gap": abs(low) + abs(high),
        # numpy hands a NaN on, max() and min() may swallow it.
        "equalized_odds_difference": float(np.maximum(abs(low), abs(high))),
        "worst_recall": float(np.min(recalls)),
    }


def check_equal_length(**arrays: npt.NDArray[Any]) -> None:
    """Raise a ValueError unless all arrays are one-dimensional and of the same length."""
    for name, array in arrays.items():
        if array.ndim != 1:
            raise ValueError(f"`{name}` must be one-dimensional, got shape {array.shape}")
    if len({len(array) for array in arrays.values()}) > 1:
        lengths = ", ".join(f"`{name}` has {len(array)}" for name, array in arrays.items())
        raise ValueError(f"the arrays differ in length: {lengths} values")


def check_finite(**arrays: Floats) -> None:
    """Raise a ValueError that names the first value that is not finite, if there is one."""
    for name, array in arrays.items():
        bad = np.flatnonzero(~np.isfinite(array))
        if len(bad):
            raise ValueError(
                f"`{name}` must be finite, got {array[bad[0]]} at index {bad[0]}"
                f" ({len(bad)} of {len(array)} values are not)"
            )


def check_boolean(**arrays: npt.NDArray[Any]) -> None:
    """Raise a ValueError unless all arrays are boolean."""
    for name, array in arrays.items():
        if array.dtype != np.bool_:
            raise ValueError(f"`{name}` must be boolean, got dtype {array.dtype}")
