"""Kinds of MIDI messages."""

from __future__ import annotations

import pytest

from musicgen_live.midi.messages import is_note_on, is_well_formed


def test_a_note_on_has_a_velocity_above_zero() -> None:
    assert [is_note_on(bytes.fromhex(message)) for message in ("903c01", "9f3c50", "903c00", "803c50", "f8")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "message", ["903c50", "803c00", "a03c10", "b0077f", "c005", "d040", "e00040", "f8", "ff", "f20102", "f101"]
)
def test_whole_messages_are_well_formed(message: str) -> None:
    assert is_well_formed(bytes.fromhex(message))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "b939",
        "90",
        "903c",
        "903c5000",
        "90bc50",
        "903cff",
        "3c50",
        "f0",
        "f07ef7",
        "f7",
        "f4",
        "f5",
        "f201",
        "f800",
    ],
)
def test_parts_and_system_exclusive_messages_are_not(message: str) -> None:
    assert not is_well_formed(bytes.fromhex(message))
