"""Rule of early stopping: the epochs at which trials are compared, and the strictness."""

from dataclasses import dataclass


def rung_epochs(first: int, factor: int, epochs: int) -> list[int]:
    """Return the rungs: epochs `first` times the powers of `factor`, below `epochs`.

    Multiplication is exact, where a quotient of logarithms may be off by one.
    """
    rungs = []
    while first < epochs:
        rungs.append(first)
        first *= factor
    return rungs


@dataclass(frozen=True)
class Stopping:
    """Rule by which trials are stopped.

    Attributes:
        warmup: share of the epochs before the first comparison. An early model has not learned
            anything yet and treats all groups alike.
        factor: number of trials of which one goes on, and ratio of each rung to the last.
        noise: standard errors that a trial may be off the rung's front and still go on.
    """

    warmup: float = 1 / 3
    factor: int = 2
    noise: float = 1.0

    def __post_init__(self) -> None:
        for name in ("warmup", "noise"):
            value = getattr(self, name)
            if type(value) not in (int, float):
                raise ValueError(f"`{name}` must be a number, got {value!r}")
        if type(self.factor) is not int:
            raise ValueError(f"`factor` must be a whole number, got {self.factor!r}")
        # Written so that NaN is refused.
        for holds, name, rule in (
            (0 < self.warmup < 1, "warmup", "in (0, 1)"),
            (self.factor >= 2, "factor", ">= 2"),
            (self.noise >= 0, "noise", ">= 0"),
        ):
            if not holds:
                raise ValueError(f"`{name}` must be {rule}, got {getattr(self, name)}")

    def rungs(self, epochs: int) -> list[int]:
        """Return the rungs of a trial of `epochs` epochs."""
        return rung_epochs(max(round(self.warmup * epochs), 1), self.factor, epochs)
