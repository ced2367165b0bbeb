import io
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from search.front.front import Front
from search.presentation.live_screen import Screen, checked_epochs
from search.space.space import Budget
from search.store.trials import TrialRecord

MakeTrial = Callable[..., TrialRecord]
MakeFront = Callable[..., Front]


def budget(trials: int, epochs: int, check_seeds: int = 0) -> Budget:
    return Budget(trials, epochs, seeds=3, check_seeds=check_seeds)


class Clock:
    """Stands still but when it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("search.presentation.live_screen.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def console(terminal: bool = False) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=terminal, width=100, height=60), file


def test_without_a_terminal_each_finished_trial_is_one_line(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {0: make_trial(0, 0.7, 0.3, epochs=10, state="running")}
    with Screen("sweep", budget(4, 10), console=plain) as screen:
        screen.update({}, make_front([]))
        clock.now += 60
        screen.update(trials, make_front(trials.values()))
        assert file.getvalue() == ""
        trials[0].state = "complete"
        screen.update(trials, make_front(trials.values()))
        screen.update(trials, make_front(trials.values()))
        assert file.getvalue() == (
            "trial 0 complete: ccc 0.700 ± 0.010, recall_gap 0.300 ± 0.020, on the front "
            "[25% done, about 3 min left]\n"
        )


def test_a_line_gives_the_reason_why_a_trial_is_not_on_the_front(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {
        0: make_trial(0, 0.5),
        1: make_trial(1, diverged=True),
        2: make_trial(2, state="stopped", reason="worse than half at epoch 2"),
        3: make_trial(
            3, epochs=0, limit=2, state="failed", reason="ValueError: [bold]lane[/] " + 99 * "x"
        ),
    }
    with Screen("sweep", budget(4, 2), console=plain) as screen:
        screen.update({}, make_front([]))
        screen.update(trials, make_front(trials.values()))
    below, diverged, stopped, failed, summary = file.getvalue().splitlines()[:5]
    assert below.startswith("trial 0 complete: ccc 0.500 ± 0.010, ")
    assert below.endswith(", below the floor of ccc [100% done]")
    assert diverged.endswith(", a seed diverged [100% done]")
    assert stopped.startswith("trial 2 stopped: ccc")
    assert stopped.endswith(", worse than half at epoch 2 [100% done]")
    assert failed == f"trial 3 failed: ValueError: [bold]lane[/] {99 * 'x'} [100% done]"
    assert summary == "4 trials: 2 complete, 1 stopped, 1 failed, 0 running; 0 s"


def test_trials_of_an_earlier_run_get_no_line(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {0: make_trial(0, epochs=10), 1: make_trial(1, epochs=0, state="running")}
    with Screen("sweep", budget(3, 10), console=plain) as screen:
        screen.update(trials, make_front(trials.values()))
        clock.now += 100
        trials[1] = make_trial(1, epochs=10)
        screen.update(trials, make_front(trials.values()))
        # Ten epochs of three lanes took 100 s; those trained before do not count as fast.
        assert file.getvalue().startswith("trial 1 complete: ")
        assert file.getvalue().endswith("[67% done, about 2 min left]\n")


def test_lines_show_the_purpose_of_a_trial(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {0: make_trial(0, epochs=10)}
    trials[1] = make_trial(1, epochs=10, of=0, seeds=[3, 4, 5], purpose="race")
    trials[2] = make_trial(2, 0.65, epochs=10, of=0, seeds=[500, 501], purpose="check")
    with Screen("sweep", budget(2, 10, check_seeds=2), console=plain) as screen:
        screen.update({}, make_front([]))
        screen.update(trials, make_front(trials.values()))
    first, race, check = file.getvalue().splitlines()[:3]
    assert first.startswith("trial 0 complete: ccc 0.700 ")
    assert race.startswith("trial 1 (further seeds) complete: ccc 0.700 ")
    assert check.startswith("trial 2 (fresh seeds) complete")
    assert all(line.endswith("[fresh seeds: 100% done]") for line in (first, race, check))


def test_what_is_done_never_falls_and_the_check_is_a_phase_of_its_own(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {0: make_trial(0, epochs=10)}
    with Screen("sweep", budget(2, 10, check_seeds=3), console=plain) as screen:
        screen.update({}, make_front([]))
        screen.update(trials, make_front(trials.values()))
        trials[1] = make_trial(1, 0.75, 0.4, epochs=10)
        # A trial beyond the budget: more is to be trained than before.
        trials[2] = make_trial(2, epochs=0, state="running", limit=10)
        screen.update(trials, make_front(trials.values()))
        trials[2] = make_trial(2, 0.76, 0.5, epochs=10)
        screen.update(trials, make_front(trials.values()))
        trials[3] = make_trial(3, 0.69, epochs=10, of=0, seeds=[500, 501, 502], purpose="check")
        screen.update(trials, make_front(trials.values()))
    lines = file.getvalue().splitlines()[:4]
    assert [line.rpartition("[")[2].partition("%")[0] for line in lines] == [
        "50", "67", "100", "fresh seeds: 33",
    ]  # fmt: skip


def test_a_long_silence_ends_in_a_line(
    make_trial: MakeTrial, make_front: MakeFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.presentation.live_screen.SILENCE", 0.05)
    plain, file = console()
    trials = {0: make_trial(0, epochs=4, state="running")}
    with Screen("sweep", budget(1, 10), console=plain) as screen:
        screen.update({}, make_front([]))
        wait_for(lambda: "waiting for workers [0% done]" in file.getvalue())
        screen.update(trials, make_front([]))
        wait_for(lambda: "trial 0 at epoch 4/10 [40% done" in file.getvalue())
    lines = len(file.getvalue().splitlines())
    time.sleep(0.2)
    assert len(file.getvalue().splitlines()) == lines  # the thread has ended


@pytest.mark.parametrize("phase", ["search", "training"])
def test_the_bar_of_a_baseline_is_not_called_a_search(
    phase: str, make_trial: MakeTrial, make_front: MakeFront
) -> None:
    terminal, file = console(terminal=True)
    with Screen("sweep", budget(1, 10), terminal, phase=phase) as screen:
        screen.update({0: make_trial(0, epochs=4, state="running")}, make_front([]))
        screen._live.refresh()
    assert "40%" in file.getvalue()
    assert ("search " in file.getvalue()) == (phase == "search")


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_line_of_fresh_seeds_shows_their_metrics(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {0: make_trial(0, 0.7, 0.3)}
    trials[1] = make_trial(1, 0.65, 0.35, of=0, seeds=[500, 501, 502], purpose="check", limit=2)
    with Screen("sweep", budget(1, 2, check_seeds=3), console=plain) as screen:
        screen.update({}, make_front([]))
        screen.update(trials, make_front(trials.values()))
    line = file.getvalue().splitlines()[1]
    assert "0.650" in line
    assert "0.350" in line


def test_checking_takes_each_configuration_of_the_front_once_as_far_as_it_is_on_it(
    make_trial: MakeTrial, make_front: MakeFront
) -> None:
    twice = make_trial(0, 0.70, 0.3, epochs=6)
    for metric, values in (("ccc", [0.8] * 3), ("recall_gap", [0.35] * 3)):
        twice.epochs[3].lanes[metric] = list(values)  # on the front at epochs 4 and 6
    trials = [twice, make_trial(1, 0.65, 0.2, epochs=5), make_trial(2, 0.61, 0.9, epochs=9)]
    front = make_front(trials)
    assert [(p.trial, p.epoch) for p in front.members] == [(0, 4), (0, 6), (1, 5)]
    assert checked_epochs(front) == 6 + 5
    assert checked_epochs(make_front([])) == 0


def test_the_end_shows_the_front_also_of_a_sweep_that_was_interrupted(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {0: make_trial(0), 1: make_trial(1, epochs=0, state="failed", reason="no memory")}

    def interrupted() -> None:
        with Screen("sweep", budget(9, 2), console=plain) as screen:
            screen.update(trials, make_front(trials.values()))
            raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        interrupted()
    lines = file.getvalue().splitlines()
    assert lines[0] == "2 trials: 1 complete, 0 stopped, 1 failed, 0 running; 0 s"
    assert lines[1].strip() == "the front: 1 candidate"


@pytest.mark.parametrize("error", [None, ValueError("no use")])
def test_an_empty_front_is_shown_with_why_a_trial_failed_unless_an_error_says_more(
    error: ValueError | None, make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {n: make_trial(n, epochs=0, state="failed", reason=f"reason {n}") for n in (3, 5)}

    def shown() -> None:
        with Screen("sweep", budget(2, 2), console=plain) as screen:
            screen.update(trials, make_front([]))
            if error:
                raise error

    if error:
        with pytest.raises(ValueError, match="no use"):
            shown()
        assert file.getvalue() == "2 trials: 0 complete, 0 stopped, 2 failed, 0 running; 0 s\n"
    else:
        shown()
        assert "2 trials failed, first trial 3: reason 3" in " ".join(file.getvalue().split())


def test_the_live_view_shows_the_newest_failures_and_how_many_came_before(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    terminal, file = console(terminal=True)
    trials = {n: make_trial(n, epochs=0, state="failed", reason=f"reason {n}") for n in range(1, 6)}
    with Screen("sweep", budget(9, 2), console=terminal) as screen:
        screen.update(trials, make_front([]))
        screen._live.refresh()
        shown = file.getvalue()
    assert "2 more failed before" in shown
    assert [n for n in trials if f"trial {n} failed: reason {n}" in shown] == [3, 4, 5]


def test_notes_of_trials_are_printed_once_and_a_repetition_in_short(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {n: make_trial(n, epochs=0, state="running") for n in range(3)}
    why = "begun again: OSError: [red]no memory[/]: " + 100 * "x"
    damaged = "epoch-00002.state is torn or altered; the checkpoint before it is used"
    trials[0].notes.append("begun again: noted by an earlier run")
    with Screen("sweep", budget(3, 2), console=plain) as screen:
        for _ in range(2):
            screen.update(trials, make_front([]))
        assert file.getvalue() == ""
        trials[0].notes.append(why)
        for _ in range(2):
            screen.update(trials, make_front([]))
        trials[1].notes += [why, damaged]
        trials[0].notes.append(why)
        for _ in range(2):
            screen.update(trials, make_front([]))
        assert file.getvalue().splitlines() == [
            f"trial 0 {why}",
            "trial 0 begun again: as before",
            "trial 1 begun again: as before",
            f"trial 1 {damaged}",
        ]


def test_a_trial_that_fails_for_good_does_not_repeat_the_reason_it_was_begun_again_for(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    plain, file = console()
    trials = {
        n: make_trial(n, epochs=0, limit=2, state="failed", reason="no memory") for n in (0, 1)
    }
    trials[0].notes.append("begun again: no memory")
    trials[1].notes.append("begun again: its process was killed")
    with Screen("sweep", budget(2, 2), console=plain) as screen:
        screen.update({}, make_front([]))
        screen.update(trials, make_front([]))
        lines = file.getvalue().splitlines()
    assert lines == [
        "trial 0 begun again: no memory",
        "trial 1 begun again: its process was killed",
        "trial 0 failed: as before [100% done]",
        "trial 1 failed: no memory [100% done]",
    ]


@pytest.mark.parametrize(
    ("repeated", "line"),
    [
        ((0, 0), None),
        ((1, 0), "1 epoch trained twice, because interruptions came before a snapshot"),
        ((2, 3), "5 epochs trained twice, because interruptions came before a snapshot"),
    ],
)
def test_the_end_counts_the_epochs_that_were_trained_twice(
    repeated: tuple[int, int],
    line: str | None,
    make_trial: MakeTrial,
    make_front: MakeFront,
    clock: Clock,
) -> None:
    plain, file = console()
    trials = {n: make_trial(n, state="running") for n in (0, 1)}
    with Screen("sweep", budget(2, 2), console=plain) as screen:
        screen.update(trials, make_front(trials.values()))
        for number, epochs in enumerate(repeated):
            trials[number].redone = set(range(epochs))
            trials[number].state = "complete"
        screen.update(trials, make_front(trials.values()))
    lines = [text for text in file.getvalue().splitlines() if "twice" in text]
    assert lines == ([line] if line else [])


def test_a_terminal_shows_running_trials_and_the_front(
    make_trial: MakeTrial, make_front: MakeFront, clock: Clock
) -> None:
    terminal, file = console(terminal=True)
    trials = {
        0: make_trial(0),
        1: make_trial(1, 0.65, 0.25, epochs=7, state="running"),
        2: make_trial(2, epochs=0, state="failed", reason="[red]out of memory"),
    }
    with Screen("sweep on corpus", budget(9, 10), console=terminal) as screen:
        screen.update({}, make_front([]))
        clock.now += 90
        screen.update(trials, make_front(trials.values()))
        screen._live.refresh()
        shown = file.getvalue()
    assert "sweep on corpus" in shown
    assert "3 trials: 1 complete, 0 stopped, 1 failed, 1 running; 2 min, about 12 min left" in shown
    assert "7/10" in shown
    assert "0.650 ± 0.010" in shown
    assert "the front: 1 candidate" in shown
    assert "trial 2 failed: [red]out of memory" in shown
    assert "trial 0 complete" not in shown


def test_a_view_nobody_updated_leaves_nothing(clock: Clock) -> None:
    plain, file = console()
    with Screen("sweep", budget(9, 10), console=plain):
        pass
    assert file.getvalue() == ""
