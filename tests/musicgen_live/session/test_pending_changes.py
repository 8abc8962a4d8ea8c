"""Granted changes are published at once, and again when they take effect."""

from __future__ import annotations

from musicgen_live.config.parameter import Change, Value
from musicgen_live.interfaces.events import Changed, Event, Granted
from musicgen_live.session.pending_changes import PendingChanges

BAR = 1920


class Rig:
    """Grants changes of the velocity, and collects the published events."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.changes = PendingChanges(self.events.append, {"velocity": 80}, lambda tick: tick // BAR + 1)

    def grant(self, velocity: int, at_tick: int) -> None:
        values: dict[str, Value] = {"velocity": velocity}
        self.changes.grant([Change("velocity", velocity)], values, at_tick)


def test_a_change_is_published_when_granted_and_in_effect() -> None:
    rig = Rig()
    rig.grant(20, BAR)
    rig.changes.reach(BAR - 1)
    assert rig.events == [Granted("velocity", 20, 2)]
    rig.changes.reach(BAR)
    rig.changes.reach(BAR + 1)
    assert rig.events == [Granted("velocity", 20, 2), Changed("velocity", 20, 2)]


def test_a_replaced_change_never_takes_effect() -> None:
    rig = Rig()
    for velocity in range(1, 100):
        rig.grant(velocity, 0)
    rig.changes.reach(0)
    assert rig.events[-2:] == [Granted("velocity", 99, 1), Changed("velocity", 99, 1)]
    assert len(rig.events) == 100


def test_a_change_takes_effect_before_a_later_one() -> None:
    rig = Rig()
    rig.grant(20, BAR)
    rig.grant(30, 2 * BAR)
    rig.changes.reach(2 * BAR)
    assert rig.events[2:] == [Changed("velocity", 20, 2), Changed("velocity", 30, 3)]
