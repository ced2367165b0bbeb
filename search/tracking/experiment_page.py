"""MLflow page of an experiment: its description and the views of its runs."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from fairser_core.metrics.directions import DIRECTIONS
from search.space.space import Space
from search.tracking.changes import STANDING

FRONT, ALL = "fairser-front", "fairser-trials"
VIEWS = {FRONT: "Pareto fronts", ALL: "all trials"}
"""Views of all sweeps of a space; each sweep has a view of its front besides."""

VIEW_TAG = "mlflow.sharedViewState."
"""Prefix of the tags in which MLflow's page keeps saved views; older versions ignore them."""
MEMBERS = "tags.pareto = 'true'"
TRIALS = "tags.purpose = 'search'"
MOST = 1000  # runs in the scatter


def front_view(sweep: str) -> str:
    """Return the key of the view of a sweep's front.

    Args:
        sweep: tag of the sweep.
    """
    return f"{FRONT}-{hashlib.sha256(sweep.encode()).hexdigest()[:12]}"


def experiment_tags(space: Space, sweep: str, name: str) -> dict[str, str]:
    """Return the tags of the experiment of a space's sweeps.

    Args:
        space: space of the experiment.
        sweep: tag of a sweep, whose front gets a view.
        name: name of the sweep.
    """
    quote = '"' if "'" in sweep else "'"
    of_sweep = f"tags.`fairser.sweep` = {quote}{sweep}{quote}"
    return {
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.note.content": (
            f"Sweeps of the space `{space.name}`, each a run with a nested run per trial and per "
            "member of its front. Choose **Model training** at the top left, then a front under "
            "*Views*."
        ),
        f"{VIEW_TAG}{FRONT}": _view(VIEWS[FRONT], space, MEMBERS),
        f"{VIEW_TAG}{ALL}": _view(VIEWS[ALL], space, TRIALS),
        f"{VIEW_TAG}{front_view(sweep)}": _view(
            f"front of {name}", space, f"{of_sweep} and {MEMBERS}"
        ),
    }


def page(experiment: str, path: str, query: str = "") -> str:
    """Return the address of an MLflow page without the menus for language models."""
    return f"#/experiments/{experiment}/{path}?{query}workflowType=machine_learning"


def view_page(experiment: str, view: str) -> str:
    """Return the address of an experiment's runs in a view."""
    return page(experiment, "runs", f"viewStateShareKey={view}&")


def _view(name: str, space: Space, runs: str) -> str:
    """Return a view in MLflow's format: filter, order, columns, and a scatter of objectives.

    Candidates below a floor come last, because the metric of the order is NaN there.
    """
    fairness = space.objectives[-1]
    state = {
        "searchFilter": runs,
        "orderByKey": f"metrics.`{STANDING}{fairness}_feasible`",
        "orderByAsc": DIRECTIONS[fairness] != "maximize",
        "selectedColumns": _columns(space.objectives, list(space.search), runs == TRIALS),
        "runsHiddenMode": "SHOW_ALL",  # in charts, which otherwise show ten runs
        **_charts(space.objectives),
    }
    envelope: dict[str, Any] = {"name": name, "createdAt": 0, "updatedAt": 0}
    return json.dumps({**envelope, "state": json.dumps(state)})


def _charts(objectives: Sequence[str]) -> dict[str, Any]:
    """Return a section with a scatter of the first two objectives; none with one objective."""
    if len(objectives) < 2:
        return {}
    section = {"uuid": "fairser", "name": "objectives", "display": True, "isReordered": False}
    axes = [{"key": f"{STANDING}{name}_expected", "type": "METRIC"} for name in objectives[:2]]
    chart = {
        "uuid": "fairser-objectives",
        "type": "SCATTER",
        "metricSectionId": section["uuid"],
        "deleted": False,
        "isGenerated": False,
        "runsCountToCompare": MOST,
        "xaxis": axes[0],
        "yaxis": axes[1],
    }
    return {"compareRunCharts": [chart], "compareRunSections": [section]}


def _columns(objectives: Sequence[str], searched: Sequence[str], trials: bool) -> list[str]:
    names = [*(f"{name}_expected" for name in objectives), *objectives, "epoch", "seeds"]
    metrics = [f"{STANDING}{name}" for name in names]
    tags = ["feasible", "members", "state"] if trials else []
    return [
        *(f"metrics.`{name}`" for name in metrics),
        *(f"params.`{name}`" for name in ["method", *searched]),
        *(f"tags.`{name}`" for name in tags),
    ]
