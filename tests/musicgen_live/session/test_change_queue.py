"""Changes that wait: for the next bar line, or because the one before is too recent."""

from __future__ import annotations

from musicgen_live.config.parameter import Change
from musicgen_live.session.change_queue import ChangeQueue


def queued(*changes: Change) -> ChangeQueue:
    queue = ChangeQueue(0.25)
    for change in changes:
        queue.put(change)
    return queue


def test_changes_are_taken_once_in_their_order() -> None:
    queue = queued(Change("velocity", 80), Change("reroll"))
    assert queue.take_for_line() == [Change("velocity", 80), Change("reroll")]
    assert queue.take_for_line() == []


def test_a_newer_change_of_a_parameter_goes_to_the_end() -> None:
    queue = queued(Change("temperature", 0.5), Change("preset", "nocturne"), Change("temperature", 0.9))
    assert queue.take_for_line() == [Change("preset", "nocturne"), Change("temperature", 0.9)]


def test_a_preset_overrides_all_but_the_settings_of_the_take() -> None:
    tempo, channel = Change("tempo", 90.0), Change("channel", 2)
    queue = queued(Change("preset", "nocturne"), tempo, channel)
    assert queue.take_at_once(0.0) == [channel]
    assert queue.take_for_line() == [Change("preset", "nocturne"), tempo]
    assert queued(Change("model", "stream"), tempo).take_at_once(0.0) == [tempo]


def test_a_change_at_once_waits_for_the_one_before() -> None:
    queue = queued(Change("tempo", 100.0))
    assert queue.take_at_once(1.0) == [Change("tempo", 100.0)]
    queue.put(Change("tempo", 101.0))
    queue.put(Change("tempo", 102.0))
    assert queue.take_at_once(1.125) == []
    assert queue.wait_s(1.125) == 0.125
    assert queue.take_at_once(1.25) == [Change("tempo", 102.0)]
    assert queue.wait_s(1.25) is None


def test_parameters_at_once_do_not_wait_for_each_other() -> None:
    queue = queued(Change("tempo", 100.0))
    queue.take_at_once(1.0)
    queue.put(Change("channel", 2))
    assert queue.take_at_once(1.0) == [Change("channel", 2)]


def test_a_preset_makes_the_changes_before_it_due() -> None:
    queue = queued(Change("tempo", 100.0))
    queue.take_at_once(1.0)
    queue.put(Change("tempo", 101.0))
    queue.put(Change("preset", "nocturne"))
    assert queue.take_at_once(1.0) == [Change("tempo", 101.0)]
