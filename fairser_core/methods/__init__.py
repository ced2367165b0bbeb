"""One system of the papers, one file: settings, nets, objective."""

from fairser_core.methods.adversarial import Adversarial
from fairser_core.methods.baseline import Baseline
from fairser_core.methods.method import Method
from fairser_core.methods.nonadversarial import NonAdversarial

METHODS: dict[str, type[Method]] = {
    "baseline": Baseline,
    "adversarial": Adversarial,
    "nonadversarial": NonAdversarial,
}
