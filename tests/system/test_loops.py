"""`play` beside a DAW that loops, over JACK: the musician's turns, and changes before the end of the loop."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.support.clock_senders import Sender
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Keyboard
from tests.support.playing import MUSIC, TEMPO, free_port
from tests.support.show import Show
from tests.system.test_together import play_phrase

pytestmark = pytest.mark.midi

BAR = 1920
FOLLOWING = (*MUSIC, "--sync", "clock", "--clock-port", "drums", "--out", "take.mid")


def pitches_by_bar(show: Show) -> dict[int, list[int]]:
    """Return the pitches that began in each bar of the take, from 0, sorted."""
    bars = groupby(sorted(show.note_ons()), key=lambda note: note[0] // BAR)
    return {bar: sorted(pitch for _, pitch in notes) for bar, notes in bars}


def wait_for_bar(show: Show, bar: int) -> None:
    """Wait until a note has begun in a bar of the take, or later."""
    wait_until(lambda: any(tick >= bar * BAR for tick, _ in show.note_ons()), f"a note in bar {bar} of the take")


@pytest.mark.parametrize("mode", ["continue", "follow"])
def test_the_model_keeps_its_turn_in_every_pass(jack: JackServer, tmp_path: Path, mode: str) -> None:
    with (
        Receiver(jack),
        Keyboard(jack) as keyboard,
        Sender(jack, tempo=TEMPO) as daw,
        Show(jack, tmp_path, *FOLLOWING, "--input", "keys", "--respond", mode) as show,
    ):
        daw.does("loop 8", "start")
        play_phrase(keyboard)
        wait_for_bar(show, 0)
        first = min(pitches_by_bar(show))
        wait_for_bar(show, first + 7)
        bars = pitches_by_bar(show)
    # Three passes of two bars, and no empty bar.
    assert set(range(first, first + 7)) <= set(bars)


def test_a_transposition_in_bar_2_holds_in_the_whole_next_pass(jack: JackServer, tmp_path: Path) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    with (
        Receiver(jack),
        Sender(jack, tempo=TEMPO) as daw,
        client,
        Show(jack, tmp_path, *FOLLOWING, "--osc", str(port)) as show,
    ):
        daw.does("loop 16", "start")
        wait_for_bar(show, 5)
        client.send_message("/transpose", 12)
        wait_for_bar(show, 12)
        bars = pitches_by_bar(show)
    # At the end of the first pass nobody knows yet that there is a loop: the beat behind it may sound too.
    assert set(bars[0]) <= set(bars[4])
    assert [bars[bar] for bar in range(8, 12)] == [[pitch + 12 for pitch in bars[bar]] for bar in range(4)]
