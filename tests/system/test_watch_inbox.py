"""What is posted to the watch over a player: returned in its turn, whatever becomes of the player."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.music.notes import Note
from musicgen_live.player.protocol import Feed, Stop
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Playing, player

pytestmark = pytest.mark.midi

STRANGER = (PortOptions("stranger"),)


def posted(playing: Playing) -> list[object]:
    playing.listen()
    return [item for item in playing.reports if isinstance(item, str)]


def test_what_other_threads_post_is_returned_in_order(jack: JackServer) -> None:
    with Receiver(jack), player(None, ports=STRANGER) as playing:
        thread = threading.Thread(target=post_wishes, args=(playing,))
        thread.start()
        wait_until(lambda: len(posted(playing)) == 100, "all of it")
        thread.join()
        assert posted(playing) == [f"wish {i}" for i in range(100)]
        playing.stop()


def test_what_is_posted_while_the_player_is_replaced_is_kept(jack: JackServer) -> None:
    with Receiver(jack), player(None, ports=STRANGER) as playing:
        playing.watch.send(Feed((Note(0, 48_000, 60, 80),)))
        ended = threading.Event()
        thread = threading.Thread(target=post_until, args=(playing, ended))
        thread.start()
        os.kill(playing.pid(), signal.SIGKILL)
        playing.wait_for_words("Another one goes on in its place.")
        ended.set()
        thread.join()
        wait_until(lambda: "last" in posted(playing), "the last of it")
        numbers = posted(playing)[:-1]
        assert numbers == [str(number) for number in range(len(numbers))]
        playing.stop()


def post_wishes(playing: Playing) -> None:
    for number in range(100):
        playing.watch.post(f"wish {number}")


def post_until(playing: Playing, ended: threading.Event) -> None:
    number = 0
    while not ended.wait(0.01):
        playing.watch.post(str(number))
        number += 1
    playing.watch.post("last")


def test_a_player_that_hangs_is_found_out_though_much_is_posted_and_looks_are_short(jack: JackServer) -> None:
    with Receiver(jack) as receiver, player(None, ports=STRANGER) as playing:
        playing.watch.send(Feed((Note(0, 48_000, 60, 80),)))
        receiver.wait_for(1)
        ended = threading.Event()
        thread = threading.Thread(target=post_until, args=(playing, ended))
        thread.start()
        os.kill(playing.pid(), signal.SIGSTOP)
        playing.wait_for_words("gave no sign of life for two seconds")
        ended.set()
        thread.join()
        playing.watch.send(Stop())
        wait_until(playing.is_done, "the end")
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_looks_in_which_a_player_had_no_chance_are_no_silence(jack: JackServer) -> None:
    with Receiver(jack), player(None, ports=STRANGER) as playing:
        for _ in range(10_000):
            playing.watch.report(0.0)
        time.sleep(2.5)
        playing.listen()
        assert playing.words == []
        playing.stop()
