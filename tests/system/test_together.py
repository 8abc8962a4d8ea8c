"""A musician, a controller and OSC beside `play`, each in a separate process, over JACK."""

from __future__ import annotations

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.messages import CONTROL_CHANGE, is_note_on
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Keyboard
from tests.support.playing import MUSIC, TEMPO, ends_released, free_port, note_messages
from tests.support.show import Show, Terminal
from tests.support.silences import longest_silence

pytestmark = pytest.mark.midi

BAR = 1920
C_MAJOR = {0, 2, 4, 5, 7, 9, 11}
LISTENING = (*MUSIC, "--input", "keys")
QUARTER_S = 60 / TEMPO


def play_phrase(keyboard: Keyboard) -> None:
    """Play four quarter notes, the last one released before the bar line."""
    for pitch in (60, 64, 67, 72):
        keyboard.plays(f"90{pitch:02x}50")
        time.sleep(0.7 * QUARTER_S)
        keyboard.plays(f"80{pitch:02x}00")
        time.sleep(0.3 * QUARTER_S)


def note_on_pitches(receiver: Receiver) -> list[int]:
    return [message[1] for message in receiver.messages() if is_note_on(message)]


def wait_for_silence(receiver: Receiver) -> None:
    wait_until(lambda: receiver.sounding() == set(), "all notes to be released")


def rests_for_a_bar(show: Show) -> bool:
    """Return True if nothing is struck from now on for four quarters."""
    struck = len(show.note_ons())
    time.sleep(4 * QUARTER_S)
    return len(show.note_ons()) == struck


@pytest.mark.parametrize(("enter", "grid"), [("bar", BAR), ("beat", 480)])
def test_a_phrase_is_continued_on_the_grid_and_in_the_key(
    jack: JackServer, tmp_path: Path, enter: str, grid: int
) -> None:
    """Before the phrase the model plays nothing."""
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        Show(jack, tmp_path, *LISTENING, "--enter", enter, "--out", "take.mid") as show,
    ):
        assert show.events_of("opened")[0]["inputs"] == ["keys:out"]
        time.sleep(0.3)
        assert receiver.messages() == []
        play_phrase(keyboard)
        played = show.wait_for("played", 8)
        receiver.wait_for(20)
    released = played[7]["tick"]
    first = show.note_ons()[0][0]
    later_events = show.events[show.events.index(played[7]) :]
    entered = next(e["tick"] for e in later_events if e["event"] == "planned" and e["until_tick"] > e["tick"])
    assert played[0]["tick"] == 0
    assert entered % grid == 0
    assert first == show.plan()[0][0] >= entered
    # At once at the end of whole bars, else after an eighth of silence, or 25 % more than the longest in the phrase.
    rests = [later["tick"] - one["tick"] for one, later in pairwise(played[:8]) if later["velocity"]]
    assert -60 <= entered - released < max(240, max(rests) * 5 // 4) + grid
    assert [note for note in show.plan() if note[0] <= show.note_ons()[-1][0]] == sorted(show.note_ons())
    assert note_on_pitches(receiver) == [pitch for _, pitch in show.note_ons()]
    assert {pitch % 12 for pitch in note_on_pitches(receiver)} <= C_MAJOR
    assert receiver.sounding() == set()
    recorded = note_messages(tmp_path / "take.mid")
    sent = [message for message in receiver.messages() if message[0] & 0xF0 != CONTROL_CHANGE]
    assert [message for message in recorded if message[0] & 0x0F == 0] == sent
    # The phrase is in a track of its own.
    assert len(note_messages(tmp_path / "take.mid", "you")) == len(recorded) - len(sent) == 8


def test_a_glissando_is_answered_on_the_bar(jack: JackServer, tmp_path: Path) -> None:
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        Show(jack, tmp_path, *LISTENING, "--no-record") as show,
    ):
        for i in range(100):
            keyboard.plays(f"90{36 + i % 48:02x}50")
            keyboard.plays(f"80{36 + i % 48:02x}00")
            time.sleep(0.012)
        played = show.wait_for("played", 200)
        receiver.wait_for(8)
    later_events = show.events[show.events.index(played[-1]) :]
    entered = next(e["tick"] for e in later_events if e["event"] == "planned" and e["until_tick"] > e["tick"])
    rests = [later["tick"] - one["tick"] for one, later in pairwise(played) if later["velocity"]]
    assert entered % BAR == 0
    assert -60 <= entered - played[-1]["tick"] < max(240, max(rests[-8:]) * 5 // 4) + BAR


def test_a_note_on_silences_it_and_a_keyboard_may_reconnect(jack: JackServer, tmp_path: Path) -> None:
    """The keyboard is unplugged while the key is held."""
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard:
        show = Show(jack, tmp_path, *LISTENING, "--thru", "--out", "take.mid")
        with show:
            play_phrase(keyboard)
            receiver.wait_for(8 + 8)
            keyboard.plays("903050")
            wait_until(lambda: 48 in note_on_pitches(receiver), "the key to be played through")
            silenced_tick = show.wait_for("played", 5, velocity=80)[4]["tick"]
            keyboard.unplug()
            show.wait_for("played", 5, velocity=0)
            with Keyboard(jack) as again:
                wait_until(lambda: any("is back" in said["text"] for said in show.events_of("said")), "the port")
                wait_for_silence(receiver)
                # The server makes a connection in one of the next cycles.
                time.sleep(0.3)
                sent = len(show.note_ons())
                again.plays("903250")
                again.plays("803200")
                show.wait_for("played", 6, velocity=0)
                wait_until(lambda: len(show.note_ons()) > sent + 6, "the model to continue")
        # The model begins no note between the note-on and the end of that phrase. A busy player plays the key itself
        # some ticks after it was struck.
        end_tick = show.events_of("played", velocity=0)[4]["tick"]
        assert {pitch for tick, pitch in show.note_ons() if silenced_tick < tick < end_tick} <= {48}
        assert receiver.sounding() == set()
    assert ends_released(tmp_path / "take.mid")


def test_our_output_as_our_input_with_thru_does_not_circulate(jack: JackServer, tmp_path: Path) -> None:
    flags = (*LISTENING, "--virtual", "loop", "--respond", "follow", "--thru", "--no-record")
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, Show(jack, tmp_path, *flags) as show:
        ports = jack.ports()
        looped = next(name for name in ports if name.startswith("musicgen-live") and "input" in name)
        jack.connect(next(name for name in ports if name.endswith(":loop")), looped)
        show.wait_for("bar-began", 3)
        keyboard.plays("902050")
        keyboard.plays("802000")
        show.wait_for("bar-began", 6)
    assert [(e["pitch"], e["velocity"]) for e in show.events_of("played")] == [(32, 80), (32, 0)]
    last = show.note_ons()[-1][0]
    musician = [note for note in show.note_ons() if note[1] == 32]
    assert len(musician) == 1
    assert len(note_on_pitches(receiver)) <= len(show.note_ons())
    assert sorted([*musician, *(note for note in show.plan() if note[0] <= last)]) == sorted(show.note_ons())
    assert receiver.sounding() == set()


def test_a_player_killed_while_it_answers_can_be_silenced(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard:
        with Show(jack, tmp_path, *LISTENING, "--out", "take.mid") as show:
            play_phrase(keyboard)
            receiver.wait_for(6)
            os.kill(show.player_pid(), signal.SIGKILL)
            wait_until(lambda: any("Another one" in said["text"] for said in show.events_of("said")), "another player")
            # It listens by the time it plays; before that, it releases what sounded.
            played = len(show.note_ons())
            wait_until(lambda: len(show.note_ons()) > played, "the model to continue")
            keyboard.plays("903050")
            show.wait_for("played", 5, velocity=80)
            # On a busy machine the session hears of the key late.
            wait_until(lambda: rests_for_a_bar(show), "the model to be silent")
            keyboard.plays("803000")
            sent = len(show.note_ons())
            wait_until(lambda: len(show.note_ons()) > sent, "the model to continue")
        assert receiver.sounding() == set()
    assert ends_released(tmp_path / "take.mid")


SWITCHES = 50
SHORT_BAR = 960
"""A bar of 2/4, so that fifty bars are short; dense music in 2/4 has no silence over a quarter by itself."""


def test_fifty_model_switches_leave_no_gap_and_no_note_on(jack: JackServer, tmp_path: Path) -> None:
    """Kept bars contain the notes that were played."""
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    show = Show(jack, tmp_path, *MUSIC, "--meter", "2/4", "--osc", str(port), "--out", "take.mid")
    with Receiver(jack) as receiver, client, show:
        show.wait_for("bar-began")
        for i in range(SWITCHES):
            client.send_message("/model", ("stream", "piano")[i % 2])
            if i == SWITCHES // 2:
                client.send_message("/temperature", 0.5)
            # Each model begins to play before the next change.
            show.wait_for("changed", i + 1, name="model")
        client.send_message("/keep", [])
        kept = show.wait_for("kept")[0]
        last = show.note_ons()[-1][0]
        wait_until(lambda: show.note_ons()[-1][0] > last, "the music to continue")
    assert show.events_of("refused") == []
    assert [event["value"] for event in show.events_of("changed", name="temperature")] == [0.5]
    changed = show.events_of("changed", name="model")
    assert [event["value"] for event in changed] == ["stream", "piano"] * (SWITCHES // 2)
    assert len({event["bar"] for event in changed}) == SWITCHES
    last = show.note_ons()[-1][0]
    assert [note for note in show.plan() if note[0] <= last] == sorted(show.note_ons())
    # Not the receiver's messages, because in half a minute the server loses or doubles one.
    assert note_messages(tmp_path / "take.mid") == [m for _, m in show.sent() if m[0] & 0xF0 != CONTROL_CHANGE]
    assert longest_silence(show.sent()) <= 480
    assert receiver.sounding() == set()
    music = read_midi(tmp_path / kept["path"])
    first_tick, bars = (kept["first_bar"] - 1) * SHORT_BAR, kept["bars"]
    assert bars == 8
    expected = [(t - first_tick, p) for t, p in show.note_ons() if first_tick <= t < first_tick + bars * SHORT_BAR]
    assert sorted((note.start_tick, note.pitch) for note in music.score.notes) == sorted(expected)


CONTROLS = """\
[controls]
"cc 1" = { value = "temperature", low = 0.5, high = 1.5 }
"note 36" = "reroll"
"""


def test_a_fader_changes_a_value_and_is_moved_by_others(jack: JackServer, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(CONTROLS, encoding="utf-8")
    port = free_port()
    flags = ("--control", "knobs", "--controls", "mine.toml", "--osc", str(port), "--no-record")
    client = SimpleUDPClient("127.0.0.1", port)
    with Receiver(jack) as receiver, Keyboard(jack, "knobs", has_input=True) as controller, client:
        with Show(jack, tmp_path, *MUSIC, *flags) as show:
            # At first the fader is moved to the value: 0.95 is 57 of 127.
            wait_until(lambda: controller.received() != [], "the fader to be moved")
            first = controller.received()
            controller.plays("b0017f")
            show.wait_for("changed", name="temperature", value=1.5)
            moved = controller.received()
            client.send_message("/temperature", 0.5)
            wait_until(lambda: len(controller.received()) > len(moved), "the fader to be moved")
            assert controller.received()[len(moved) :] == ["b00100"]
            controller.plays("902464")
            show.wait_for("changed", name="reroll")
        assert receiver.sounding() == set()
    opened = show.events_of("opened")[0]["values"]["temperature"]
    assert first == [f"b001{round((opened - 0.5) * 127):02x}"]
    # A fader under a finger is not moved.
    assert moved == first


@pytest.mark.parametrize("way", ["q", "SIGTERM"])
def test_the_screen_leaves_terminal_and_take_intact(jack: JackServer, tmp_path: Path, way: str) -> None:
    with Receiver(jack) as receiver, Terminal(jack, tmp_path, *MUSIC, "--out", "take.mid") as terminal:
        terminal.wait_for(b"temperature")
        receiver.wait_for(8)
        if way == "q":
            terminal.type("q")
        else:
            os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 0
        assert terminal.is_as_it_was()
        assert b"Traceback" not in terminal.shown
        assert receiver.sounding() == set()
    assert note_messages(tmp_path / "take.mid") == [m for m in receiver.messages() if m[0] & 0xF0 != CONTROL_CHANGE]
