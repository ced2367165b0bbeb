"""How commands end: after an error, after Ctrl-C, and when their terminal is gone."""

import os
import signal
import subprocess
import sys

import pytest
from rich.console import Console

from search.planning.failures import SweepFailed
from search.ray_tune.cluster_error import ClusterError
from search.terminal.console import CommandError, exit_status, loading, say
from search.tracking.store import TrackingError
from tests.support.processes import reset_signals

HANG_UP = """
import os, signal, sys
from search.terminal.console import exit_status
def work(console):
    os.kill(os.getpid(), signal.SIGHUP)
sys.exit(exit_status(work, "interrupted"))
"""


def test_an_error_that_a_command_expects_gets_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(error: Exception) -> int:
        def work(console: Console) -> None:
            raise error

        return exit_status(work, "")

    for error in (CommandError, ClusterError, SweepFailed, TrackingError, ValueError, OSError):
        assert fail(error("[no] markup")) == 2
        assert capsys.readouterr() == ("", "error: [no] markup\n")
    with pytest.raises(KeyError, match=r"^'no'$"):
        fail(KeyError("no"))
    assert exit_status(lambda console: console.print("done"), "") == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_as_ctrl_c_does(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert exit_status(lambda console: signal.raise_signal(number), "interrupted") == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().out == "interrupted\n"


def test_when_its_terminal_is_gone_a_command_ends_without_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANG_UP],
        capture_output=True, text=True, preexec_fn=reset_signals,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_under_nohup_a_hang_up_is_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert exit_status(lambda console: os.kill(os.getpid(), signal.SIGHUP), "") == 0
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_print_moves_no_cursor_and_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    say(Console(width=200), "sweep \x1b]0;title\x07 at http://me:secret@host\nend\u202e")
    assert capsys.readouterr().out == "sweep \\x1b]0;title\\x07 at http://host\nend\\u202e\n"


def test_without_a_terminal_a_line_says_that_a_command_loads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with loading(Console(force_terminal=False)):
        assert capsys.readouterr() == ("", "loading\n")
    assert capsys.readouterr() == ("", "")
