"""Losses of several classes over one batch; see `losses` for what all have in common."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

ClassLoss = Literal["cross_entropy", "focal", "kl"]
Targets = Literal["hard", "soft", "several"]


def class_loss(
    logits: Tensor, target: Tensor, weight: Tensor, kind: ClassLoss, focus: float
) -> Tensor:
    """Return the loss of one class an utterance.

        cross_entropy: Σ_n Σ_c w_c t_nc (-log p_nc) / Σ_n Σ_c w_c t_nc
        focal:         the same with (1 - p_nc)^γ w_c t_nc in the numerator (Lin et al. 2017)
        kl:            the same with w_c t_nc (log t_nc - log p_nc)

    Args:
        logits: of the classes (utterance, class).
        target: t, shares of the classes; a row of zeros does not count (utterance, class).
        weight: w of each class (class,).
        kind: form of the loss, see above.
        focus: γ of the focal loss.

    Returns:
        Scalar; 0 without any target.
    """
    log_p = F.log_softmax(logits, dim=-1)
    mass = weight * target
    if kind == "focal":
        terms = -mass * (1 - log_p.exp()).clamp(min=0) ** focus * log_p
    elif kind == "kl":
        terms = mass * (target.clamp(min=1e-12).log() - log_p)
    else:
        terms = -mass * log_p
    return terms.sum() / mass.sum().clamp(min=1e-12)


def label_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return the loss of several labels an utterance: weighted binary cross-entropy of each class.

    Args:
        logits: of the classes (utterance, class).
        target: 1 where the label is given, else 0 (utterance, class).
        weight: of each class (class,).
    """
    losses = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (losses * weight).sum() / (torch.ones_like(losses) * weight).sum()


def class_recall_gap(probability: Tensor, label: Tensor, groups: Tensor) -> Tensor:
    """Return the differences in recall between groups, made differentiable: a mean over classes.

        r_cg = mean of p_c over the rows of class c in group g
        L_eq = mean_c mean over pairs that have the class |r_cg - r_cg'|

    The sibling of Gorrostieta et al. 2019, Eq. 7, for classes: a prediction counts by its
    probability in place of a surrogate of its level.

    Args:
        probability: p (utterance, class).
        label: 1 in the column of the class, else 0 (utterance, class).
        groups: 1 in the column of the group, else 0 (utterance, group).

    Returns:
        Scalar in [0, 1], 0 is best. A class that fewer than two groups have in the batch adds 0.
    """
    cells = label[:, :, None] * groups[:, None, :]
    count = cells.sum(dim=0)  # (class, group)
    recall = (probability[:, :, None] * cells).sum(dim=0) / count.clamp(min=1)
    present = (count > 0).to(recall.dtype)
    both = present[:, :, None] * present[:, None, :]
    gaps = (recall[:, :, None] - recall[:, None, :]).abs() * both
    diagonal = present.sum(dim=-1)
    pairs = both.sum(dim=(-1, -2)) - diagonal
    return (gaps.sum(dim=(-1, -2)) / pairs.clamp(min=1)).mean()
