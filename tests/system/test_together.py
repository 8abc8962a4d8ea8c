"""A musician, knobs and OSC beside `play`, over JACK and each in a process of its own."""

from __future__ import annotations

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from musicgen_live.midi.file_reader import read_midi
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
    """Four quarter notes, the last one released before the bar line."""
    for pitch in (60, 64, 67, 72):
        keyboard.plays(f"90{pitch:02x}50")
        time.sleep(0.7 * QUARTER_S)
        keyboard.plays(f"80{pitch:02x}00")
        time.sleep(0.3 * QUARTER_S)


def strikes(receiver: Receiver) -> list[int]:
    return [message[1] for message in receiver.messages() if message[0] & 0xF0 == 0x90 and message[2]]


def is_silent(receiver: Receiver) -> None:
    wait_until(lambda: receiver.sounding() == set(), "all notes to be released")


@pytest.mark.parametrize(("enter", "grid"), [("bar", BAR), ("beat", 480)])
def test_a_phrase_is_gone_on_from_on_the_grid_in_the_key_and_nothing_before(
    jack: JackServer, tmp_path: Path, enter: str, grid: int
) -> None:
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        Show(jack, tmp_path, *LISTENING, "--enter", enter, "--out", "take.mid") as show,
    ):
        assert show.told("opened")[0]["inputs"] == ["keys:out"]
        time.sleep(0.3)
        assert receiver.messages() == []
        play_phrase(keyboard)
        heard = show.wait_for("played", 8)
        receiver.wait_for(20)
    released = heard[7]["tick"]
    first = show.struck()[0][0]
    behind = show.events[show.events.index(heard[7]) :]
    entered = next(event["tick"] for event in behind if event["event"] == "planned")
    assert heard[0]["tick"] == 0
    assert entered % grid == 0
    assert first == show.plan()[0][0] >= entered
    # An eighth of silence, or a fourth longer than the longest silence within the phrase.
    rests = [later["tick"] - one["tick"] for one, later in pairwise(heard[:8]) if later["velocity"]]
    assert 0 <= entered - (released + max(240, max(rests) * 5 // 4)) < grid
    assert [note for note in show.plan() if note[0] <= show.struck()[-1][0]] == show.struck()
    assert strikes(receiver) == [pitch for _, pitch in show.struck()]
    assert {pitch % 12 for pitch in strikes(receiver)} <= C_MAJOR
    assert receiver.sounding() == set()
    assert note_messages(tmp_path / "take.mid") == [m for m in receiver.messages() if m[0] & 0xF0 != 0xB0]


def test_a_glissando_is_kept_up_with_and_answered_on_the_bar(jack: JackServer, tmp_path: Path) -> None:
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        Show(jack, tmp_path, *LISTENING, "--no-record") as show,
    ):
        for i in range(100):
            keyboard.plays(f"90{36 + i % 48:02x}50")
            keyboard.plays(f"80{36 + i % 48:02x}00")
            time.sleep(0.012)
        heard = show.wait_for("played", 200)
        receiver.wait_for(8)
    behind = show.events[show.events.index(heard[-1]) :]
    entered = next(e["tick"] for e in behind if e["event"] == "planned" and e["until_tick"] > e["tick"])
    rests = [later["tick"] - one["tick"] for one, later in pairwise(heard) if later["velocity"]]
    assert entered % BAR == 0
    assert 0 <= entered - (heard[-1]["tick"] + max(240, max(rests[-8:]) * 5 // 4)) < BAR


def test_a_strike_silences_it_and_a_keyboard_unplugged_in_the_middle_is_heard_again(
    jack: JackServer, tmp_path: Path
) -> None:
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard:
        show = Show(jack, tmp_path, *LISTENING, "--thru", "--out", "take.mid")
        with show:
            play_phrase(keyboard)
            receiver.wait_for(8 + 8)
            keyboard.plays("903050")
            wait_until(lambda: 48 in strikes(receiver), "the key to be played through")
            silent = show.wait_for("played", 5, velocity=80)[4]["tick"]
            keyboard.unplug()
            show.wait_for("played", 5, velocity=0)
            with Keyboard(jack) as again:
                wait_until(lambda: any("is back" in said["text"] for said in show.told("said")), "the port")
                is_silent(receiver)
                # The server takes a connection up in a cycle to come.
                time.sleep(0.3)
                begun = len(show.struck())
                again.plays("903250")
                again.plays("803200")
                show.wait_for("played", 6, velocity=0)
                wait_until(lambda: len(show.struck()) > begun + 6, "the model to go on")
        # What is begun by the model between the strike and the end of that phrase: nothing.
        ended = show.told("played", velocity=0)[4]["tick"]
        assert [note for note in show.struck() if silent < note[0] < ended] == []
        assert receiver.sounding() == set()
    assert ends_released(tmp_path / "take.mid")


def test_our_own_output_as_our_input_with_thru_runs_round_no_more_than_once(jack: JackServer, tmp_path: Path) -> None:
    flags = (*LISTENING, "--virtual", "loop", "--listen", "follow", "--thru", "--no-record")
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, Show(jack, tmp_path, *flags) as show:
        ports = jack.ports()
        looped = next(name for name in ports if name.startswith("musicgen-live") and "input" in name)
        jack.connect(next(name for name in ports if name.endswith(":loop")), looped)
        show.wait_for("bar-began", 3)
        keyboard.plays("902050")
        keyboard.plays("802000")
        show.wait_for("bar-began", 6)
    assert [(e["pitch"], e["velocity"]) for e in show.told("played")] == [(32, 80), (32, 0)]
    last = show.struck()[-1][0]
    musician = [note for note in show.struck() if note[1] == 32]
    assert len(musician) == 1
    assert len(strikes(receiver)) <= len(show.struck())
    assert sorted([*musician, *(note for note in show.plan() if note[0] <= last)]) == sorted(show.struck())
    assert receiver.sounding() == set()


def test_the_player_killed_while_it_answers_goes_on_and_can_still_be_silenced(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard:
        with Show(jack, tmp_path, *LISTENING, "--out", "take.mid") as show:
            play_phrase(keyboard)
            receiver.wait_for(6)
            os.kill(show.player_pid(), signal.SIGKILL)
            wait_until(lambda: any("Another one" in said["text"] for said in show.told("said")), "another player")
            killed = len(receiver.messages())
            receiver.wait_for(killed + 8)
            keyboard.plays("903050")
            silent = show.wait_for("played", 5, velocity=80)[4]["tick"]
            time.sleep(4 * QUARTER_S)
            assert [note for note in show.struck() if note[0] > silent] == []
            keyboard.plays("803000")
            begun = len(show.struck())
            wait_until(lambda: len(show.struck()) > begun, "the model to go on")
        assert receiver.sounding() == set()
    assert ends_released(tmp_path / "take.mid")


SWITCHES = 50
SHORT_BAR = 960
"""Of 2/4, so that fifty bars are soon over; such music, dense, has no silence over a quarter by itself."""


def test_fifty_models_one_after_the_other_leave_no_gap_and_no_note_on_and_bars_are_kept(
    jack: JackServer, tmp_path: Path
) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    show = Show(jack, tmp_path, *MUSIC, "--meter", "2/4", "--osc", str(port), "--out", "take.mid")
    with Receiver(jack) as receiver, client, show:
        show.wait_for("bar-began")
        for i in range(SWITCHES):
            client.send_message("/model", ("stream", "piano")[i % 2])
            if i == SWITCHES // 2:
                client.send_message("/temperature", 0.5)
            # Each is heard before the next one is asked for.
            show.wait_for("changed", i + 1, name="model")
        client.send_message("/keep", [])
        kept = show.wait_for("kept")[0]
        last = show.struck()[-1][0]
        wait_until(lambda: show.struck()[-1][0] > last, "the music to go on")
    assert show.told("refused") == []
    assert [event["value"] for event in show.told("changed", name="temperature")] == [0.5]
    changed = show.told("changed", name="model")
    assert [event["value"] for event in changed] == ["stream", "piano"] * (SWITCHES // 2)
    assert len({event["bar"] for event in changed}) == SWITCHES
    last = show.struck()[-1][0]
    assert [note for note in show.plan() if note[0] <= last] == sorted(show.struck())
    sent = [(event["take_tick"], bytes.fromhex(m)) for event in show.told("struck") for m in event["messages"]]
    # Not what the receiver got, message by message: in half a minute the server loses one, or passes it on twice.
    assert note_messages(tmp_path / "take.mid") == [m for _, m in sent if m[0] & 0xF0 != 0xB0]
    assert longest_silence(sent) <= 480
    assert receiver.sounding() == set()
    music = read_midi(tmp_path / kept["path"])
    first_tick, bars = (kept["first_bar"] - 1) * SHORT_BAR, kept["bars"]
    assert bars == 8
    expected = [(t - first_tick, p) for t, p in show.struck() if first_tick <= t < first_tick + bars * SHORT_BAR]
    assert sorted((note.start_tick, note.pitch) for note in music.score.notes) == sorted(expected)


CONTROLS = """\
[controls]
"cc 1" = { value = "temperature", low = 0.5, high = 1.5 }
"note 36" = "reroll"
"""


def test_a_fader_changes_a_value_and_is_moved_when_something_else_does(jack: JackServer, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(CONTROLS, encoding="utf-8")
    port = free_port()
    flags = ("--control", "knobs", "--controls", "mine.toml", "--osc", str(port), "--no-record")
    client = SimpleUDPClient("127.0.0.1", port)
    with Receiver(jack) as receiver, Keyboard(jack, "knobs", has_input=True) as parameters, client:
        with Show(jack, tmp_path, *MUSIC, *flags) as show:
            # At first the fader is put to where the value is: 0.95 is 57 of 127.
            wait_until(lambda: parameters.came() != [], "the fader to be moved")
            first = parameters.came()
            parameters.plays("b0017f")
            show.wait_for("changed", name="temperature", value=1.5)
            moved = parameters.came()
            client.send_message("/temperature", 0.5)
            wait_until(lambda: len(parameters.came()) > len(moved), "the fader to be moved")
            assert parameters.came()[len(moved) :] == ["b00100"]
            parameters.plays("902464")
            show.wait_for("changed", name="reroll")
        assert receiver.sounding() == set()
    opened = show.told("opened")[0]["values"]["temperature"]
    assert first == [f"b001{round((opened - 0.5) * 127):02x}"]
    # A fader under a finger is left alone.
    assert moved == first


@pytest.mark.parametrize("way", ["q", "SIGTERM"])
def test_the_screen_starts_shows_and_leaves_the_terminal_and_the_take_as_they_ought_to_be(
    jack: JackServer, tmp_path: Path, way: str
) -> None:
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
    assert note_messages(tmp_path / "take.mid") == [m for m in receiver.messages() if m[0] & 0xF0 != 0xB0]
