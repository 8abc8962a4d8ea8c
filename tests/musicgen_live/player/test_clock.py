"""Clocks: they wait for a deadline, or for a command that arrives earlier."""

import threading
from queue import SimpleQueue

import pytest

from musicgen_live.player.clock import SPIN_S, Clock, Mailbox, ManualClock, PollingClock, SystemClock
from musicgen_live.player.commands import Stop


def test_the_system_clock_sleeps_until_shortly_before_the_deadline_and_spins_for_the_rest() -> None:
    clock = SystemClock()
    until_s = clock.now_s() + 0.05
    assert clock.wait(SimpleQueue(), until_s) is None
    assert clock.now_s() >= until_s - SPIN_S
    clock.reach(until_s)
    assert clock.now_s() >= until_s


def test_a_command_wakes_the_system_clock() -> None:
    clock, mailbox = SystemClock(), Mailbox()
    threading.Timer(0.05, mailbox.put, [Stop()]).start()
    assert clock.wait(mailbox, clock.now_s() + 60) == Stop()
    threading.Timer(0.05, mailbox.put, [Stop()]).start()
    assert clock.wait(mailbox, None) == Stop()


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
def test_deadlines_precede_commands(clock: Clock) -> None:
    mailbox = Mailbox()
    mailbox.put(Stop())
    assert clock.wait(mailbox, clock.now_s()) is None


def test_the_manual_clock_takes_commands_and_then_jumps() -> None:
    clock, mailbox = ManualClock(), Mailbox()
    mailbox.put(Stop())
    assert clock.wait(mailbox, 10.0) == Stop()
    assert clock.now_s() == 0.0
    assert clock.wait(mailbox, 10.0) is None
    assert clock.now_s() == 10.0


def test_the_manual_clock_raises_instead_of_waiting_for_ever() -> None:
    with pytest.raises(RuntimeError, match="never comes"):
        ManualClock().wait(SimpleQueue(), None)


def test_a_polling_clock_polls_in_waits_and_ends_them_on_time() -> None:
    inner = ManualClock()
    polled_at_s: list[float] = []
    clock = PollingClock(inner, lambda: polled_at_s.append(inner.now_s()), every_s=0.25)
    assert clock.wait(SimpleQueue(), 0.875) is None
    assert clock.now_s() == 0.875
    assert clock.wait(SimpleQueue(), 1.0) is None
    assert clock.wait(SimpleQueue(), 1.125) is None
    assert polled_at_s == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_polling_clock_polls_at_once_if_it_should() -> None:
    inner = ManualClock()
    polled_at_s: list[float] = []
    clock = PollingClock(inner, lambda: polled_at_s.append(inner.now_s()), every_s=0.25)
    assert clock.wait(SimpleQueue(), 0.125) is None
    clock.poll_soon()
    assert clock.wait(SimpleQueue(), 0.5) is None
    assert polled_at_s == [0.0, 0.125, 0.375]


def test_a_command_wakes_a_polling_clock() -> None:
    clock, mailbox = PollingClock(SystemClock(), lambda: None, every_s=0.01), Mailbox()
    threading.Timer(0.05, mailbox.put, [Stop()]).start()
    assert clock.wait(mailbox, None) == Stop()
