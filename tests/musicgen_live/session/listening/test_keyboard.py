"""Messages of a keyboard, as note ons and releases."""

from __future__ import annotations

import pytest

from musicgen_live.session.listening.keyboard import Keyboard, NoteOn, Release


def received(keyboard: Keyboard, *messages: str) -> list[NoteOn | Release]:
    return [key for message in messages for key in keyboard.receive(bytes.fromhex(message))]


def test_notes_begin_and_end_on_any_channel() -> None:
    assert received(Keyboard(), "903c50", "953e40", "803c00", "953e00") == [
        NoteOn(60, 80),
        NoteOn(62, 64),
        Release(60),
        Release(62),
    ]


def test_the_pedal_holds_released_notes_until_it_comes_up() -> None:
    keyboard = Keyboard()
    assert received(keyboard, "b0407f", "903c50", "803c40", "903e50") == [NoteOn(60, 80), NoteOn(62, 80)]
    # The pedal is down from 64 on; the key still held continues to sound.
    assert received(keyboard, "b04040") == []
    assert received(keyboard, "b0403f") == [Release(60)]
    assert received(keyboard, "803e00") == [Release(62)]


def test_a_repeated_note_on_ends_its_note_first() -> None:
    again = [NoteOn(60, 80), Release(60), NoteOn(60, 64)]
    assert received(Keyboard(), "903c50", "903c40") == again
    assert received(Keyboard(), "b0407f", "903c50", "803c00", "903c40") == again


def test_without_a_pedal_only_keys_count() -> None:
    assert received(Keyboard(has_pedal=False), "b0407f", "903c50", "803c40") == [NoteOn(60, 80), Release(60)]


@pytest.mark.parametrize("message", ["", "f8", "903c", "a03c50", "b0017f", "c005", "d040", "e00040", "803c00"])
def test_other_messages_are_ignored(message: str) -> None:
    assert received(Keyboard(), message) == []


def test_all_up_releases_keys_and_pedal() -> None:
    keyboard = Keyboard()
    received(keyboard, "903e50", "b0407f", "903c50", "803c00")
    keyboard.all_up()
    assert received(keyboard, "903c50", "803c00") == [NoteOn(60, 80), Release(60)]
