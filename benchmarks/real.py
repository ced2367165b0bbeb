"""Real sweeps: fairser's default against random search and plain Optuna, on one budget of epochs.

python benchmarks/real.py --corpus ravdess --corpus-dir PATH [--repetitions 2]

Each search runs `search/run.py` as a user would; further options behind `--` are passed on. What
is compared is the hypervolume of each front after its members were trained again with fresh seeds,
the same for all searches of a repetition. Finished sweeps are found again, so an interrupted
benchmark resumes.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
# All with three fresh seeds, so that the baseline, and with it the floor, is the same.
CHECK = ("--check-seeds", "3")
ALONE = (*CHECK, "--scheduler", "none", "--race-seeds", "1")
SEARCHES: dict[str, tuple[str, ...]] = {
    "fairser": (*CHECK, "--race-seeds", "3"),
    "Optuna TPE, no stopping, one seed": ("--sampler", "tpe", *ALONE),
    "random, no stopping, one seed": ("--sampler", "random", *ALONE),
}


def sweep(name: str, options: list[str], results: Path) -> dict[str, float]:
    """Run or resume a sweep to its end; return its claimed and fresh hypervolume."""
    folder = results / name
    begun = (folder / "sweep.json").exists()
    command = ["--resume", name] if begun else ["--name", name, *options]
    script = str(ROOT / "search" / "run.py")
    subprocess.run(
        [sys.executable, script, *command, "--results", str(results)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    front = json.loads((folder / "front.json").read_text())
    checked: dict[str, float] = front["checked"] or {"claimed": 0.0, "fresh": 0.0}
    return checked


def main() -> int:
    """Run all searches, print each result, then a line for each search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="demo")
    parser.add_argument("--corpus-dir")
    parser.add_argument("--repetitions", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("results-real"))
    parser.add_argument("rest", nargs="*", help="options of search/run.py, behind --")
    options = parser.parse_args()
    corpus = ["--corpus", options.corpus]
    corpus += ["--corpus-dir", options.corpus_dir] if options.corpus_dir else []
    results: dict[str, list[dict[str, float]]] = {name: [] for name in SEARCHES}
    for repetition in range(options.repetitions):
        for place, (name, own) in enumerate(SEARCHES.items()):
            given = [*corpus, "--seed", str(repetition), *own, *options.rest]
            results[name].append(sweep(f"real-{repetition}-{place}", given, options.results))
            print(f"repetition {repetition}, {name}: {results[name][-1]}", flush=True)
    for name, rows in results.items():
        fresh, claimed = (np.array([row[key] for row in rows]) for key in ("fresh", "claimed"))
        each = " ".join(f"{value:.4f}" for value in fresh)
        print(f"{name:36} fresh {fresh.mean():.4f} ({each}), claimed {claimed.mean():.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
