"""Learning curves of many configurations, to compare searches without training.

python benchmarks/curves.py [--seeds 7] [--epochs 12]

Train a scrambled Sobol design of each de-biasing space on the demo corpus, and the baseline that
sets their floors, every configuration with every seed. Write each epoch's validation metrics to
benchmarks/curves.parquet. The command takes 90 minutes on two cores and resumes where it was
interrupted: trained curves stand in a .jsonl file beside the table until the table is whole.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from rich.progress import track

from fairser_core.corpora import READERS
from fairser_core.datasets.activation import Activation
from fairser_core.datasets.preparation import prepare_activation
from fairser_core.methods import METHODS
from fairser_core.training.fit import fit
from search.space.domains import sobol
from search.space.load import load
from search.space.space import Space
from search.sweep.prerequisites import baseline_space

TABLE = Path(__file__).with_suffix(".parquet")
CONFIGURATIONS = {"adversarial": 150, "nonadversarial": 50, "baseline": 1}
METRICS = (
    "ccc", "ccc_female", "ccc_male", "recall_gap",
    "recall_low_female", "recall_low_male", "recall_high_female", "recall_high_male",
)  # fmt: skip
DESIGN_SEED = 0


@dataclass(frozen=True)
class Work:
    """Configuration to train with every seed."""

    space: str
    number: int
    values: dict[str, Any]

    @property
    def key(self) -> tuple[str, int]:
        """Key of the configuration in the table."""
        return self.space, self.number


def space_of(name: str) -> Space:
    """Return a space for the demo corpus; `baseline` is the baseline of the others."""
    if name == "baseline":
        return baseline_space(load("adversarial", "demo"))
    return load(name, "demo")


def design() -> list[Work]:
    """Return all configurations, mixed so that half a table holds half of each space."""
    work = [
        Work(name, number, values)
        for name, count in CONFIGURATIONS.items()
        for number, values in enumerate(sobol(space_of(name).search, count, DESIGN_SEED))
    ]
    return sorted(work, key=lambda w: (w.number + 1) / CONFIGURATIONS[w.space])


_data: Activation | None = None


def _begin() -> None:
    """Make the arrays, once in each worker."""
    global _data
    torch.set_num_threads(1)
    space = space_of("baseline")
    corpus = READERS["demo"].read(None, threshold=None, skip_broken=False)
    _data = prepare_activation(corpus, space.features, space.task_settings["windows"])


def curves(work: Work, seeds: int, epochs: int) -> dict[str, Any]:
    """Train one configuration; return each metric as [epoch][seed], None where undefined."""
    assert _data is not None
    space = space_of(work.space)
    method = METHODS[space.method](**{**space.fixed, **work.values})
    rows: dict[str, list[list[float | None]]] = {name: [] for name in METRICS}
    for epoch in fit(method, _data, range(seeds), epochs=epochs):
        for name in METRICS:
            row = [float(value) for value in epoch.metrics[name]]
            rows[name].append([value if math.isfinite(value) else None for value in row])
    return {"space": work.space, "configuration": work.number, "values": work.values, **rows}


def rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a row per epoch and seed; a diverged training has no rows for later epochs."""
    for epoch, values in enumerate(record[METRICS[0]]):
        for seed in range(len(values)):
            yield {
                "space": record["space"],
                "configuration": record["configuration"],
                **record["values"],
                "seed": seed,
                "epoch": epoch + 1,
                **{name: record[name][epoch][seed] for name in METRICS},
            }


def table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the whole table, sorted, in single precision."""
    frame = pd.DataFrame([row for record in records for row in rows(record)])
    frame = frame.sort_values(["space", "configuration", "seed", "epoch"], ignore_index=True)
    numbers = frame.select_dtypes("number").columns.difference(["alpha0", "alpha1"])
    whole = ["configuration", "seed", "epoch"]
    kinds = {name: "int16" if name in whole else "float32" for name in numbers}
    return frame.astype({**kinds, "space": "category"})


def main() -> int:
    """Train the configurations that the partial file lacks, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    shape = {"seeds": options.seeds, "epochs": options.epochs}
    partial = options.out.with_suffix(".jsonl")
    lines = partial.read_text().splitlines() if partial.exists() else []
    if lines and json.loads(lines[0]) != shape:
        print(f"{partial} was begun with {lines[0]}, not {shape}: delete it or give the same")
        return 2
    if not lines:
        partial.write_text(json.dumps(shape) + "\n")
    records = [json.loads(line) for line in lines[1:]]
    known = {(record["space"], record["configuration"]) for record in records}
    left = [work for work in design() if work.key not in known]
    context = get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context, initializer=_begin) as pool:
        futures = [pool.submit(curves, work, **shape) for work in left]
        for future in track(as_completed(futures), "configurations", total=len(left)):
            records.append(future.result())
            with partial.open("a") as file:
                file.write(json.dumps(records[-1]) + "\n")
    table(records).to_parquet(options.out, compression="zstd", index=False)
    partial.unlink()
    print(f"{len(records)} configurations x {options.seeds} seeds x {options.epochs} epochs")
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
