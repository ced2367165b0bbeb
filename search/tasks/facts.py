"""Facts of a corpus, as sweep.json and MLflow hold them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class CorpusFacts:
    """Facts of a corpus.

    Attributes:
        name: of the corpus.
        fingerprint: digest of its tables and audio.
        notes: what its reader reports of it.
        utterances: number of utterances of each group that training tells apart.
        scale: least and largest label; None without activation.
        threshold: activation above it is high; None without activation.
        emotions: that are detected; None without ratings.
        perceived: sizes of the subsets S1 and S2; None without ratings.
        left_out: names of utterances that were left out because they could not be used; None if
            there are none. A sweep goes on without them, also once they can be used.
    """

    name: str
    fingerprint: str
    notes: tuple[str, ...] = ()
    utterances: Mapping[str, int] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    threshold: float | None = None
    emotions: tuple[str, ...] | None = None
    perceived: Mapping[str, int] | None = None
    left_out: tuple[str, ...] | None = None

    @property
    def level_threshold(self) -> float:
        """Activation above it is high; NaN without activation."""
        return math.nan if self.threshold is None else self.threshold

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON holds them, without those that the corpus does not have."""
        facts = {name: value for name, value in asdict(self).items() if value is not None}
        return {n: list(v) if isinstance(v, tuple) else v for n, v in facts.items()}
