import json
from pathlib import Path

import jsonschema
import ray.autoscaler
import yaml

from tests.support import ROOT

CLUSTER = yaml.safe_load((ROOT / "cluster.yaml").read_text())


def test_the_launcher_file_is_valid_against_rays_schema() -> None:
    schema = json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())
    jsonschema.validate(CLUSTER, schema)
    assert schema["additionalProperties"] is False  # the schema does refuse what it does not know


def test_the_launcher_file_survives_rays_preparation() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config({**CLUSTER, "file_mounts": {}}))


def test_the_head_has_no_gpu_and_the_workers_have() -> None:
    assert CLUSTER["head_node_type"] == "head"
    kinds = {
        n: t["node_config"]["InstanceType"] for n, t in CLUSTER["available_node_types"].items()
    }
    assert kinds["head"].startswith("m6i")
    assert kinds["gpu_worker"].startswith("g5")


def test_token_authentication_is_on_at_every_node() -> None:
    assert "/home/ubuntu/.ray/auth_token" in CLUSTER["file_mounts"]
    for role in ("head", "worker"):
        start = CLUSTER[f"{role}_start_ray_commands"][-1]
        assert start.startswith("RAY_AUTH_MODE=token ")


def test_every_node_installs_this_project_and_nothing_listens_to_the_world() -> None:
    assert CLUSTER["file_mounts"]["/home/ubuntu/fairser"] == "."
    assert any("pip install" in c and c.endswith("fairser") for c in CLUSTER["setup_commands"])
    assert "--dashboard-host=127.0.0.1" in CLUSTER["head_start_ray_commands"][-1]
