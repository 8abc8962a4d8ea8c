from __future__ import annotations

from musicgen_live.interfaces.web.allowance import Allowance


class Clock:
    """A clock that is set by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def taken(allowance: Allowance, count: int) -> int:
    """Return how many of so many are allowed."""
    return sum(allowance.take() for _ in range(count))


def test_so_many_are_allowed_at_once() -> None:
    assert taken(Allowance(10, 5, Clock()), 8) == 5


def test_so_many_are_allowed_a_second() -> None:
    clock = Clock()
    allowance = Allowance(10, 5, clock)
    taken(allowance, 5)
    clock.now_s += 0.25
    assert taken(allowance, 8) == 2
    # Half of one was left.
    clock.now_s += 0.25
    assert taken(allowance, 8) == 3


def test_what_is_not_used_is_not_saved_beyond_a_burst() -> None:
    clock = Clock()
    allowance = Allowance(10, 5, clock)
    clock.now_s += 3600
    assert taken(allowance, 8) == 5


def test_one_that_is_refused_costs_nothing() -> None:
    clock = Clock()
    allowance = Allowance(10, 5, clock)
    taken(allowance, 1000)
    clock.now_s += 0.125
    assert taken(allowance, 8) == 1
