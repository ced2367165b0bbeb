"""The chance of a lane: a generator for each use of it, so that no use disturbs another."""

import numpy as np
import torch

STREAMS = ("init", "shuffle", "dropout", "debias")
"""Uses of chance; the last is whatever a method draws that the one without de-biasing does not."""
Streams = dict[str, torch.Generator]


def generators(seed: int, part: tuple[int, ...] = ()) -> Streams:
    """One independent generator for each use of chance in the lane trained with `seed`.

    They live on the CPU, so a lane draws the same numbers on every device.

    Args:
        seed: of the lane.
        part: what tells it apart from other lanes of the same seed.
    """
    return {
        name: torch.Generator().manual_seed(
            int(
                np.random.SeedSequence(seed, spawn_key=(key, *part)).generate_state(1, np.uint64)[0]
                >> 1
            )
        )
        for key, name in enumerate(STREAMS)
    }
