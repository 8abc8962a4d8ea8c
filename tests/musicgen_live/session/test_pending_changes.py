"""What was granted is told at once, and once more when it is heard, if it is."""

from __future__ import annotations

from musicgen_live.config.parameters import Change, Value
from musicgen_live.interfaces.events import Asked, Changed, Event
from musicgen_live.session.pending_changes import PendingChanges

BAR = 1920


class Announced:
    """All that is told, of velocities."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.announcer = PendingChanges(self.told.append, {"velocity": 80}, lambda tick: tick // BAR + 1)

    def grant(self, velocity: int, at_tick: int) -> None:
        values: dict[str, Value] = {"velocity": velocity}
        self.announcer.grant([Change("velocity", velocity)], values, at_tick)


def test_it_is_told_at_once_and_once_more_when_it_is_heard() -> None:
    announced = Announced()
    announced.grant(20, BAR)
    announced.announcer.reach(BAR - 1)
    assert announced.told == [Asked("velocity", 20, 2)]
    announced.announcer.reach(BAR)
    announced.announcer.reach(BAR + 1)
    assert announced.told == [Asked("velocity", 20, 2), Changed("velocity", 20, 2)]


def test_what_something_else_took_the_place_of_is_never_heard() -> None:
    announced = Announced()
    for velocity in range(1, 100):
        announced.grant(velocity, 0)
    announced.announcer.reach(0)
    assert announced.told[-2:] == [Asked("velocity", 99, 1), Changed("velocity", 99, 1)]
    assert len(announced.told) == 100


def test_one_that_is_heard_before_the_next_is() -> None:
    announced = Announced()
    announced.grant(20, BAR)
    announced.grant(30, 2 * BAR)
    announced.announcer.reach(2 * BAR)
    assert announced.told[2:] == [Changed("velocity", 20, 2), Changed("velocity", 30, 3)]
