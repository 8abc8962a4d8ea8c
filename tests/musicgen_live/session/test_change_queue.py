"""Changes that wait: for the next bar line, or because the one before is too recent."""

from __future__ import annotations

from musicgen_live.config.parameters import Change
from musicgen_live.session.change_queue import ChangeQueue, ThrottledChanges


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


def test_a_throttled_change_waits_for_the_one_before() -> None:
    changes = ThrottledChanges(0.25)
    changes.put(Change("tempo", 100.0))
    assert changes.take(1.0) == [Change("tempo", 100.0)]
    changes.put(Change("tempo", 101.0))
    changes.put(Change("tempo", 102.0))
    assert changes.take(1.125) == []
    assert changes.wait_s(1.125) == 0.125
    assert changes.take(1.25) == [Change("tempo", 102.0)]
    assert changes.wait_s(1.25) is None


def test_throttled_parameters_do_not_wait_for_each_other() -> None:
    changes = ThrottledChanges(0.25)
    changes.put(Change("tempo", 100.0))
    changes.take(1.0)
    changes.put(Change("channel", 2))
    assert changes.take(1.0) == [Change("channel", 2)]


def test_throttled_changes_can_be_taken_early() -> None:
    changes = ThrottledChanges(0.25)
    changes.put(Change("tempo", 100.0))
    changes.take(1.0)
    changes.put(Change("tempo", 101.0))
    assert changes.take(1.0, early=True) == [Change("tempo", 101.0)]
