"""A take on a stage, with the real processes over JACK: scenes, second thoughts, loops, meter, tempo."""

from __future__ import annotations

import time
from itertools import groupby
from pathlib import Path

import mido
import pytest
from pythonosc.udp_client import SimpleUDPClient

from musicgen_live.config.user_folder import VARIABLE
from tests.support.clock_senders import Sender
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Keyboard
from tests.support.playing import MUSIC, TEMPO, free_port, note_ons_of
from tests.support.show import Show

pytestmark = pytest.mark.midi

BAR = 1920

PADS = """\
[controls]
"note 36 channel 10" = { value = "store", to = "1" }
"note 37 channel 10" = { value = "scene", to = "1", quantise = "bar" }
"""


def said(show: Show) -> list[str]:
    """Return the messages for the user."""
    return [event["text"] for event in show.events_of("said")]


def bars_of(show: Show) -> dict[int, list[tuple[int, int]]]:
    """Return place and pitch of the notes that began in each bar, from 0."""
    notes = sorted((tick // BAR, tick % BAR, pitch) for tick, pitch in show.note_ons())
    return {bar: [(place, pitch) for _, place, pitch in group] for bar, group in groupby(notes, key=lambda n: n[0])}


def test_a_pad_stores_a_scene_and_calls_it_back(
    jack: JackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    (tmp_path / "mine.toml").write_text(PADS, encoding="utf-8")
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    flags = ("--control", "pads", "--controls", "mine.toml", "--osc", str(port), "--out", "take.mid")
    with (
        Receiver(jack) as receiver,
        Keyboard(jack, "pads") as pads,
        client,
        Show(jack, tmp_path, *MUSIC, *flags) as show,
    ):
        show.wait_for("bar-began", 2)
        pads.plays("992464")
        show.wait_for("said", text="Scene 1 is stored.")
        client.send_message("/transpose", 12)
        client.send_message("/tempo", TEMPO - 20)
        transposed = show.wait_for("changed", name="transpose", value=12)[0]["bar"]
        show.wait_for("bar-began", transposed)
        pads.plays("992564")
        back = show.wait_for("changed", name="transpose", value=0)[0]["bar"]
        assert [event["bar"] for event in show.events_of("asked", name="scene")] == [back]
        show.wait_for("changed", name="tempo", value=float(TEMPO))
        show.wait_for("bar-began", back + 1)
        plan = [tick // BAR for tick, _ in show.plan()]
    assert '[scenes."1"]' in (tmp_path / "home" / "scenes.toml").read_text(encoding="utf-8")
    assert back > transposed
    assert plan
    assert receiver.sounding() == set()


def test_a_reroll_is_taken_back_after_it_was_heard(jack: JackServer, tmp_path: Path) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    with Receiver(jack) as receiver, client, Show(jack, tmp_path, *MUSIC, "--osc", str(port), "--no-record") as show:
        show.wait_for("bar-began", 2)
        planned = show.plan()
        client.send_message("/reroll", [])
        rerolled = show.wait_for("changed", name="reroll")[0]["bar"] - 1
        client.send_message("/undo", [])
        undone = show.wait_for("changed", name="undo")[0]["bar"] - 1
        show.wait_for("bar-began", undone + 2)
        bars = bars_of(show)
    before = [(tick % BAR, pitch) for tick, pitch in planned if tick // BAR == rerolled]
    assert bars[rerolled] != before
    # The bar that the reroll had replaced, now where the undo takes effect.
    assert bars[undone] == before
    assert receiver.sounding() == set()


def test_kept_bars_sound_beneath_the_music(jack: JackServer, tmp_path: Path) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    with Receiver(jack) as receiver, client, Show(jack, tmp_path, *MUSIC, "--osc", str(port)) as show:
        show.wait_for("bar-began", 4)
        client.send_message("/keep", 2)
        kept = show.wait_for("kept")[0]
        client.send_message("/play-kept", 1)
        first = show.wait_for("changed", name="play-kept", value=True)[0]["bar"] - 1
        show.wait_for("bar-began", first + 5)
        bars = bars_of(show)
    assert kept["bars"] == 2
    for bar in (0, 1):
        loop = bars[kept["first_bar"] - 1 + bar]
        assert set(loop) <= set(bars[first + bar])
        assert set(loop) <= set(bars[first + 2 + bar])
    assert receiver.sounding() == set()


def test_the_take_has_another_time_signature_from_its_bar_on(jack: JackServer, tmp_path: Path) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    flags = ("--osc", str(port), "--out", "take.mid")
    with Receiver(jack) as receiver, client, Show(jack, tmp_path, *MUSIC, *flags) as show:
        show.wait_for("bar-began", 2)
        client.send_message("/meter", "3/4")
        bar = show.wait_for("changed", name="meter", value="3/4")[0]["bar"]
        show.wait_for("bar-began", bar + 3)
        assert [event["bar"] for event in show.events_of("bar-began")] == list(range(1, bar + 4))
        notes = show.note_ons()
    found, tick = [], 0
    for message in mido.MidiFile(tmp_path / "take.mid").tracks[0]:
        tick += message.time
        if message.type == "time_signature":
            found.append((tick, message.numerator, message.denominator))
    line = (bar - 1) * BAR
    assert found == [(0, 4, 4), (line, 3, 4)]
    # Until the take ended, more were sent.
    last = max(tick for tick, _ in notes)
    assert sorted(note for note in note_ons_of(tmp_path / "take.mid") if note[0] < last) == sorted(
        note for note in notes if note[0] < last
    )
    assert {(note - line) // 1440 for note, _ in notes if note >= line} >= {0, 1, 2}
    assert receiver.sounding() == set()


def test_the_first_phrase_says_the_tempo(jack: JackServer, tmp_path: Path) -> None:
    without_tempo = [flag for flag in MUSIC if flag not in ("--tempo", str(TEMPO))]
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        Show(jack, tmp_path, *without_tempo, "--input", "keys", "--out", "take.mid") as show,
    ):
        began_s = time.monotonic()
        for beat, pitch in enumerate((60, 64, 67, 72)):
            # By the clock, so that a busy machine delays a note and not all after it.
            time.sleep(max(0.0, began_s + beat * 0.5 - time.monotonic()))
            keyboard.plays(f"90{pitch:02x}50")
            time.sleep(0.35)
            keyboard.plays(f"80{pitch:02x}00")
        show.wait_for("struck")
        text = next(text for text in said(show) if text.startswith("Your phrase"))
    assert text in [f"Your phrase says the tempo: {tempo} BPM." for tempo in range(110, 131)]
    own = note_ons_of(tmp_path / "take.mid", 2)
    # On their beats, by the tempo that was found.
    assert [round(tick / 480) for tick, _ in own] == [0, 1, 2, 3]
    assert receiver.sounding() == set()


def test_a_clock_that_runs_is_joined(jack: JackServer, tmp_path: Path) -> None:
    flags = (*MUSIC, "--sync", "clock", "--clock-port", "drums", "--join", "--out", "take.mid")
    with Receiver(jack) as receiver, Sender(jack, tempo=TEMPO) as daw, Show(jack, tmp_path, *flags) as show:
        # It sends pulses and no start.
        show.wait_for("struck", 8)
        assert any(text.startswith("The music joins the clock, of ") for text in said(show))
        daw.does("stop")
        wait_until(lambda: receiver.sounding() == set(), "all notes to be released")
    assert note_ons_of(tmp_path / "take.mid")[0][0] < BAR
