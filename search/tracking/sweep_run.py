"""MLflow store of a sweep, and the params and tags of the sweep's run."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from search.presentation.front_files import front_files
from search.space.domains import domain_table
from search.space.space import Space
from search.store.local_storage import LocalStorage
from search.store.storage import Storage
from search.sweep.sweep import Sweep
from search.terminal.credentials import check_address
from search.tracking.corpus_input import CorpusInput
from search.tracking.description import About
from search.tracking.experiment_page import experiment_tags, front_view, view_page
from search.tracking.mirror import Tracking
from search.tracking.moved import FOLDER
from search.tracking.store import RunStore, as_tracking_error
from search.verdict.subject import MemberTests, subject_of

LOCAL_SERVER = "http://127.0.0.1:5000"  # of `mlflow ui` without options


@dataclass(frozen=True)
class StoreAddress:
    """Address of an MLflow store.

    Attributes:
        uri: tracking URI.
        artifacts: folder or URI of a new experiment's artifacts; None leaves the choice to MLflow's
            server.
        bounds: folder that artifacts may not leave; None for a store that the user named.
    """

    uri: str
    artifacts: str | None
    bounds: Path | None = None


def store_address(tracking_uri: str | None, results: Storage) -> StoreAddress:
    """Return the address of the store of sweeps.

    Args:
        tracking_uri: tracking URI of the user; None for a database in the results folder.
        results: folder of all sweeps.

    Raises:
        StorageError: the database in the results folder is a link that leads out of it.
        ValueError: the URI has credentials that are not percent-encoded.
    """
    if tracking_uri is not None:
        check_address(tracking_uri)
        local = tracking_uri.startswith("sqlite:")
        return StoreAddress(tracking_uri, results.where(FOLDER) if local else None)
    folder = (
        results if isinstance(results, LocalStorage) else LocalStorage(Path("results").absolute())
    )
    folder.path.mkdir(parents=True, exist_ok=True)
    bounds = folder.path if folder is results else None
    return StoreAddress(f"sqlite:///{folder.inside('mlflow.db')}", results.where(FOLDER), bounds)


def run_store(sweep: Sweep, store: StoreAddress) -> RunStore:
    """Open the runs of a sweep.

    Raises:
        TrackingError: the store cannot be used.
    """
    return RunStore(
        store.uri, sweep.space.name, sweep.facts.id, store.artifacts, bounds=store.bounds
    )


def track(sweep: Sweep, store: StoreAddress, tests: MemberTests | None = None) -> Tracking:
    """Open the mirror of a sweep in MLflow.

    Args:
        sweep: sweep to mirror.
        store: address of the MLflow store.
        tests: tests of the members, which the verdict states.
    """
    corpus, folder = sweep.facts.inputs.corpus.name, sweep.folder.where()
    subject = dataclasses.replace(subject_of(sweep, tests), address=folder)  # pages open anywhere
    return Tracking(
        store.uri,
        space=sweep.space.name,
        sweep=sweep.facts.id,
        tags=_tags(sweep),
        params=_params(sweep),
        artifact_location=store.artifacts,
        about=About(
            searched_text(sweep.space, corpus),
            folder,
            subject if sweep.space.search else None,
        ),
        experiment_tags=experiment_tags(sweep.space, sweep.facts.id, sweep.name),
        corpus=_corpus_input(sweep),
        bounds=store.bounds,
    )


def _corpus_input(sweep: Sweep) -> CorpusInput:
    corpus = sweep.facts.inputs.corpus
    return CorpusInput(corpus.name, corpus.fingerprint, corpus.utterances)


def front_address(sweep: Sweep, store: StoreAddress) -> str:
    """Return the address of the page that shows a sweep's front.

    Raises:
        TrackingError: the store cannot be used.
    """
    server = store.uri if store.uri.startswith("http") else LOCAL_SERVER
    experiment = run_store(sweep, store).experiment
    return f"{server.rstrip('/')}/{view_page(experiment, front_view(sweep.facts.id))}"


def _tags(sweep: Sweep) -> dict[str, str]:
    facts = sweep.facts
    corpus, pretrained, stage1 = facts.inputs.corpus, facts.inputs.pretrained, facts.stage1
    tags = {
        "mlflow.runName": sweep.name,
        "trials": str(sweep.space.budget.trials),  # a tag: --resume may raise it
        "corpus": corpus.name,
        "corpus_fingerprint": corpus.fingerprint,
        "git_revision": facts.git.revision if facts.git else "",
        **{f"version.{name}": version for name, version in facts.versions.items()},
        **facts.tags,
    }
    if pretrained:
        tags["checkpoint"] = pretrained.fingerprint
    if stage1:
        tags["stage1"] = f"{stage1.sweep}/{stage1.member}"
        tags["stage1_digest"] = stage1.digest
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
        "sampler": sweep.policy.sampler,
        "stopping": sweep.policy.stopping,
        **sweep.space.fixed,
        **{
            f"{table}.{key}": value
            for table, settings in sweep.space.task_settings.items()
            for key, value in dataclasses.asdict(settings).items()
        },
    }
    return {key: str(value) for key, value in params.items()}


def searched_text(space: Space, corpus: str) -> str:
    """Return a sentence on the method, the corpus and the searched domains."""
    domains = []
    for key, domain in space.search.items():
        table = domain_table(domain)
        values = ", ".join(map(str, table.get("choices", [])))
        scale = ", logarithmic" if table.get("log") else ""
        bounds = f"one of {values}" if values else f"{table['low']:g} to {table['high']:g}{scale}"
        domains.append(f"`{key}` ({bounds})")
    search = f"searched: {', '.join(domains)}" if domains else "nothing is searched"
    return f"Method `{space.method}` on corpus {corpus}; {search}."


def restore_tracking(
    sweep: Sweep, store: StoreAddress, tests: MemberTests | None = None
) -> Tracking:
    """Write a finished sweep to MLflow, unless MLflow holds all of it.

    Args:
        sweep: finished sweep.
        store: address of the MLflow store.
        tests: tests of the members; with them the sweep is written again.
    """
    tracking = track(sweep, store, tests)
    if tests or not tracking.finished:
        front, history = sweep.front(), sweep.history()
        files = front_files(front, history, sweep.name)
        tracking.update(sweep.log.trials, front, history or [], files)
    tracking.close("finished")
    return tracking


def track_report(sweep: Sweep, store: StoreAddress, files: Mapping[str, bytes]) -> bool:
    """Upload files to a sweep's run; return False if MLflow has no run of the sweep.

    Raises:
        TrackingError: the store cannot be used.
    """
    database = store.uri.removeprefix("sqlite:///")
    if "://" not in database and not Path(database).exists():
        return False  # no database is made for this
    runs = run_store(sweep, store)
    if not runs.status:
        return False
    with as_tracking_error():
        runs.upload(runs.run(None), files)
    return True
