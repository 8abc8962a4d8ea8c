"""Notes that are played on pages of the browser, as messages of input ports."""

from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.player.commands import Incoming, InputGone
from musicgen_live.player.config import PAGE_KEYBOARD, InputOptions
from musicgen_live.session.page_keyboard import PageKeyboard

NOTE_ON = b"\x90\x3c\x50"
PORTS = (InputOptions("Keystation", "input"), InputOptions("nanoKONTROL", "control"))


def test_every_page_is_a_port_behind_those_of_the_player() -> None:
    put: list[Incoming | InputGone] = []
    keyboard = PageKeyboard((*PORTS, InputOptions(PAGE_KEYBOARD, "input", thru=True)), put.append)
    keyboard.receive(0, 12.5, NOTE_ON)
    keyboard.receive(4, 12.75, NOTE_ON)
    keyboard.lose(0)
    assert put == [
        Incoming(3, "input", thru=True, at_s=12.5, message=NOTE_ON),
        Incoming(7, "input", thru=True, at_s=12.75, message=NOTE_ON),
        InputGone(3),
    ]


def test_without_a_keyboard_on_the_page_nothing_is_played() -> None:
    put: list[Incoming | InputGone] = []
    keyboard = PageKeyboard(PORTS, put.append)
    with pytest.raises(SettingsError, match="play with --input page"):
        keyboard.receive(0, 12.5, NOTE_ON)
    keyboard.lose(0)
    assert put == []
