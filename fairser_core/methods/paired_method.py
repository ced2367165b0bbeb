"""What the methods share that compare women's and men's perception in every step."""

from dataclasses import dataclass

from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import require


@dataclass(frozen=True, kw_only=True)
class PairedMethod(EmotionMethod):
    """A method that takes pairs of utterances beside each batch, one of either aligned gender.

    Attributes:
        pairs: utterances of either aligned gender in a step.
    """

    pairs: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.pairs >= 2, "pairs", ">= 2", self.pairs)

    @property
    def extra_pairs(self) -> int:
        """As `EmotionMethod` asks."""
        return self.pairs
