"""The job for Slurm, with stand-ins for Slurm's own commands."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import ROOT

SCRIPT = (ROOT / "slurm.sbatch").read_text()
OPTIONS = re.compile(r"search=\(.*?\n\)\n", re.DOTALL)
SLURM = {
    "srun": 'while [[ "$1" == --* ]]; do shift; done; SLURM_NODEID=0 exec "$@"',
    "scontrol": 'if [ "$1" = show ]; then echo 127.0.0.1; else echo "$@" >> requests; fi',
}
STUBS = {
    "ray": 'echo "$@" >> ray; [ "$1" != start ] || exec sleep 60',
    "fairser": 'echo "$@" >> fairser; mkdir -p results/podcast; touch results/podcast/sweep.json\n'
    'trap "echo interrupted >> fairser; exit 130" TERM\n'
    'while [ -e long ]; do sleep 0.1; done',
}  # fmt: skip


def put(folder: Path, programs: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, line in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{line}\n")
        (folder / name).chmod(0o755)


def submit(folder: Path, script: str) -> subprocess.Popen[str]:
    """Start the job as Slurm would on one node."""
    put(folder / "slurm", SLURM)
    (folder / "job").write_text(script)
    return subprocess.Popen(
        ["bash", str(folder / "job")],
        env={
            **os.environ,
            "PATH": f"{folder / 'slurm'}:{os.environ['PATH']}",
            "SLURM_SUBMIT_DIR": str(folder),
            "SLURM_JOB_ID": str(os.getpid()),
            "SLURM_JOB_NODELIST": "here",
            "SLURM_NNODES": "1",
            "SLURM_CPUS_PER_TASK": "2",
        },
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose Ray and fairser only record how they were called."""
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path / ".venv" / "bin", STUBS)
    return tmp_path


def finish(folder: Path) -> str:
    job = submit(folder, SCRIPT)
    output, _ = job.communicate(timeout=60)
    assert job.returncode == 0, output
    return (folder / "fairser").read_text()


def test_a_job_begins_a_sweep_and_the_same_command_resumes_it(folder: Path) -> None:
    address = f"127.0.0.1:{20000 + os.getpid() % 10000}"
    where = f"--results {folder}/results --address {address} --wait-for-nodes\n"
    begun = (
        f"run --space adversarial --corpus msp_podcast --corpus-dir {folder}/MSP-Podcast "
        f"--gpus-per-trial 0.25 --name podcast {where}"
    )
    assert finish(folder) == begun
    assert finish(folder) == f"{begun}run --resume podcast {where}"
    head, *_ = [line for line in (folder / "ray").read_text().splitlines() if "start" in line]
    assert head.startswith(f"start --head --port={address.rpartition(':')[2]} ")
    assert "--num-cpus=2 --num-gpus=0" in head
    assert not (folder / "requests").exists()


def test_a_job_whose_time_is_up_ends_the_sweep_and_asks_for_its_turn_again(folder: Path) -> None:
    (folder / "long").touch()
    job = submit(folder, SCRIPT)
    for _ in range(200):
        if (folder / "fairser").exists():
            break
        time.sleep(0.05)
    time.sleep(0.5)  # until the script waits
    job.send_signal(signal.SIGUSR1)
    output, _ = job.communicate(timeout=30)
    assert (folder / "fairser").read_text().endswith("interrupted\n"), output
    assert (folder / "requests").read_text() == f"requeue {os.getpid()}\n"
    (folder / "long").unlink()
    assert "\nrun --resume podcast " in finish(folder)


def test_the_token_is_made_once(folder: Path) -> None:
    finish(folder)
    (folder / ".ray").mkdir()
    (folder / ".ray" / "auth_token").write_text("abc")
    finish(folder)
    assert (folder / "ray").read_text().count("get-auth-token --generate") == 1


def test_what_a_user_changes_is_marked() -> None:
    fields = ("nodes", "cpus-per-task", "gpus-per-node", "time")
    for field in fields:
        assert re.search(rf"^#SBATCH --{field}=\S+ +# change", SCRIPT, re.MULTILINE)
    for variable in ("name", "search", "results"):
        assert re.search(rf"^{variable}=.* # change", SCRIPT, re.MULTILINE)


@pytest.mark.ray
@pytest.mark.slow  # a minute and a half: Ray and a sweep, twice; quick: the tests above
def test_a_job_searches_and_the_next_one_goes_on(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    script = OPTIONS.sub("search=(--smoke)\n", SCRIPT)
    assert "--corpus" not in script
    trials = []
    for _ in range(2):
        job = submit(tmp_path, script)
        output, _ = job.communicate(timeout=280)
        assert job.returncode == 0, output
        assert (tmp_path / "results" / "podcast" / "front.json").exists()
        log = (tmp_path / "results" / "podcast" / "trials.jsonl").read_text()
        trials.append(log.count('"suggested"'))
    assert trials[0] >= 3
    assert trials[1] == trials[0]  # the sweep was done: the second job resumed it, and trained none
    shutil.rmtree(f"/tmp/ray-{os.getpid()}", ignore_errors=True)
