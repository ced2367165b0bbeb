from pathlib import Path

import pytest

from search.planning.failures import GPU_FULL, KILLED, Failures, SweepFailed, error_file, reason_of
from search.store.local_storage import LocalStorage
from search.store.log import Log
from search.store.trials import EpochRecord

RAISED = """Failure # 1 (occurred at 2026-11-25_15-39-30)
\x1b[36mray::ImplicitFunc.train()\x1b[39m (pid=27342, ip=127.0.0.1, repr=train_trial)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/venv/ray/tune/trainable/trainable.py", line 329, in train
    raise skipped from exception_cause(skipped)
  File "/main/search/ray_tune/trainable.py", line 72, in train_trial
    for report in _reports(config, data):
  File "<string>", line 19, in __init__
  File "/main/fairser_core/methods/method.py", line 41, in require
    raise ValueError(f"`{name}` must be {rule}, got {value!r}")
ValueError: `hidden` must be >= 1, got -4

"""
ACTOR_DIED = """Failure # 1 (occurred at 2026-11-25_15-40-01)
The actor died unexpectedly before finishing this task.
	class_name: ImplicitFunc
	actor_id: 30b1049b00ae375e8fa19d0301000000
	pid: 28032
	namespace: 5b2b3dee-3f84-4394-a629-a33fefa34143
	ip: 127.0.0.1
The actor is dead because """
PROCESS_DIED = (
    f"{ACTOR_DIED}its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit detail: "
    "Worker unexpectedly exits with a connection error code 2. End of file. Some common causes "
    "include: (1) the process was killed by the OOM killer due to high memory usage\n"
)
MEMORY = (
    f"{ACTOR_DIED}its worker process has died. Worker exit type: NODE_OUT_OF_MEMORY Worker exit "
    "detail: 1 worker(s) were killed due to the node running low on memory. Memory on the node\n"
    "(IP: 127.0.0.1) was 7.43GB / 7.44GB. Refer to the documentation\n"
)
LONG = """Failure # 1
  File "/src/fairser_core/lanes/lanes.py", line 7, in stack
    return tensor.cuda()
RuntimeError: CUDA error: device-side assert triggered
CUDA kernel errors might be asynchronously reported at some other API call.
Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.

"""


GPU_MEMORY = """Failure # 1
  File "/src/fairser_core/lanes/lanes.py", line 7, in stack
    return torch.stack(tensors)
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity
of 139.80 GiB of which 1.06 GiB is free. 34.95 GiB allowed; Process 7 has 34.00 GiB memory in use.

"""


@pytest.fixture
def folder(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def opened(folder: LocalStorage, trials: int = 1) -> Log:
    log = Log(folder)
    for number in range(trials):
        log.suggested(number, {}, [0], "search", 5)
    return log


def train(log: Log, failures: Failures, number: int) -> None:
    """A new epoch of a trial."""
    epoch = len(log.trials[number].epochs) + 1
    assert log.epoch(number, EpochRecord(epoch, {"ccc": 0.5}, {"ccc": [0.5]}, {}, 0.1))
    failures.trained()


@pytest.mark.parametrize("most", [0, 1, 2, 5])
@pytest.mark.parametrize("how", ["raised", "diverged"])
def test_a_trial_that_does_not_get_on_is_begun_again_so_often_and_then_failed(
    folder: LocalStorage, how: str, most: int
) -> None:
    log = opened(folder)
    failures = Failures(folder, log, most)
    fail = failures.raised if how == "raised" else failures.diverged
    for attempt in range(most):
        fail(0, f"E: {attempt}")
        assert log.trials[0].state == "running"
        assert log.trials[0].stuck == attempt + 1
    fail(0, "E: the last")
    for now in (log, Log(folder)):
        assert (now.trials[0].state, now.trials[0].reason) == ("failed", "E: the last")
        assert now.trials[0].notes == [f"begun again: E: {attempt}" for attempt in range(most)]


def test_how_often_it_was_begun_again_survives_an_interruption_of_the_sweep(
    folder: LocalStorage,
) -> None:
    opened(folder)
    states = []
    for _ in range(3):
        log = Log(folder)
        Failures(folder, log, 2).raised(0, RAISED)
        states.append(log.trials[0].state)
    assert states == ["running", "running", "failed"]


def test_a_trial_that_gets_on_may_be_killed_as_often_as_it_likes(folder: LocalStorage) -> None:
    log = opened(folder)
    failures = Failures(folder, log, 1)
    for _ in range(5):
        failures.raised(0, PROCESS_DIED)
        assert log.trials[0].stuck == 1
        train(log, failures, 0)
        assert log.trials[0].stuck == 0
    failures.raised(0, PROCESS_DIED)
    assert log.trials[0].state == "running"
    failures.raised(0, PROCESS_DIED)
    assert log.trials[0].state == "failed"


def test_trials_that_diverge_are_not_the_sweeps_fault(folder: LocalStorage) -> None:
    log = opened(folder, trials=10)
    failures = Failures(folder, log, 0)
    for number in range(10):
        failures.diverged(number, "ccc undefined in epoch 1")
    assert {trial.state for trial in log.trials.values()} == {"failed"}


def test_three_trials_that_raise_before_any_epoch_stop_the_sweep_with_the_first_error(
    folder: LocalStorage,
) -> None:
    log = opened(folder, trials=3)
    failures = Failures(folder, log, 2)
    failures.raised(0, "ImportError: the first\n")
    failures.raised(1, "ImportError: the second\n")
    failures.raised(0, "ImportError: the first, again\n")  # the same trial: not a third
    first = r"3 trials in a row failed.* trial 0: ImportError: the first\n"
    with pytest.raises(SweepFailed, match=rf"{first}.*{error_file(0)}"):
        failures.raised(2, "ImportError: the third\n")
    assert {trial.state for trial in log.trials.values()} == {"running"}  # a resume tries again


def test_three_trials_that_fail_for_good_in_a_row_stop_the_sweep_though_they_trained(
    folder: LocalStorage,
) -> None:
    log = opened(folder, trials=3)
    failures = Failures(folder, log, 0)
    for number in range(2):
        train(log, failures, number)
        failures.raised(number, f"OSError: number {number}")
    train(log, failures, 2)
    with pytest.raises(SweepFailed, match="The first, trial 0: OSError: number 0"):
        failures.raised(2, "OSError: number 2")
    assert log.trials[2].state == "failed"


def test_a_trial_that_ends_well_begins_the_count_anew(folder: LocalStorage) -> None:
    log = opened(folder, trials=6)
    failures = Failures(folder, log, 0)
    for number in (0, 1, 3, 4):
        train(log, failures, number)
        failures.raised(number, f"OSError: number {number}")
        if number == 1:
            log.ended(2, "complete")
            failures.ended_well()
    train(log, failures, 5)
    with pytest.raises(SweepFailed, match="The first, trial 3: OSError: number 3"):
        failures.raised(5, "OSError: number 5")


def test_trials_that_are_begun_again_and_train_stop_no_sweep(folder: LocalStorage) -> None:
    log = opened(folder, trials=5)
    failures = Failures(folder, log, 1)
    for number in range(5):
        train(log, failures, number)
        failures.raised(number, PROCESS_DIED)
    assert {trial.state for trial in log.trials.values()} == {"running"}


def test_the_newest_traceback_lies_in_the_trials_folder(folder: LocalStorage) -> None:
    log = opened(folder)
    failures = Failures(folder, log, 2)
    failures.raised(0, "ValueError: old")
    failures.raised(0, RAISED)
    assert (folder.path / "trials" / "0000" / "error.txt").read_text() == RAISED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            RAISED,
            "ValueError: `hidden` must be >= 1, got -4 (/main/fairser_core/methods/method.py:41)",
        ),
        ("ValueError: no lanes\n\n", "ValueError: no lanes"),
        (PROCESS_DIED, KILLED),
        (MEMORY, "its process was killed by Ray, since memory ran out"),
        (GPU_MEMORY, GPU_FULL),
        ("", "no error was left"),
        (" \n\n", "no error was left"),
    ],
)
def test_an_error_is_a_single_line(text: str, reason: str) -> None:
    assert reason_of(text) == reason


def test_a_message_of_several_lines_is_reported_by_its_first() -> None:
    first = "RuntimeError: CUDA error: device-side assert triggered"
    assert reason_of(LONG) == f"{first} (/src/fairser_core/lanes/lanes.py:7)"


def test_a_node_that_is_gone_with_all_its_trials_does_not_stop_the_sweep(
    folder: LocalStorage,
) -> None:
    log = opened(folder, trials=4)
    failures = Failures(folder, log, 2)
    for number in range(4):
        failures.left(number)
    assert {trial.state for trial in log.trials.values()} == {"running"}
