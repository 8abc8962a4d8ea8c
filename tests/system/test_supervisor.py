"""The supervisor of a player process, over a real MIDI server."""

from __future__ import annotations

import os
import signal
import time

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.music.notes import Note
from musicgen_live.player.protocol import Feed, Stop
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import player

pytestmark = pytest.mark.midi

STRANGER = (PortOptions("stranger"),)


def test_a_hanging_player_is_replaced_and_leaves_no_note_on(jack: JackServer) -> None:
    with Receiver(jack) as receiver, player(None, ports=STRANGER) as playing:
        playing.watch.send(Feed((Note(0, 48_000, 60, 80),)))
        receiver.wait_for(1)
        os.kill(playing.pid(), signal.SIGSTOP)
        playing.wait_for_words("gave no sign of life for two seconds")
        playing.watch.send(Stop())
        wait_until(playing.is_done, "the end")
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_quick_looks_are_not_taken_for_silence(jack: JackServer) -> None:
    with Receiver(jack), player(None, ports=STRANGER) as playing:
        for _ in range(10_000):
            playing.watch.receive()
        time.sleep(2.5)
        playing.listen()
        assert playing.words == []
        playing.stop()
