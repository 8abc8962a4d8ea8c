"""Kinds of MIDI messages."""

from __future__ import annotations

from musicgen_live.midi.messages import is_note_on


def test_a_note_on_has_a_velocity_above_zero() -> None:
    assert [is_note_on(bytes.fromhex(message)) for message in ("903c01", "9f3c50", "903c00", "803c50", "f8")] == [
        True,
        True,
        False,
        False,
        False,
    ]
