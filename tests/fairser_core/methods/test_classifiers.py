"""Gradients of the classifiers of emotion, written a second time for torch's autograd."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fairser_core.datasets.category import CategoryProblem
from fairser_core.methods.category_method import CategoryBatch, CategoryMethod
from fairser_core.methods.classifier import Classifier
from fairser_core.methods.classifier_adversarial import ClassifierAdversarial
from fairser_core.methods.classifier_penalty import ClassifierPenalty
from fairser_core.methods.method import Networks

PROBLEM = CategoryProblem(
    features=5,
    classes=("anger", "joy", "neutral"),
    shares=(0.5, 0.3, 0.2),
    groups=("island", "north", "south"),
    group_entropy=1.0,
)
SHAPE = {"hidden": 6, "latent": 4, "dropout": 0.0, "weight_decay": 0.01}
CLASS = torch.tensor([0, 1, 2, 0, 0, 1, 2, 1, 0, 0, 1, 2])
GROUP = torch.tensor([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2])


def batch() -> CategoryBatch:
    generator = torch.Generator().manual_seed(0)
    label = F.one_hot(CLASS, 3).double()
    features = torch.randn(12, 5, dtype=torch.float64, generator=generator)
    return CategoryBatch(features, label, label, F.one_hot(GROUP, 3).double())


def setting(method: CategoryMethod) -> tuple[Networks, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    networks = {
        network: {name: value.double() for name, value in members.items()}
        for network, members in method.init(PROBLEM, generator).items()
    }
    return networks, method.draws(PROBLEM, 12, {"dropout": generator}).double()


def plain(networks: Networks) -> Networks:
    return {
        network: {name: value.clone().requires_grad_() for name, value in members.items()}
        for network, members in networks.items()
    }


def cross_entropy(logits: torch.Tensor) -> torch.Tensor:
    """Weighted by 1 / share, as torch weighs classes."""
    return F.cross_entropy(logits, CLASS, weight=1 / torch.tensor(PROBLEM.shares).double())


def with_decay(slopes: list[torch.Tensor], weights: list[torch.Tensor]) -> np.ndarray:
    rows = [s + 0.01 * w.detach() for s, w in zip(slopes, weights, strict=True)]
    return np.concatenate([row.numpy().ravel() for row in rows])


def result(gradients: Networks) -> np.ndarray:
    return np.concatenate([value.numpy().ravel() for value in gradients["predictor"].values()])


def test_a_classifiers_gradient_is_that_of_weighted_cross_entropy_with_decay() -> None:
    method = Classifier(**SHAPE)
    networks, draws = setting(method)
    gradients, terms = method.gradients(networks, batch(), draws, PROBLEM, 1)
    weights = list(plain(networks)["predictor"].values())
    free = dict(zip(networks["predictor"], weights, strict=True))
    loss = cross_entropy(method.predictor(PROBLEM)(free, batch().features, draws))
    assert terms["class_loss"].item() == pytest.approx(loss.item(), rel=1e-6)
    slopes = list(torch.autograd.grad(loss, weights))
    np.testing.assert_allclose(result(gradients), with_decay(slopes, weights), rtol=1e-5)


def test_the_penalised_gradient_is_that_of_a_mean_over_classes_and_pairs_of_groups() -> None:
    method = ClassifierPenalty(**SHAPE, alpha1=0.7)
    networks, draws = setting(method)
    gradients, terms = method.gradients(networks, batch(), draws, PROBLEM, 1)
    weights = list(plain(networks)["predictor"].values())
    free = dict(zip(networks["predictor"], weights, strict=True))
    logits = method.predictor(PROBLEM)(free, batch().features, draws)
    p, gaps = logits.softmax(dim=-1), []
    for number in range(3):
        recall = [p[CLASS.eq(number) & GROUP.eq(group), number].mean() for group in range(3)]
        pairs = [(recall[a] - recall[b]).abs() for a, b in ((0, 1), (0, 2), (1, 2))]
        gaps.append(torch.stack([pair for pair in pairs if pair.isfinite()]).mean())
    penalty = torch.stack(gaps).mean()
    assert terms["recall_penalty"].item() == pytest.approx(penalty.item(), rel=1e-6)
    slopes = list(torch.autograd.grad(cross_entropy(logits) + 0.7 * penalty, weights))
    np.testing.assert_allclose(result(gradients), with_decay(slopes, weights), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("projection", ["global", "per_tensor"])
def test_the_adversarial_gradient_is_equation_5_with_an_adversary_of_each_class(
    projection: str,
) -> None:
    method = ClassifierAdversarial(**SHAPE, alpha0=0.8, projection=projection)
    networks, draws = setting(method)
    gradients, terms = method.gradients(networks, batch(), draws, PROBLEM, 1)
    free = plain(networks)
    weights, a = list(free["predictor"].values()), free["adversary"]
    logits = method.predictor(PROBLEM)(free["predictor"], batch().features, draws)
    primary = torch.autograd.grad(cross_entropy(logits), weights, retain_graph=True)
    p = logits.softmax(dim=-1)
    rows = [
        a["w"][:, number] @ row + a["b"][:, number] for number, row in zip(CLASS, p, strict=True)
    ]
    loss = F.cross_entropy(torch.stack(rows), GROUP)
    *slopes, w, b = torch.autograd.grad(loss, [*weights, a["w"], a["b"]])
    assert terms["adversary_loss"].item() == pytest.approx(loss.item(), rel=1e-6)
    assert terms["adversary_advantage"].item() == pytest.approx(1.0 - loss.item(), rel=1e-6)
    for name, slope in {"w": w, "b": b}.items():
        torch.testing.assert_close(gradients["adversary"][name], slope, rtol=1e-5, atol=1e-9)
    each = [[number] for number in range(len(weights))]
    expected = list(primary)
    for members in each if projection == "per_tensor" else [range(len(weights))]:
        gp = torch.cat([primary[n].ravel() for n in members])
        ga = torch.cat([slopes[n].ravel() for n in members])
        share = gp @ ga / (ga @ ga)
        for n in members:
            expected[n] = primary[n] - share * slopes[n] - 0.8 * slopes[n]
    np.testing.assert_allclose(
        result(gradients), with_decay(expected, weights), rtol=1e-4, atol=1e-9
    )
