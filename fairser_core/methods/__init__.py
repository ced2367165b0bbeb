"""Methods: one system of the papers, one file, with its settings, networks and objective.

To add a method: its file, a line in a table here, and a space. The order of the tables is that of
the papers' tables.
"""

from collections.abc import Mapping
from typing import Any

from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.adversarial import Adversarial
from fairser_core.methods.baseline import Baseline
from fairser_core.methods.dnn import Dnn
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.fairper import FairPer
from fairser_core.methods.fairrep import FairRep
from fairser_core.methods.lfr import Lfr
from fairser_core.methods.method import Method
from fairser_core.methods.nonadversarial import NonAdversarial
from fairser_core.methods.nrl import Nrl

ACTIVATION_METHODS: dict[str, type[ActivationMethod]] = {
    "baseline": Baseline,
    "adversarial": Adversarial,
    "nonadversarial": NonAdversarial,
}

EMOTION_METHODS: dict[str, type[EmotionMethod]] = {
    "dnn": Dnn,
    "lfr": Lfr,
    "nrl": Nrl,
    "fairrep": FairRep,
    "fairper": FairPer,
}

METHODS_OF: dict[str, Mapping[str, type[Method[Any, Any]]]] = {
    "activation": ACTIVATION_METHODS,
    "emotion": EMOTION_METHODS,
}
"""Methods of each task."""

METHODS = {name: kind for methods in METHODS_OF.values() for name, kind in methods.items()}
"""Methods of all tasks."""

__all__ = [
    "ACTIVATION_METHODS",
    "EMOTION_METHODS",
    "METHODS",
    "METHODS_OF",
    "ActivationMethod",
    "Adversarial",
    "Baseline",
    "Dnn",
    "EmotionMethod",
    "FairPer",
    "FairRep",
    "Lfr",
    "Method",
    "NonAdversarial",
    "Nrl",
]
