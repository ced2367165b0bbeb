import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fairser_core.losses.classification import class_loss, class_recall_gap, label_loss


def batch(seed: int = 0, rows: int = 40) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits, class numbers and groups of rows, in float64."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(rows, 4, generator=generator, dtype=torch.float64)
    label = torch.randint(0, 4, (rows,), generator=generator)
    group = torch.randint(0, 3, (rows,), generator=generator)
    return logits, label, group


WEIGHT = torch.tensor([0.5, 1.0, 1.5, 2.0], dtype=torch.float64)


def test_cross_entropy_is_torchs_with_weights() -> None:
    logits, label, _ = batch()
    target = F.one_hot(label, 4).double()
    expected = F.cross_entropy(logits, label, weight=WEIGHT)
    assert class_loss(logits, target, WEIGHT, "cross_entropy", 2.0).item() == pytest.approx(
        expected.item()
    )


def test_soft_targets_are_torchs_without_weights() -> None:
    logits, _, _ = batch()
    target = torch.softmax(batch(1)[0], dim=-1)
    ones = torch.ones(4, dtype=torch.float64)
    expected = F.cross_entropy(logits, target)
    assert class_loss(logits, target, ones, "cross_entropy", 2.0).item() == pytest.approx(
        expected.item()
    )
    divergence = F.kl_div(F.log_softmax(logits, dim=-1), target, reduction="batchmean")
    assert class_loss(logits, target, ones, "kl", 2.0).item() == pytest.approx(divergence.item())


def test_the_focal_loss_is_its_formula_and_without_focus_cross_entropy() -> None:
    logits, label, _ = batch()
    target = F.one_hot(label, 4).double()
    p = torch.softmax(logits, dim=-1).gather(1, label[:, None])[:, 0]
    expected = (-WEIGHT[label] * (1 - p) ** 2 * p.log()).sum() / WEIGHT[label].sum()
    assert class_loss(logits, target, WEIGHT, "focal", 2.0).item() == pytest.approx(expected.item())
    plain = class_loss(logits, target, WEIGHT, "cross_entropy", 0.0)
    assert class_loss(logits, target, WEIGHT, "focal", 0.0).item() == pytest.approx(plain.item())


def test_rows_without_a_target_do_not_count() -> None:
    logits, label, _ = batch()
    target = F.one_hot(label, 4).double()
    target[10:] = 0
    expected = class_loss(logits[:10], target[:10], WEIGHT, "cross_entropy", 2.0)
    assert class_loss(logits, target, WEIGHT, "cross_entropy", 2.0).item() == pytest.approx(
        expected.item()
    )
    assert class_loss(logits, torch.zeros_like(target), WEIGHT, "focal", 2.0).item() == 0


def test_several_labels_are_binary_cross_entropies() -> None:
    logits, _, _ = batch()
    target = (batch(2)[0] > 0).double()
    ones = torch.ones(4, dtype=torch.float64)
    expected = F.binary_cross_entropy_with_logits(logits, target)
    assert label_loss(logits, target, ones).item() == pytest.approx(expected.item())


def test_the_recall_gap_is_its_formula() -> None:
    logits, label, group = batch(rows=120)
    p = torch.softmax(logits, dim=-1).numpy()
    y, g = label.numpy(), group.numpy()
    gaps = []
    for number in range(4):
        recalls = [p[(y == number) & (g == k), number].mean() for k in range(3)]
        gaps.append(np.mean([abs(a - b) for a, b in itertools.combinations(recalls, 2)]))
    value = class_recall_gap(
        torch.from_numpy(p), F.one_hot(label, 4).double(), F.one_hot(group, 3).double()
    )
    assert value.item() == pytest.approx(np.mean(gaps))


def test_a_class_of_one_group_adds_nothing_and_lanes_are_those_of_each_lane() -> None:
    logits, label, group = batch(rows=60)
    p, y, g = torch.softmax(logits, -1), F.one_hot(label, 4).double(), F.one_hot(group, 3).double()
    alone = y * torch.tensor([1.0, 0, 0, 0]) * (group == 0)[:, None]
    assert class_recall_gap(p, alone, g).item() == 0
    several = [torch.stack([each, each.flip(0)]) for each in (p, y, g)]
    values = torch.func.vmap(class_recall_gap)(*several)
    for lane in range(2):
        expected = class_recall_gap(*(each[lane] for each in several))
        torch.testing.assert_close(values[lane], expected)
