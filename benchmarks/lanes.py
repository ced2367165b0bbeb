"""One training step of the paper's network: a loop over lanes against one vmap.

python benchmarks/lanes.py [--lanes 3] [--batch 200] [--threads 1]

The variants take turns in one run, so that a noisy machine slows each alike. The result is the
ratio of the second to the first.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from fairser_core.datasets.activation import Problem
from fairser_core.lanes import lanes
from fairser_core.methods import methods_of
from fairser_core.methods.activation_method import Batch

PROBLEM = Problem(24, 279, 4.2, 1.1, 3.5, 0.5)


def step(method_name: str, count: int, batch: int, vectorise: bool) -> Callable[[], object]:
    """Return a function that computes the gradients of `count` lanes once."""
    method = methods_of("activation")[method_name]()
    generators = [torch.Generator().manual_seed(seed) for seed in range(count)]
    networks = lanes.stack([method.init(PROBLEM, g) for g in generators])
    drawn = [method.draws(PROBLEM, batch, {"dropout": g}) for g in generators]
    target = torch.randn(count, batch) + 4
    female = (torch.rand(count, batch) < 0.2).float()
    windows = torch.randn(count, batch, 1, 24, 279)
    groups = torch.stack([female, 1 - female], dim=-1)
    data = Batch(windows, target, (target > 3.5).float(), groups)
    active = torch.ones(count, dtype=torch.bool)
    (descent,) = method.descents()
    return lambda: lanes.each_lane(
        lambda nets, part, draws: descent(nets, part, draws, PROBLEM, 1),
        [networks, data, torch.stack(drawn)],
        active,
        vectorise=vectorise,
    )


def main() -> None:
    """Print the time of a step and the ratio of the vectorised step to the loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lanes", type=int, default=3)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in methods_of("activation"):
        variants = {
            label: step(name, options.lanes, options.batch, vectorise)
            for label, vectorise in (("loop, channels_last", False), ("one vmap", True))
        }
        seconds: dict[str, list[float]] = {label: [] for label in variants}
        for turn in range(options.rounds + 1):
            for label, run in variants.items():
                start = time.perf_counter()
                run()
                if turn:  # the first warms up
                    seconds[label].append(time.perf_counter() - start)
        loop, vmapped = (statistics.median(values) for values in seconds.values())
        ratios = [b / a for a, b in zip(*seconds.values(), strict=True)]
        print(
            f"{name:15} {options.lanes} lanes: loop {1e3 * loop:6.0f} ms, "
            f"vmap {1e3 * vmapped:6.0f} ms, ratio {statistics.median(ratios):.1f} "
            f"({min(ratios):.1f} to {max(ratios):.1f})"
        )


if __name__ == "__main__":
    main()
