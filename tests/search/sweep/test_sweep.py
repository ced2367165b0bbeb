import json
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import ray

from fairser_core.datasets.emotion import Emotion
from search.planning.failures import KILLED, MAX_FAILURES, SweepFailed
from search.planning.seeds import fresh_seeds
from search.ray_tune import cluster
from search.ray_tune.cluster import Resources, connected
from search.ray_tune.cluster_error import ClusterError
from search.ray_tune.execution import execute
from search.ray_tune.room import await_room, slots
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.log_lines import FILE, read_lines
from search.store.operations import Line, Operation
from search.store.storage import StorageError
from search.sweep.sweep import Sweep
from tests.support import ROOT
from tests.support.fake_training import log_rows
from tests.support.processes import family
from tests.support.toy_sweep import ALL, toy_data, toy_sweep

pytestmark = pytest.mark.ray
SCRIPT = ROOT / "tests" / "support" / "toy_sweep.py"
ONE = Resources(cpus=1, gpus=0)


@pytest.fixture(scope="module")
def on_ray() -> Iterator[None]:
    with connected(None):
        yield


def run(sweep: Sweep, concurrent: int = 1, max_failures: int = MAX_FAILURES) -> list[int]:
    """Run a sweep; return how many trials had ended at each event.

    A second trial at once costs a second process of Ray's, which takes five seconds to start.
    """
    seen = []

    def changed(now: Sweep) -> None:
        seen.append(sum(trial.state != "running" for trial in now.log.trials.values()))

    execute(sweep, toy_data(), ONE, concurrent, changed, max_failures)
    return seen


def log_lines(
    folder: Path,
    but: Sequence[Operation] = (Operation.BEGAN, Operation.RETRIED, Operation.RESUMED),
) -> list[Line]:
    """Return the lines of a log but those of some operations: by default, of interruptions."""
    return [line for line in read_lines(LocalStorage(folder)) if line.operation not in but]


def counts(folder: Path) -> Counter[tuple[str, int, int | None]]:
    """Return how often each operation on a trial and epoch stands in a log."""
    return Counter(
        (line.operation, line.fields["trial"], line.fields.get("epoch"))
        for line in log_lines(folder)
    )


def assert_nothing_lost_or_doubled(folder: Path, trials: int, epochs: int) -> None:
    count = counts(folder)
    expected = {("suggested", t, None) for t in range(trials)}
    expected |= {("ended", t, None) for t in range(trials)}
    expected |= {("epoch", t, e) for t in range(trials) for e in range(1, epochs + 1)}
    assert set(count) == expected
    assert set(count.values()) == {1}


@pytest.fixture(scope="module")
def plain(on_ray: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sweep, list[int]]:
    """A finished sweep of two trials at once, and how many had ended at each event."""
    sweep = toy_sweep(tmp_path_factory.mktemp("plain") / "toy", trials=4, epochs=3)
    return sweep, run(sweep, concurrent=2)


@pytest.fixture(scope="module")
def checked(on_ray: None, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A finished sweep that stopped, raced and checked, two trials at once."""
    sweep = toy_sweep(tmp_path_factory.mktemp("checked") / "toy", 6, 4, ALL, stopping=True)
    run(sweep, concurrent=2)
    return sweep


def copied(sweep: Sweep, folder: Path) -> Path:
    """Copy the files of a sweep."""
    assert isinstance(sweep.folder, LocalStorage)
    return Path(shutil.copytree(sweep.folder.path, folder / sweep.name))


def test_a_sweep_runs_every_trial_and_logs_each_event_once(plain: tuple[Sweep, list[int]]) -> None:
    sweep, seen = plain
    assert isinstance(sweep.folder, LocalStorage)
    folder = sweep.folder.path
    assert_nothing_lost_or_doubled(folder, trials=4, epochs=3)
    assert log_lines(folder, but=[Operation.BEGAN]) == log_lines(folder)
    assert {t.state for t in sweep.log.trials.values()} == {"complete"}
    assert sweep.done
    assert seen == sorted(seen)
    assert Log(sweep.folder).trials == sweep.log.trials


def test_a_sweep_of_emotions_runs_as_well(
    on_ray: None, toy_emotion: Emotion, tmp_path: Path
) -> None:
    sweep = toy_sweep(tmp_path / "toy", trials=1, epochs=1, space="dnn")
    execute(sweep, toy_emotion, ONE, 1, lambda now: None)
    (trial,) = sweep.log.trials.values()
    assert trial.state == "complete"
    assert all(len(values) == 2 for values in trial.epochs[0].lanes.values())  # one a seed
    assert "f1_macro_s1" in trial.epochs[0].metrics


def test_a_sweep_that_stops_races_and_checks_stays_within_its_budget_and_ends(
    checked: Sweep,
) -> None:
    sweep = checked
    assert isinstance(sweep.folder, LocalStorage)
    folder = sweep.folder.path
    count = counts(folder)
    assert set(count.values()) == {1}
    trials = list(sweep.log.trials.values())
    assert {trial.state for trial in trials} <= {"complete", "stopped"}
    search = [trial for trial in trials if trial.purpose != "check"]
    assert sum(trial.trained for trial in search) <= sweep.space.budget.lane_epochs
    new = [json.dumps(trial.values) for trial in search if trial.purpose == "search"]
    assert len(set(new)) == len(new)
    checks = trials[len(search) :]
    assert {trial.purpose for trial in checks} == {"check"}
    assert all(trial.seeds == fresh_seeds(0, 2) for trial in checks)
    assert all(point.check for point in sweep.front().members)
    assert sweep.front().members
    for point in sweep.front().members:  # what could be handed over is there
        networks, record, _ = sweep.model(sweep.log.trials[point.trial], point.epoch)
        assert record == sweep.log.trials[point.trial].epochs[point.epoch - 1]
        assert {len(tensor) for tensor in networks["predictor"].values()} == {2}
    assert not list(folder.rglob("*.state"))  # nothing goes on from them
    assert len(sweep.history()) == len(trials)
    assert sweep.done
    assert log_rows(Log(sweep.folder)) == log_rows(sweep.log)


def test_a_finished_sweep_goes_on_with_more_trials(
    plain: tuple[Sweep, list[int]], tmp_path: Path
) -> None:
    folder = copied(plain[0], tmp_path)
    before, content = log_lines(folder), (folder / FILE).read_bytes()
    run(toy_sweep(folder, trials=4, epochs=3))
    assert (folder / FILE).read_bytes() == content
    left = folder / f"trials/{before[-1].fields['trial']:04d}/epoch-00003.state"
    left.write_bytes(b"of a sweep that was killed as this trial ended")
    run(toy_sweep(folder, trials=5, epochs=3))
    assert_nothing_lost_or_doubled(folder, trials=5, epochs=3)
    assert not left.exists()


def test_a_diverging_trial_is_begun_again_and_fails_with_its_reason_and_the_sweep_goes_on(
    on_ray: None, tmp_path: Path
) -> None:
    sweep = toy_sweep(tmp_path / "toy", 2, 3, {"learning_rate": 1e30})
    run(sweep, max_failures=1)
    for trial in sweep.log.trials.values():
        assert trial.state == "failed"
        assert "undefined in epoch" in trial.reason
        assert f"seed {trial.seeds[0]}: diverged: " in trial.reason
        assert trial.notes == [f"begun again: {trial.reason}"]  # the same again
    assert sweep.done
    assert sweep.front().members == ()


HIDDEN = "ValueError: `hidden` must be >= 1, got -4"


def raising(folder: Path, trials: int) -> Sweep:
    """A sweep each of whose trials raises."""
    sweep = toy_sweep(folder, trials, 2)
    sweep.space.fixed["hidden"] = -4  # past the space's checks
    return sweep


def test_a_trial_that_raises_is_begun_again_so_often_and_then_fails_with_the_error(
    on_ray: None, tmp_path: Path
) -> None:
    sweep = raising(tmp_path / "toy", trials=1)
    run(sweep, max_failures=1)  # none: below; more: test_failures.py
    trial = sweep.log.trials[0]
    assert trial.state == "failed"
    assert trial.reason.startswith(f"{HIDDEN} (")
    assert re.search(r"methods/\w+\.py:\d+\)$", trial.reason)
    assert trial.notes == [f"begun again: {trial.reason}"]
    error = (tmp_path / "toy" / "trials" / "0000" / "error.txt").read_text()
    assert error.rstrip().endswith(HIDDEN)
    assert error.count(HIDDEN) == 1  # the newest alone


def test_a_sweep_whose_trials_all_raise_is_stopped_with_the_first_error(
    on_ray: None, tmp_path: Path
) -> None:
    sweep = raising(tmp_path / "toy", trials=20)
    with pytest.raises(SweepFailed, match=f"3 trials in a row failed.*{re.escape(HIDDEN)}"):
        run(sweep, max_failures=0)
    assert [trial.state for trial in sweep.log.trials.values()].count("failed") == 3
    assert len(sweep.log.trials) < 6
    assert Log(sweep.folder).trials == sweep.log.trials


def test_a_results_folder_that_cannot_be_written_ends_the_sweep_and_blames_no_trial(
    on_ray: None, tmp_path: Path
) -> None:
    sweep = toy_sweep(tmp_path / "toy", trials=2, epochs=2)
    sweep.log.began()
    (tmp_path / "toy" / "trials").write_text("in the way")
    with pytest.raises(StorageError, match=r"cannot write .*toy/trials/000"):
        run(sweep, concurrent=2)
    assert {trial.state for trial in sweep.log.trials.values()} == {"running"}
    assert all(trial.notes == [] for trial in sweep.log.trials.values())
    (tmp_path / "toy" / "trials").unlink()
    run(toy_sweep(tmp_path / "toy", trials=2, epochs=2))
    assert_nothing_lost_or_doubled(tmp_path / "toy", trials=2, epochs=2)


def worker_pids() -> list[int]:
    """Processes below this one that train trials."""
    return [pid for pid, command in family().items() if "ImplicitFunc" in command]


def test_a_killed_worker_costs_no_trial(on_ray: None, tmp_path: Path) -> None:
    sweep = toy_sweep(tmp_path / "toy", trials=1, epochs=12)
    killed = []

    def changed(now: Sweep) -> None:
        trial = now.log.trials.get(0)
        if not killed and trial and len(trial.epochs) >= 3:
            killed.extend(worker_pids())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    execute(sweep, toy_data(), ONE, 1, changed)
    assert killed
    assert_nothing_lost_or_doubled(tmp_path / "toy", trials=1, epochs=12)
    assert sweep.log.trials[0].notes == [f"begun again: {KILLED}"]
    assert Log(sweep.folder).trials == sweep.log.trials


def test_a_finished_sweep_that_checked_its_front_goes_on_with_more(
    checked: Sweep, tmp_path: Path
) -> None:
    folder = copied(checked, tmp_path)
    before = log_lines(folder)
    more = toy_sweep(folder, 8, 4, ALL, stopping=True)
    assert not more.done
    run(more)
    assert log_lines(folder)[: len(before)] == before
    assert len(more.log.trials) > len({line.fields["trial"] for line in before})
    assert all(point.check for point in more.front().members)
    assert more.done


@pytest.fixture(scope="module")
def logical_gpus() -> Iterator[None]:
    """One Ray for all that only look at it; starting one takes some seconds."""
    ray.shutdown()
    ray.init(num_cpus=8, num_gpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.parametrize(
    ("cpus", "gpus", "fits"),
    [(1, 0, 8), (3, 0, 2), (1, 1, 2), (1, 0.5, 4), (1, 0.3, 6), (4, 0.5, 2), (0.5, 2, 1)],
)
def test_trials_at_once_are_bounded_by_what_the_nodes_have(
    logical_gpus: None, cpus: float, gpus: float, fits: int
) -> None:
    assert slots(Resources(cpus, gpus)) == fits


def test_a_trial_that_fits_on_no_node_is_refused(logical_gpus: None) -> None:
    assert slots(Resources(16, 0)) == 0
    with pytest.raises(ClusterError, match="a trial needs 16 CPUs and 0 GPUs, but no node"):
        await_room(Resources(16, 0), joined=False, wait=False, say=print)


def test_an_address_without_a_cluster_is_an_error_that_names_it() -> None:
    with (
        pytest.raises(ClusterError, match=r"no Ray cluster at '127\.0\.0\.1:1'"),
        cluster.connected("127.0.0.1:1"),
    ):
        pass
