import contextlib
import fcntl
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from search.front.configurations import Configurations
from search.front.floors import Floor
from search.front.front import Front, build
from search.front.history import Moment
from search.reporting.sweep_source import Source, source_of
from search.store.local_storage import LocalStorage
from search.store.trials import EpochRecord, Purpose, TrialRecord, TrialState
from search.tracking.database import prepare_database
from tests.support.report_source import alone, report_source

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]
MakeMoments = Callable[..., list[Moment]]


def _trial(
    number: int,
    ccc: float = 0.7,
    gap: float = 0.3,
    *,
    epochs: int = 2,
    state: TrialState = "complete",
    reason: str = "",
    diverged: bool = False,
    purpose: Purpose = "search",
    seeds: Sequence[int] = (0, 1, 2),
    limit: int = 10,
    of: int | None = None,
    worst: float | None = None,
) -> TrialRecord:
    """A trial of three lanes 0.01 apart in CCC and 0.02 in the gap, at its best in the end.

    `of` names the trial whose values it trains again, `worst` is the least recall.
    """
    values = {"alpha0": 0.123456 * ((number if of is None else of) + 1)}
    trial = TrialRecord(number, values, list(seeds), purpose, limit, state, reason)  # type: ignore[arg-type]
    for epoch in range(1, epochs + 1):
        now = ccc - 0.05 * (epochs - epoch)
        means = {"ccc": (now, 0.01), "recall_gap": (gap, 0.02), "tpr_diff": (-gap, 0.03)}
        if worst is not None:
            means["worst_recall"] = worst, 0.0
        metrics, lanes = {}, {}
        for name, (mean, spread) in means.items():
            metrics |= {name: mean, f"{name}_sd": spread}
            lanes[name] = [mean - spread, mean, None if diverged else mean + spread]
        trial.epochs.append(EpochRecord(epoch, metrics, lanes, {"ccc": 1 - now}, 0.5))  # type: ignore[arg-type]
    return trial


def _front(
    trials: Iterable[TrialRecord],
    objectives: tuple[str, ...] = ("ccc", "recall_gap"),
    floors: Sequence[Floor] = (),
) -> Front:
    """Their front above 75 % of a baseline of CCC 0.8, and further floors."""
    baseline = {"ccc": 0.8, "ccc_sd": 0.02, "recall_gap": 0.5, "recall_gap_sd": 0.1}
    reference = {"ccc": 0.0, "recall_gap": 1.0, "tpr_diff": 1.0, "ccc_female": 0.0}
    trained = Configurations().update(trials)
    return build(trained, objectives, reference, [Floor("ccc", 0.75, 0.8), *floors], baseline)


def _moments(trials: Iterable[TrialRecord]) -> list[Moment]:
    """As if they had run one after the other, a minute each."""
    before: list[TrialRecord] = []
    moments = []
    for trial in trials:
        before.append(trial)
        if trial.state == "running":
            continue
        over = [t for t in before if t.state != "running"]
        front = _front(over)
        moments.append(
            Moment(
                trials=len(over),
                lane_epochs=sum(t.trained for t in before),
                seconds=60.0 * len(over),
                hypervolume=front.hypervolume,
                front_size=len(front.members),
            )
        )
    return moments


@pytest.fixture(autouse=True)
def signals_are_heard_as_before() -> Iterator[None]:
    """A command that a test runs in its own process leaves no handlers behind."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def make_trial() -> MakeTrial:
    return _trial


@pytest.fixture(scope="session")
def make_front() -> MakeFront:
    return _front


@pytest.fixture(scope="session")
def make_moments() -> MakeMoments:
    return _moments


@contextlib.contextmanager
def alone_among_processes(folder: Path, name: str) -> Iterator[None]:
    """Hold a lock of the run of pytest: the second process finds what the first has made."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def empty_database(shared_folder: Path) -> Path:
    """An MLflow store without runs; making one takes five seconds of a processor."""
    path = shared_folder / "mlflow" / "mlflow.db"
    with alone_among_processes(shared_folder, "mlflow"):
        prepare_database(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Path:
    """An MLflow store of the test's own; making one takes seconds, copying one does not."""
    return Path(shutil.copy(empty_database, tmp_path / "mlflow.db"))


@pytest.fixture
def results_database(empty_database: Path, tmp_path: Path) -> Path:
    """An MLflow store where a command that runs in `tmp_path` looks for one."""
    (tmp_path / "results").mkdir(exist_ok=True)
    return Path(shutil.copy(empty_database, tmp_path / "results" / "mlflow.db"))


@pytest.fixture(scope="session")
def report_results(shared_folder: Path) -> Path:
    """A results folder with the sweeps `toy` and `other`, which no test may change."""
    results = shared_folder / "report"
    with alone_among_processes(shared_folder, "report"):
        if not results.exists():
            made = shared_folder / "unfinished-report"
            report_source(made)
            report_source(made, "other", "nonadversarial", train=alone)
            made.rename(results)
    return results


@pytest.fixture(scope="session")
def toy(report_results: Path) -> Source:
    """Of the space `adversarial`."""
    return source_of("toy", LocalStorage(report_results))


@pytest.fixture(scope="session")
def other(report_results: Path) -> Source:
    """Of the space `nonadversarial`, which searches a single value."""
    return source_of("other", LocalStorage(report_results))
