"""Methods: one system of the papers, one file, with its settings, networks and objective.

To add a method: its file, a line in the table here, and a space. The order of the table is that of
the papers' tables.
"""

from collections.abc import Mapping
from typing import Any

from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.adversarial import Adversarial
from fairser_core.methods.baseline import Baseline
from fairser_core.methods.category_method import CategoryMethod
from fairser_core.methods.classifier import Classifier
from fairser_core.methods.classifier_adversarial import ClassifierAdversarial
from fairser_core.methods.classifier_penalty import ClassifierPenalty
from fairser_core.methods.dnn import Dnn
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.fairper import FairPer
from fairser_core.methods.fairrep import FairRep
from fairser_core.methods.lfr import Lfr
from fairser_core.methods.method import Method
from fairser_core.methods.nonadversarial import NonAdversarial
from fairser_core.methods.nrl import Nrl

METHODS: dict[str, type[Method[Any, Any]]] = {
    "baseline": Baseline,
    "adversarial": Adversarial,
    "nonadversarial": NonAdversarial,
    "dnn": Dnn,
    "lfr": Lfr,
    "nrl": Nrl,
    "fairrep": FairRep,
    "fairper": FairPer,
    "classifier": Classifier,
    "classifier_adversarial": ClassifierAdversarial,
    "classifier_penalty": ClassifierPenalty,
}
"""Methods of all tasks by name."""


def methods_of(task: str) -> Mapping[str, type[Method[Any, Any]]]:
    """Return the methods of a task by name."""
    return {name: kind for name, kind in METHODS.items() if kind.task == task}


__all__ = [
    "METHODS",
    "ActivationMethod",
    "Adversarial",
    "Baseline",
    "CategoryMethod",
    "Classifier",
    "ClassifierAdversarial",
    "ClassifierPenalty",
    "Dnn",
    "EmotionMethod",
    "FairPer",
    "FairRep",
    "Lfr",
    "Method",
    "NonAdversarial",
    "Nrl",
    "methods_of",
]
