"""Where a sweep is tracked, and what MLflow is told of it as a whole."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search.space.domains import domain_table
from search.space.space import Space
from search.space.tasks import TASKS
from search.store.storage import LocalStorage, Storage
from search.sweep.sweep import Sweep
from search.tracking.description import About
from search.tracking.experiment_page import experiment_tags
from search.tracking.mirror import Tracking
from search.tracking.store import RunStore, as_tracking_error


def tracking_uri(options: dict[str, Any], results: Storage) -> str:
    """Where MLflow writes."""
    if "tracking_uri" in options:
        return str(options["tracking_uri"])
    beside = results.path if isinstance(results, LocalStorage) else Path("results").absolute()
    beside.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{beside / 'mlflow.db'}"


def artifact_location(uri: str, results: Storage) -> str | None:
    """Where artifacts of a new experiment lie; None leaves that to MLflow's server."""
    return results.where("mlartifacts") if uri.startswith("sqlite:") else None


def run_store(sweep: Sweep, options: dict[str, Any], results: Storage) -> RunStore:
    """The runs of a sweep.

    Raises:
        TrackingError: the store cannot be used.
    """
    uri = tracking_uri(options, results)
    return RunStore(uri, sweep.space.name, sweep.facts["id"], artifact_location(uri, results))


def track(sweep: Sweep, uri: str, results: Storage) -> Tracking:
    """MLflow's view of a sweep."""
    corpus = sweep.facts["corpus"]["name"]
    return Tracking(
        uri,
        space=sweep.space.name,
        sweep=sweep.facts["id"],
        tags=_tags(sweep),
        params=_params(sweep),
        artifact_location=artifact_location(uri, results),
        about=About(searched_text(sweep.space, corpus), sweep.folder.where()),
        experiment_tags=experiment_tags(sweep.space),
    )


def _tags(sweep: Sweep) -> dict[str, str]:
    facts = sweep.facts
    git, checkpoint, stage1 = facts["git"] or {}, facts.get("checkpoint"), facts.get("stage1")
    tags = {
        "mlflow.runName": sweep.name,
        "trials": str(sweep.space.budget.trials),  # a tag: --resume may raise it
        "corpus": facts["corpus"]["name"],
        "corpus_fingerprint": facts["corpus"]["fingerprint"],
        "git_revision": git.get("revision", ""),
        **{f"version.{name}": version for name, version in facts["versions"].items()},
        **facts.get("tags", {}),
    }
    if checkpoint:
        tags["checkpoint"] = checkpoint["fingerprint"]
    if stage1:
        tags["stage1"] = f"{stage1['sweep']}/{stage1['member']}"
        tags["stage1_digest"] = stage1["digest"]
    return tags


def _params(sweep: Sweep) -> dict[str, str]:
    budget = sweep.space.budget
    params = {
        "method": sweep.space.method,
        "seed": sweep.seed,
        "epochs": budget.epochs,
        "seeds": budget.seeds,
        "race_seeds": budget.race_seeds,
        "check_seeds": budget.check_seeds,
        "sampler": sweep.sampler,
        "stopping": sweep.stopping,
        **sweep.space.fixed,
        **{
            f"{table}.{key}": value
            for table in TASKS[sweep.space.task].tables
            for key, value in dataclasses.asdict(getattr(sweep.space, table)).items()
        },
    }
    return {key: str(value) for key, value in params.items()}


def searched_text(space: Space, corpus: str) -> str:
    """What is searched, in a sentence."""
    domains = []
    for key, domain in space.search.items():
        table = domain_table(domain)
        values = ", ".join(map(str, table.get("choices", [])))
        scale = ", logarithmic" if table.get("log") else ""
        within = f"one of {values}" if values else f"{table['low']:g} to {table['high']:g}{scale}"
        domains.append(f"`{key}` ({within})")
    what = f"searched: {', '.join(domains)}" if domains else "nothing is searched"
    return f"Method `{space.method}` on corpus {corpus}; {what}."


def restore_tracking(sweep: Sweep, options: dict[str, Any], results: Storage) -> Tracking:
    """Write a finished sweep to MLflow if that has lost it or never had it."""
    tracking = track(sweep, tracking_uri(options, results), results)
    if not tracking.finished:
        tracking.update(sweep.log.trials, sweep.front(), sweep.history(), sweep.front_files())
    tracking.close("finished")
    return tracking


def track_report(
    sweep: Sweep, options: dict[str, Any], results: Storage, files: Mapping[str, bytes]
) -> bool:
    """Put files beside a sweep's run; False where MLflow does not know the sweep.

    Raises:
        TrackingError: the store cannot be used.
    """
    database = tracking_uri(options, results).removeprefix("sqlite:///")
    if "://" not in database and not Path(database).exists():
        return False  # and none is made for this
    store = run_store(sweep, options, results)
    if not store.status:
        return False
    with as_tracking_error():
        store.upload(store.run(None), files)
    return True
