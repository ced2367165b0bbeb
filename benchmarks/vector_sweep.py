"""A whole sweep on vectors of a large corpus: wall seconds of 100 trials.

python benchmarks/vector_sweep.py [--utterances 15000] [--trials 100]

Writes a manifest of vectors of 768 values, of which some follow the label, and searches the space
adversarial_vectors on it, 30 epochs a trial. The vectors are drawn: nothing is learned from what
comes out but the time.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
VALUES, SPEAKERS = 768, 300


def write_corpus(folder: Path, count: int) -> Path:
    """Write vectors and their manifest, and return its path."""
    rng, rows = np.random.default_rng(0), []
    for number in range(count):
        speaker, label = number % SPEAKERS, rng.uniform(1, 7)
        vector = rng.normal(size=VALUES).astype(np.float32)
        vector[:32] += (label - 4) / 4
        np.save(folder / f"{number:06d}.npy", vector[None])
        split = ("train", "train", "train", "validation", "test")[speaker // 2 % 5]
        gender = ("female", "male")[speaker % 2]
        rows.append((f"{number:06d}.npy", f"s{speaker}", gender, f"{label:.2f}", split))
    path = folder / "vectors.csv"
    with path.open("w", newline="") as file:
        header = ("features", "speaker", "gender", "activation", "split")
        csv.writer(file).writerows([header, *rows])
    return path


def search(folder: Path, manifest: Path, trials: int) -> float:
    """Run the sweep, and return its wall seconds."""
    command = [
        sys.executable, "search/run.py", "--space", "adversarial_vectors", "--name", "vectors",
        "--corpus", "manifest", "--corpus-dir", str(manifest), "--scale", "1,7", "--set", "layer=0",
        "--trials", str(trials), "--results", str(folder / "results"),
    ]  # fmt: skip
    began = time.perf_counter()
    cache = {"FAIRSER_CACHE": str(folder / "cache")}
    subprocess.run(command, cwd=ROOT, env={**os.environ, **cache}, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--utterances", type=int, default=15000)
    parser.add_argument("--trials", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = search(folder, write_corpus(folder, options.utterances), options.trials)
    print(f"{options.utterances:,} utterances, {options.trials} trials: {seconds / 60:.1f} minutes")


if __name__ == "__main__":
    main()
