"""Random streams of a lane: a generator for each use, so that no use disturbs another."""

import numpy as np
import torch

STREAMS = ("init", "shuffle", "dropout", "debias")
"""Uses of randomness. `debias` is for all draws that the method without de-biasing lacks."""
Streams = dict[str, torch.Generator]
"""Generator of each use."""


def generators(seed: int, part: tuple[int, ...] = ()) -> Streams:
    """Make one independent generator for each use of randomness in a lane.

    All are on the CPU, so that a lane draws the same numbers on every device.

    Args:
        seed: of the lane.
        part: numbers that distinguish the lane from the others of its seed.
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
