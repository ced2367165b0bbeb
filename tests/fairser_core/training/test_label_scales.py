"""The same labels on another scale train the same model."""

import numpy as np
import pandas as pd
import pytest

from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays
from fairser_core.methods import Adversarial, Baseline, NonAdversarial
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit
from tests.support.toy_tables import toy_table

SEEDS = [3, 4]
SCALES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "1..7 in hundreds": (100.0, 700.0)}


def on_scale(low: float, high: float) -> tuple[Activation, float]:
    """Toy utterances rated in steps of 0.5 from 1 to 7, mapped to a scale; and their threshold."""
    table, features = toy_table()
    rated = (2 * table["activation"].to_numpy(np.float64)).round() / 2
    rated[::9] = 3.5  # on the threshold

    def mapped(rating: np.ndarray | float) -> np.ndarray | float:
        return low + (high - low) * (rating - 1) / 6

    threshold = float(mapped(3.5))
    windows, statistics = WindowSettings(frames=32, hop=4), (np.zeros(6), np.ones(6))
    table = table.assign(activation=mapped(rated))
    return activation_arrays(table, features, windows, threshold, statistics), threshold


def trained(
    method: ActivationMethod, low: float, high: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], pd.DataFrame]:
    data, _ = on_scale(low, high)
    *_, last = fit(method, data, SEEDS, epochs=5)
    evaluation = evaluate(method, data, last.state.kept, SEEDS)
    return evaluation.metrics, last.terms, evaluation.predictions


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "method",
    [
        Baseline,
        Adversarial,
        lambda **net: Adversarial(**net, adversary_input="standardised"),
        NonAdversarial,
        lambda **net: NonAdversarial(**net, surrogate="straight_through"),
    ],
)
def test_labels_on_another_scale_train_the_same_model(
    method: type[ActivationMethod], scale: str, small_net: dict[str, int]
) -> None:
    low, high = SCALES[scale]
    metrics, terms, predictions = trained(method(**small_net, learning_rate=1e-2), 1.0, 7.0)
    others, other_terms, other_predictions = trained(
        method(**small_net, learning_rate=1e-2), low, high
    )
    assert (metrics["ccc"] > 0.1).all()  # a model that has learned something
    for name, values in metrics.items():
        np.testing.assert_allclose(others[name], values, atol=1e-5, err_msg=name)
    for name, values in terms.items():
        np.testing.assert_allclose(other_terms[name], values, atol=1e-5, err_msg=name)
    columns = ["truth", *(f"prediction-{seed}" for seed in SEEDS)]
    back = 1 + 6 * (other_predictions[columns].to_numpy() - low) / (high - low)
    np.testing.assert_allclose(back, predictions[columns].to_numpy(), atol=1e-5)


def test_in_points_of_the_scale_the_penalty_depends_on_it(small_net: dict[str, int]) -> None:
    method = NonAdversarial(**small_net, learning_rate=1e-2, temperature=0.5, label_unit="point")
    terms = [trained(method, *scale)[1]["recall_penalty"] for scale in ((1.0, 7.0), (0.0, 1.0))]
    assert (np.abs(terms[0] - terms[1]) > 1e-3).all()


def test_levels_are_those_of_the_ratings_on_every_scale() -> None:
    data, _ = on_scale(1.0, 7.0)
    for low, high in SCALES.values():
        other, threshold = on_scale(low, high)
        np.testing.assert_array_equal(other.train.high, data.train.high)
        np.testing.assert_array_equal(other.evaluated.target > threshold, other.evaluated.high)
        assert other.problem.gender_entropy == data.problem.gender_entropy
