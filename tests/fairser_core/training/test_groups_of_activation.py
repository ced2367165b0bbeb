"""Methods of the activation task on three groups of speakers."""

import json

import numpy as np
import pytest
import torch

from fairser_core.datasets.activation import Activation, WindowSettings
from fairser_core.datasets.activation_arrays import activation_arrays, conditional_entropy
from fairser_core.losses.losses import soft_recall_gap
from fairser_core.methods import methods_of
from fairser_core.networks.adversaries import Adversary
from fairser_core.training.evaluation import evaluate
from fairser_core.training.fit import fit
from tests.support.toy_tables import toy_table

NAMES = ("Irish", "Scots", "Welsh")


@pytest.fixture
def task() -> Activation:
    table, features = toy_table(180)
    rng = np.random.default_rng(3)
    table["group"] = rng.choice(NAMES, len(table), p=[0.5, 0.3, 0.2])
    table["speaker"] = table["split"] + table["group"]
    settings = WindowSettings(frames=32, hop=4)
    statistics = (np.zeros(6), np.ones(6))
    return activation_arrays(
        table, features, settings, 3.5, statistics, groups=NAMES, judged=("Irish", "Welsh")
    )


@pytest.mark.parametrize("name", methods_of("activation"))
@pytest.mark.parametrize("vectorise", [False, True])
def test_every_method_learns_with_three_groups(
    name: str, vectorise: bool, task: Activation, small_net: dict[str, int]
) -> None:
    method = methods_of("activation")[name](**small_net, stratified_batches=True)
    *_, last = fit(method, task, [0, 1], epochs=2, vectorise=vectorise)
    assert np.isfinite(last.metrics["recall_gap"]).all()
    assert np.isfinite(last.metrics["ccc_Scots"]).all()
    assert np.isnan(last.metrics["ccc_diff"]).all()
    assert all(np.isfinite(values).all() for values in last.terms.values())
    table = evaluate(method, task, last.state.kept, [0, 1]).predictions
    assert set(table["group"]) == set(NAMES)
    assert json.loads(table["judged"].iloc[0]) == ["Irish", "Welsh"]


def test_the_first_advantage_of_an_adversary_is_near_none(
    task: Activation, small_net: dict[str, int]
) -> None:
    method = methods_of("activation")["adversarial"](**small_net)
    *_, last = fit(method, task, [0], epochs=30)
    entropy = task.problem.gender_entropy
    assert 0.9 < entropy < np.log(3)
    assert abs(last.terms["adversary_advantage"][0]) < 0.2


def test_the_entropy_of_three_groups_is_that_of_their_shares() -> None:
    rng = np.random.default_rng(0)
    group, level = rng.choice(3, 500, p=[0.5, 0.3, 0.2]), rng.integers(0, 2, 500).astype(float)
    expected = 0.0
    for value in (0, 1):
        shares = np.bincount(group[level == value], minlength=3) / (level == value).sum()
        expected -= np.mean(level == value) * (shares * np.log(shares)).sum()
    assert conditional_entropy(group, level, 3) == pytest.approx(expected)


def test_two_logits_would_learn_as_the_one_of_two_groups_does() -> None:
    generator = torch.Generator().manual_seed(0)
    score, high = (
        torch.randn(40, generator=generator),
        (torch.rand(40, generator=generator) > 0.5).float(),
    )
    groups = torch.eye(3)[torch.randint(0, 2, (40,), generator=generator)]
    one = Adversary().init(generator)
    several = {
        "c": one["c"],
        "w": torch.stack([one["w"], torch.zeros(3), torch.zeros(3)], dim=1),
        "b": torch.tensor([0.0, 0.0, -1e9]),  # the third group is never guessed
    }
    expected = Adversary().loss(one, score, high, groups[:, :2])
    assert Adversary(3).loss(several, score, high, groups).item() == pytest.approx(expected.item())


def test_the_penalty_of_three_groups_is_the_mean_over_pairs() -> None:
    generator = torch.Generator().manual_seed(1)
    prediction = 3.5 + torch.randn(60, generator=generator)
    high = (torch.rand(60, generator=generator) > 0.5).float()
    member = torch.randint(0, 3, (60,), generator=generator)
    groups = torch.eye(3)[member]
    pairs = []
    for first, second in ((0, 1), (0, 2), (1, 2)):
        rows = (member == first) | (member == second)
        both = torch.stack([groups[rows, first], groups[rows, second]], dim=-1)
        pairs.append(soft_recall_gap(prediction[rows], high[rows], both, 3.5).item())
    whole = soft_recall_gap(prediction, high, groups, 3.5).item()
    assert whole == pytest.approx(np.mean(pairs), rel=1e-5)
    # A group without utterances takes no part.
    few = torch.cat([groups, torch.zeros(60, 1)], dim=-1)
    assert soft_recall_gap(prediction, high, few, 3.5).item() == pytest.approx(whole, rel=1e-5)


def test_windows_of_one_group_have_their_number(task: Activation) -> None:
    assert task.judged == (0, 2)
    assert task.problem.groups == NAMES
