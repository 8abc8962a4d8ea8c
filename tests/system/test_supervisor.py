"""The supervisor of a player process, over a real MIDI server."""

from __future__ import annotations

import os
import signal
import time

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Feed, SetChannel, Stop
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.part_channels import UNSPLIT
from musicgen_live.player.process_client import Gone, PlayerProcess
from musicgen_live.player.reports import Ready
from tests.support.jack import LIMIT_S, JackServer, Receiver, wait_until
from tests.support.midi_keyboard import player
from tests.support.playing import player_pids

pytestmark = pytest.mark.midi

STRANGER = (PortOptions("stranger"),)


def test_a_hanging_player_is_replaced_and_leaves_no_note_on(jack: JackServer) -> None:
    with Receiver(jack) as receiver, player(None, ports=STRANGER) as playing:
        playing.supervisor.send(Feed((Note(0, 48_000, 60, 80),)))
        receiver.wait_for(1)
        os.kill(playing.pid(), signal.SIGSTOP)
        playing.wait_for_text("gave no sign of life for two seconds")
        playing.supervisor.send(Stop())
        wait_until(playing.is_done, "the end")
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_a_player_that_ends_before_its_session_ends_well(jack: JackServer) -> None:
    """The pipe for its commands stays open, and a thread of it reads there."""
    config = PlayerConfig(STRANGER, None, "toy", 120, TimeSignature(4, 4), UNSPLIT, 100_000)
    with Receiver(jack):
        process = PlayerProcess(config, lambda: None)
        assert isinstance(process.receive(LIMIT_S), Ready)
        process.send(Stop())
        wait_until(lambda: isinstance(process.receive(), Gone), "the end")
        assert "ended with status 0. Its last words: it said nothing" in str(process.failure())
        process.close()


def test_a_player_knows_whether_it_was_killed_by_others(jack: JackServer) -> None:
    config = PlayerConfig(STRANGER, None, "toy", 120, TimeSignature(4, 4), UNSPLIT, 100_000)
    with Receiver(jack):
        for by_others in (True, False):
            process = PlayerProcess(config, lambda: None)
            assert isinstance(process.receive(LIMIT_S), Ready)
            if by_others:
                os.kill(player_pids(os.getpid())[0], signal.SIGKILL)
            else:
                process.kill()
            process.failure()
            assert process.was_killed_by_others() is by_others
            process.close()


def test_frequent_calls_are_not_taken_for_silence(jack: JackServer) -> None:
    with Receiver(jack), player(None, ports=STRANGER) as playing:
        for _ in range(10_000):
            playing.supervisor.receive()
        time.sleep(2.5)
        playing.collect_reports()
        assert playing.texts == []
        playing.stop()


def test_a_hanging_player_does_not_hold_up_who_sends_to_it(jack: JackServer) -> None:
    with Receiver(jack) as receiver, player(None, ports=STRANGER) as playing:
        playing.supervisor.send(Feed((Note(0, 48_000, 60, 80),)))
        receiver.wait_for(1)
        os.kill(playing.pid(), signal.SIGSTOP)
        # More than a pipe holds.
        for _ in range(10_000):
            playing.supervisor.send(SetChannel(3))
        playing.wait_for_text("gave no sign of life for two seconds")
        playing.stop()
        assert receiver.sounding() == set()
