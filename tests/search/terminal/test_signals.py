import signal
import threading

import pytest

from search.terminal.signals import SIGNALS, held_signals


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_raised_at_the_end_of_the_context(number: signal.Signals) -> None:
    came: list[int] = []
    before = signal.signal(number, lambda number, frame: came.append(number))
    try:
        handler = signal.getsignal(number)
        with held_signals():
            signal.raise_signal(number)
            assert not came
        assert came == [number]
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


def test_an_error_of_the_work_leaves_the_handlers_as_they_were() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(OSError, match="disk"), held_signals():
        raise OSError("disk")
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held_signals():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_hold_nothing() -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with held_signals():
                pass
        except ValueError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not errors
