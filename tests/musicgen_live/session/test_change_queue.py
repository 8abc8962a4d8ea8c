"""Changes that wait for the next bar line."""

from __future__ import annotations

from musicgen_live.config.parameters import Change
from musicgen_live.session.change_queue import ChangeQueue


def queued(*changes: Change) -> ChangeQueue:
    queue = ChangeQueue()
    for change in changes:
        queue.put(change)
    return queue


def test_changes_are_taken_once_in_their_order() -> None:
    queue = queued(Change("velocity", 80), Change("reroll"))
    assert queue.take() == [Change("velocity", 80), Change("reroll")]
    assert queue.take() == []


def test_a_newer_change_of_a_parameter_goes_to_the_end() -> None:
    queue = queued(Change("temperature", 0.5), Change("preset", "nocturne"), Change("temperature", 0.9))
    assert queue.take() == [Change("preset", "nocturne"), Change("temperature", 0.9)]


def test_a_preset_overrides_all_but_the_settings_of_the_take() -> None:
    queue = queued(Change("preset", "nocturne"))
    assert [queue.overrides(name) for name in ("tempo", "channel")] == [True, False]
    assert not queued(Change("model", "stream")).overrides("tempo")
