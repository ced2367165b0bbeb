import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from search.front import Floor, Front, build
from search.log import EpochRecord, TrialRecord, TrialState
from search.tracking_database import prepare_database

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def _trial(
    number: int,
    ccc: float = 0.7,
    gap: float = 0.3,
    *,
    epochs: int = 2,
    state: TrialState = "complete",
    reason: str = "",
    diverged: bool = False,
) -> TrialRecord:
    """A trial of three lanes 0.01 apart in CCC and 0.02 in the gap, at its best in the end."""
    trial = TrialRecord(number, {"alpha0": 0.123456 * (number + 1)}, [0, 1, 2], state, reason)
    for epoch in range(1, epochs + 1):
        now = ccc - 0.05 * (epochs - epoch)
        metrics = {"ccc": now, "ccc_sd": 0.01, "recall_gap": gap, "recall_gap_sd": 0.02}
        metrics |= {"tpr_diff": -gap, "tpr_diff_sd": 0.03}
        lanes: dict[str, list[float | None]] = {
            "ccc": [now - 0.01, now, None if diverged else now + 0.01]
        }
        trial.epochs.append(EpochRecord(epoch, metrics, lanes, {"ccc": 1 - now}, 0.5))
    return trial


def _front(
    trials: Iterable[TrialRecord], objectives: tuple[str, ...] = ("ccc", "recall_gap")
) -> Front:
    """Their front above 75 % of a baseline of CCC 0.8."""
    baseline = {"ccc": 0.8, "ccc_sd": 0.02, "recall_gap": 0.5, "recall_gap_sd": 0.1}
    reference = {"ccc": 0.0, "recall_gap": 1.0, "tpr_diff": 1.0}
    return build(trials, objectives, reference, Floor("ccc", 0.75, 0.8), baseline)


@pytest.fixture(scope="session")
def make_trial() -> MakeTrial:
    return _trial


@pytest.fixture(scope="session")
def make_front() -> MakeFront:
    return _front


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    prepare_database(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Path:
    """An MLflow store of the test's own; making one takes seconds, copying one does not."""
    return Path(shutil.copy(empty_database, tmp_path / "mlflow.db"))
