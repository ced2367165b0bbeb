"""Methods: one system of the papers, one file, with its settings, networks and objective.

To add a method: its file, a line in a table here, and a space. The order of the tables is that of
the papers' tables.
"""

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

METHODS: dict[str, type[ActivationMethod] | type[EmotionMethod]] = {
    **ACTIVATION_METHODS,
    **EMOTION_METHODS,
}

__all__ = [
    "ACTIVATION_METHODS",
    "EMOTION_METHODS",
    "METHODS",
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
