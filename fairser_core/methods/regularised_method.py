"""What the methods share that are trained with dropout and weight decay."""

from dataclasses import dataclass

from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import require
from fairser_core.networks.networks import Parameters


@dataclass(frozen=True, kw_only=True)
class RegularisedMethod(EmotionMethod):
    """A method with the regularisation of Chien & Lee, who have weight decay as "decay factor".

    Attributes:
        dropout: share of units dropped.
        weight_decay: of all parameters, added to their gradient (L2 regularisation).
    """

    dropout: float = 0.2
    weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 <= self.dropout < 1, "dropout", "in [0, 1)", self.dropout)
        require(self.weight_decay >= 0, "weight_decay", ">= 0", self.weight_decay)

    def decayed(self, gradient: Parameters, parameters: Parameters) -> Parameters:
        """The gradient with weight decay in it, as torch's Adam adds it."""
        return {
            name: slope + self.weight_decay * parameters[name] for name, slope in gradient.items()
        }
