import numpy as np
import pytest
import torch

from fairser_core.courses.choice import course
from fairser_core.datasets.activation import Activation
from fairser_core.datasets.emotion import Emotion
from fairser_core.methods import Baseline, Dnn
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import names


@pytest.mark.parametrize("scale", [1.0, np.nan], ids=["finite", "diverged"])
def test_every_metric_of_activation_has_a_row_and_every_row_is_measured(
    toy_task: Activation, small_net: dict[str, int], scale: float
) -> None:
    asked = course(Baseline(**small_net), toy_task, torch.device("cpu"), vectorise=None)
    windows = len(toy_task.evaluated.start)
    measured = asked.measure(scale * np.random.default_rng(0).normal(4, 1, (2, windows)))
    assert tuple(measured) == names(ACTIVATION)
    assert {values.shape for values in measured.values()} == {(2,)}
    assert np.isnan(measured["ccc"]).all() == np.isnan(scale)


@pytest.mark.parametrize("scale", [1.0, np.nan], ids=["finite", "diverged"])
def test_every_metric_of_detectors_has_a_row_and_every_row_is_measured(
    toy_emotion: Emotion, small_dnn: dict[str, int], scale: float
) -> None:
    asked = course(Dnn(**small_dnn), toy_emotion, torch.device("cpu"), vectorise=None)
    sessions = [len(fold.validation) for fold in toy_emotion.folds()]
    shape = (2 * len(asked.parts), max(sessions), 7)
    measured = asked.measure(scale * np.random.default_rng(0).random(shape))
    each = [f"{name}_{emotion}" for name in names(EMOTION) for emotion in toy_emotion.emotions]
    assert list(measured) == [*names(EMOTION), *each]
    assert {values.shape for values in measured.values()} == {(2,)}
    assert np.isnan(measured["f1_all"]).all() == np.isnan(scale)
