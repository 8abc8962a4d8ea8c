"""Messages of a keyboard, as notes that begin and end."""

from __future__ import annotations

import pytest

from musicgen_live.session.listening.keyboard import Keyboard, NoteOn, Release


def heard(keyboard: Keyboard, *messages: str) -> list[NoteOn | Release]:
    return [key for message in messages for key in keyboard.receive(bytes.fromhex(message))]


def test_notes_begin_and_end_on_any_channel() -> None:
    assert heard(Keyboard(), "903c50", "953e40", "803c00", "953e00") == [
        NoteOn(60, 80),
        NoteOn(62, 64),
        Release(60),
        Release(62),
    ]


def test_the_pedal_keeps_what_is_released_until_it_comes_up() -> None:
    keyboard = Keyboard()
    assert heard(keyboard, "b0407f", "903c50", "803c40", "903e50") == [NoteOn(60, 80), NoteOn(62, 80)]
    # Down it is from 64 on; the key still held sounds on.
    assert heard(keyboard, "b04040") == []
    assert heard(keyboard, "b0403f") == [Release(60)]
    assert heard(keyboard, "803e00") == [Release(62)]


def test_a_key_struck_again_ends_its_note_first() -> None:
    again = [NoteOn(60, 80), Release(60), NoteOn(60, 64)]
    assert heard(Keyboard(), "903c50", "903c40") == again
    assert heard(Keyboard(), "b0407f", "903c50", "803c00", "903c40") == again


def test_without_a_pedal_only_keys_count() -> None:
    assert heard(Keyboard(has_pedal=False), "b0407f", "903c50", "803c40") == [NoteOn(60, 80), Release(60)]


@pytest.mark.parametrize("message", ["", "f8", "903c", "a03c50", "b0017f", "c005", "d040", "e00040", "803c00"])
def test_all_else_says_nothing(message: str) -> None:
    assert heard(Keyboard(), message) == []


def test_a_keyboard_that_is_gone_holds_nothing() -> None:
    keyboard = Keyboard()
    heard(keyboard, "903e50", "b0407f", "903c50", "803c00")
    assert keyboard.all_up() == (Release(60), Release(62))
    assert heard(keyboard, "903c50", "803c00") == [NoteOn(60, 80), Release(60)]
