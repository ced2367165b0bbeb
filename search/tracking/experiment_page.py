"""MLflow page of an experiment: its description and the views of its runs."""

import json
from collections.abc import Sequence
from typing import Any

from fairser_core.metrics.directions import DIRECTIONS
from search.space.space import Space
from search.tracking.changes import STANDING

FRONT, ALL = "fairser-front", "fairser-trials"
VIEWS = {FRONT: "Pareto front", ALL: "all trials"}

# Prefix of the tags in which MLflow's page keeps saved views. MLflow versions without views treat
# them as plain tags.
_VIEW_TAG = "mlflow.sharedViewState."


def experiment_tags(space: Space) -> dict[str, str]:
    """Return the tags of the experiment of a space's sweeps."""
    return {
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.note.content": (
            f"Sweeps of the space `{space.name}`, each a run with a nested run per trial. Choose "
            f"**Model training** at the top left, then *{VIEWS[FRONT]}* under *Views*."
        ),
        f"{_VIEW_TAG}{FRONT}": _view(FRONT, space, "tags.pareto = 'true'"),
        f"{_VIEW_TAG}{ALL}": _view(ALL, space, "tags.purpose = 'search'"),
    }


def page(experiment: str, path: str, query: str = "") -> str:
    """Return the address of an MLflow page without the menus for language models."""
    return f"#/experiments/{experiment}/{path}?{query}workflowType=machine_learning"


def view_page(experiment: str, view: str) -> str:
    """Return the address of an experiment's runs in a view."""
    return page(experiment, "runs", f"viewStateShareKey={view}&")


def _view(key: str, space: Space, runs: str) -> str:
    """Return a view in MLflow's format."""
    fairness = space.objectives[-1]
    state = {
        "searchFilter": runs,
        "orderByKey": f"metrics.`{STANDING}{fairness}`",
        "orderByAsc": DIRECTIONS[fairness] != "maximize",
        "selectedColumns": _columns(space.objectives, list(space.search)),
    }
    envelope: dict[str, Any] = {"name": VIEWS[key], "createdAt": 0, "updatedAt": 0}
    return json.dumps({**envelope, "state": json.dumps(state)})


def _columns(objectives: Sequence[str], searched: Sequence[str]) -> list[str]:
    metrics = [f"{STANDING}{name}" for name in [*objectives, "epoch", "seeds"]]
    tags = ["pareto", "feasible", "members", "state"]
    return [
        *(f"metrics.`{name}`" for name in metrics),
        *(f"params.`{name}`" for name in ["method", *searched]),
        *(f"tags.`{name}`" for name in tags),
    ]
