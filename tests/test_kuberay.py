"""The job for Kubernetes: against KubeRay's schema, and what its entry point runs."""

import copy
import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ray
import yaml

from search.arguments.search_arguments import parse
from tests.support import ROOT

TEXT = (ROOT / "kuberay.yaml").read_text()
JOB = yaml.safe_load(TEXT)
SCHEMA = json.loads((ROOT / "tests" / "data" / "kuberay.json").read_text())
CLUSTER = JOB["spec"]["rayClusterSpec"]


def containers() -> list[dict[str, Any]]:
    groups = [CLUSTER["headGroupSpec"], *CLUSTER["workerGroupSpecs"]]
    return [pod for group in groups for pod in group["template"]["spec"]["containers"]]


def test_the_job_is_valid_against_kuberays_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(JOB, SCHEMA)


@pytest.mark.parametrize("change", [
    lambda job: job["spec"].update(entryPoint="true"),
    lambda job: job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0].update(minReplicas="0"),
    lambda job: job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0].pop("groupName"),
    lambda job: job["spec"]["rayClusterSpec"]["headGroupSpec"].update(rayStartParams={"a": 0}),
])  # fmt: skip
def test_a_field_that_kuberay_would_refuse_is_refused(change: Callable[[Any], None]) -> None:
    job = copy.deepcopy(JOB)
    change(job)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(job, SCHEMA)


def ran(folder: Path) -> list[str]:
    """Return the arguments with which the entry point runs fairser."""
    (folder / "fairser").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (folder / "fairser").chmod(0o755)
    command = JOB["spec"]["entrypoint"].replace("/data/", f"{folder}/")
    done = subprocess.run(
        command, shell=True, env={"PATH": f"{folder}:/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_entry_point_begins_a_sweep_and_resumes_it_after_a_failure(tmp_path: Path) -> None:
    command, *begun = ran(tmp_path)
    assert command == "run"
    request = parse(begun)
    assert (request.resume, request.given["gpus_per_trial"]) == (None, 0.25)
    (tmp_path / "results" / "podcast").mkdir(parents=True)
    (tmp_path / "results" / "podcast" / "sweep.json").touch()
    _, *resumed = ran(tmp_path)
    assert shlex.join(resumed) == (f"--resume podcast --results {tmp_path}/results --address auto")
    assert parse(resumed).resume == "podcast"


def test_workers_start_on_demand_and_the_head_takes_no_gpu() -> None:
    assert CLUSTER["enableInTreeAutoscaling"]
    assert CLUSTER["headGroupSpec"]["rayStartParams"] == {"num-gpus": "0"}
    assert [group["minReplicas"] for group in CLUSTER["workerGroupSpecs"]] == [0]
    assert CLUSTER["authOptions"] == {"mode": "token"}


def test_all_pods_share_the_image_the_folder_and_the_key_that_signs_sweeps() -> None:
    assert len({pod["image"] for pod in containers()}) == 1
    for pod in containers():
        assert {"name": "XDG_STATE_HOME", "value": "/data/state"} in pod["env"]
        assert pod["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]


def test_the_version_of_ray_is_one_that_is_tested() -> None:
    assert CLUSTER["rayVersion"].split(".")[:2] == ray.__version__.split(".")[:2]
    assert f"FROM rayproject/ray:{CLUSTER['rayVersion']}-py311-gpu" in TEXT


def test_what_a_user_changes_is_marked() -> None:
    for field in ("image: ", "maxReplicas: ", "claimName: ", "resources:", "fairser run "):
        lines = [line for line in TEXT.splitlines() if field in line and not line.startswith("#")]
        assert lines
        assert all("# change" in line for line in lines)
