"""Rungs of early stopping, and epochs to report to them."""

from collections.abc import Callable

from search.front.floors import Bounds
from search.planning.early_stopping import Rungs
from search.space.stopping import Stopping
from search.store.trials import EpochRecord

OBJECTIVES = ("ccc", "recall_gap")

Floors = Callable[[int], Bounds]


def record(epoch: int, ccc: float, gap: float, spread: float = 0.0, lanes: int = 4) -> EpochRecord:
    """Epoch with such means and spreads."""
    metrics = {"ccc": ccc, "ccc_sd": spread, "recall_gap": gap, "recall_gap_sd": spread}
    values: list[float | None] = [0.0] * lanes
    return EpochRecord(epoch, metrics, {"ccc": values, "recall_gap": values}, {}, 0.1)


def rungs(
    floors: Floors = lambda epoch: (),
    *,
    first: int = 1,
    factor: int = 2,
    noise: float = 0.0,
    epochs: int = 4,
) -> Rungs:
    """Rungs of both objectives."""
    return Rungs(Stopping(first / epochs, factor, noise), epochs, OBJECTIVES, floors)
