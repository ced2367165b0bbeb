"""Which way each metric is better."""

from typing import Literal

Direction = Literal["maximize", "minimize", "zero"]


ACTIVATION_DIRECTIONS: dict[str, Direction] = {
    "ccc": "maximize",
    "ccc_female": "maximize",
    "ccc_male": "maximize",
    "ccc_diff": "zero",
    "recall_low_female": "maximize",
    "recall_low_male": "maximize",
    "recall_high_female": "maximize",
    "recall_high_male": "maximize",
    "tpr_low_diff": "zero",
    "tpr_high_diff": "zero",
    "tpr_diff": "zero",
    "recall_gap": "minimize",
    "equalized_odds_difference": "minimize",
    "worst_recall": "maximize",
}


EMOTION_DIRECTIONS: dict[str, Direction] = {
    **dict.fromkeys(
        (
            f"{metric}_{rows}"
            for metric in ("f1", "f1_positive", "f1_macro")
            for rows in ("all", "s1", "s2", "female", "male", "views")
        ),
        "maximize",
    ),
    "parity_s2": "minimize",
    "parity_s2_signed": "zero",
    "parity_s2_score": "minimize",
    "parity_s2_ratio_gap": "minimize",
    "parity_s2_rnd": "minimize",
    "consistency_gender": "maximize",
    "consistency_gender_self": "maximize",
    "consistency_emotion": "maximize",
    "consistency_emotion_self": "maximize",
}


DIRECTIONS = {**ACTIVATION_DIRECTIONS, **EMOTION_DIRECTIONS}
"""Which way each metric is better; `zero`: the nearer to zero, from either side."""


def cost(name: str, value: float) -> float:
    """Turn a metric into a cost: lower is better.

    Args:
        name: a metric of `DIRECTIONS`.
        value: its value.

    Returns:
        `-value` if the metric is maximized, `value` if it is minimized and `|value|` if it
        is best at zero. NaN stays NaN.

    Raises:
        KeyError: `name` is not in `DIRECTIONS`.
    """
    if name not in DIRECTIONS:
        raise KeyError(f"unknown metric {name!r}; the metrics are {', '.join(DIRECTIONS)}")
    match DIRECTIONS[name]:
        case "maximize":
            return -value
        case "minimize":
            return value
        case "zero":
            return abs(value)
