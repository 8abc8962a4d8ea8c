from __future__ import annotations

import signal
import threading

import pytest

from musicgen_live.config.signals import signals_handled


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_calls_the_function_within_the_block_alone(name: str) -> None:
    number = signal.Signals[name]
    before = signal.getsignal(number)
    received: list[int] = []
    with signals_handled(lambda each, _frame: received.append(each), "SIGINT", "SIGTERM"):
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert received == [number, number]
    assert signal.getsignal(number) is before


def test_an_error_puts_the_handler_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RuntimeError), signals_handled(lambda *_: None, "SIGTERM"):
        raise RuntimeError
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_the_system_lacks_is_left_out() -> None:
    before = signal.getsignal(signal.SIGINT)
    with signals_handled(lambda *_: None, "SIGNOBODY", "SIGINT"):
        assert signal.getsignal(signal.SIGINT) is not before


def test_another_thread_sets_no_handler() -> None:
    before = signal.getsignal(signal.SIGINT)
    found: list[object] = []

    def look() -> None:
        with signals_handled(lambda *_: None, "SIGINT"):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]
