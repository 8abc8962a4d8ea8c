"""The keyboard of the page in a real browser: what is played there is heard, is part of the take, and is let go."""

from __future__ import annotations

import itertools
from pathlib import Path

import mido
import pytest

from tests.support.browser import Browser, Tab
from tests.support.playing import ends_released, note_ons_of
from tests.support.playing_page import SOUND, TAKE, playing_page

pytestmark = pytest.mark.browser

KEYBOARD = "document.querySelector('page-keyboard')"


def key_place(tab: Tab, pitch: int, depth: float = 0.4) -> tuple[float, float]:
    """Return a point on a key of the page, at a share of its height."""
    return tab.point_in(f"{KEYBOARD}.keyOfPitch.get({pitch})", 0.5, depth)


def wait_for_notes(tab: Tab, *pitches: int) -> list[list[int]]:
    """Wait until these are the pitches of the notes that were played last, each with its end; return those notes."""
    latest = f"{TAKE}.own.slice(-{len(pitches)})"
    tab.wait_for(f"{latest}.map((note) => note[2]).join() === '{','.join(map(str, pitches))}'")
    tab.wait_for(f"{latest}.every((note) => note[1] > 0)")
    notes: list[list[int]] = tab.evaluate(latest)
    return notes


def test_the_mouse_plays_the_note_under_it_louder_farther_down(tab: Tab) -> None:
    velocities = []
    for pitch, depth in ((48, 0.2), (50, 0.9)):
        place = key_place(tab, pitch, depth)
        tab.mouse("mousePressed", *place)
        tab.wait_for(f"{KEYBOARD}.keyOfPitch.get({pitch}).classList.contains('is-down')")
        tab.mouse("mouseReleased", *place)
        velocities += [note[3] for note in wait_for_notes(tab, pitch)]
    assert velocities[0] in range(30, 60)
    assert velocities[1] in range(100, 121)


def test_a_black_key_plays_though_it_lies_on_white_ones(tab: Tab) -> None:
    place = key_place(tab, 49)
    tab.mouse("mousePressed", *place)
    tab.mouse("mouseReleased", *place)
    wait_for_notes(tab, 49)


def test_two_fingers_play_two_notes_and_one_slides_to_another(tab: Tab) -> None:
    low, high, next_place = key_place(tab, 48), key_place(tab, 52), key_place(tab, 53)
    tab.touch("touchStart", low)
    tab.touch("touchStart", low, high)
    tab.touch("touchMove", low, next_place)
    tab.touch("touchEnd")
    wait_for_notes(tab, 48, 52, 53)


def test_computer_keys_play_once_they_are_switched_on_and_not_in_a_text(tab: Tab) -> None:
    count = tab.evaluate(f"{TAKE}.own.length")
    tab.hold_key("KeyA", is_down=True)
    tab.hold_key("KeyA", is_down=False)
    tab.evaluate(f"{KEYBOARD}.typing.click()")
    tab.evaluate("document.getElementById('value-chords').focus()")
    tab.hold_key("KeyS", is_down=True)
    tab.hold_key("KeyS", is_down=False)
    tab.evaluate("document.activeElement.blur()")
    for code in ("KeyZ", "KeyD"):
        tab.hold_key(code, is_down=True)
        tab.hold_key(code, is_down=False)
    wait_for_notes(tab, 52)
    assert tab.evaluate(f"{TAKE}.own.length") == count + 1
    tab.hold_key("KeyX", is_down=True)
    tab.evaluate(f"{KEYBOARD}.typing.click()")


def test_a_key_in_focus_plays_by_space_and_arrows_go_on(tab: Tab) -> None:
    tab.evaluate(f"{KEYBOARD}.keyOfPitch.get(48).focus()")
    tab.press("ArrowRight", 39)
    tab.press("ArrowRight", 39)
    tab.press(" ", 32)
    wait_for_notes(tab, 50)


@pytest.fixture
def piano_tab(tab: Tab) -> Tab:
    """A page that listens to a MIDI keyboard; `play` sends its messages, `choose` takes another one.

    No machine that tests this has one: the browser's list of ports is made up, all behind it is real.
    """
    tab.evaluate(
        f"""(() => {{
          const ports = ['one', 'two'].map((id) => ({{ id, name: `Piano ${{id}}`, onmidimessage: null }}));
          window.midi = Object.assign(new EventTarget(), {{
            inputs: new Map(ports.map((port) => [port.id, port])), outputs: new Map(),
          }});
          navigator.requestMIDIAccess = async () => midi;
          window.play = (messages, port = ports[0]) => {{
            for (const data of messages) {{
              port.onmidimessage({{ data: new Uint8Array(data), timeStamp: performance.now() }});
            }}
          }};
          window.choose = (id) => {{
            const list = {KEYBOARD}.querySelector('select');
            list.value = id;
            list.dispatchEvent(new Event('change'));
          }};
          [...{KEYBOARD}.querySelectorAll('button')].find((each) => each.textContent === 'MIDI keyboard').click();
        }})()"""
    )
    tab.wait_for(f"{KEYBOARD}.querySelector('select').options.length === 3")
    tab.evaluate("choose('one')")
    return tab


def test_a_midi_keyboard_at_the_browser_plays(piano_tab: Tab) -> None:
    messages = [[0x91, 40, 99], [0xF8], [0xB1, 64, 1], [0xB1, 64, 127], [0x91, 40, 0], [0xB1, 64, 0]]
    piano_tab.evaluate(f"play({messages})")
    (note,) = wait_for_notes(piano_tab, 40)
    assert note[3] == 99


@pytest.mark.parametrize(
    "leaves",
    [
        "midi.inputs.delete('one'), midi.dispatchEvent(new Event('statechange'))",
        "choose('two')",
        "choose('')",
    ],
    ids=["unplugged", "another is chosen", "none is chosen"],
)
def test_keys_and_pedals_go_up_when_a_midi_keyboard_is_left(piano_tab: Tab, leaves: str) -> None:
    tab = piano_tab
    count = tab.evaluate(f"{TAKE}.own.length")
    keys = [[0x92, 41, 90], [0x92, 43, 90], [0x92, 43, 0], [0x93, 45, 90]]
    tab.evaluate(f"play({[*keys, [0xB2, 64, 127], [0xE3, 0, 80], [0xB3, 64, 0]]})")
    tab.wait_for(f"{TAKE}.own.length === {count + 3} && {KEYBOARD}.waiting.size === 0")
    tab.evaluate(
        f"(() => {{ const keyboard = {KEYBOARD}; window.sent = []; keyboard.send = ((send) => (message) =>"
        f" (sent.push(message.midi), send(message)))(keyboard.send); {leaves} }})()"
    )
    wait_for_notes(tab, 41, 43, 45)
    tab.wait_for("sent.length === 4")
    assert tab.evaluate("sent.sort().join()") == "822900,832d00,b24000,e30040"


def test_a_note_stands_in_the_take_where_it_was_played(tab: Tab) -> None:
    expected_tick = tab.evaluate(
        f"""(() => {{
          const take = {TAKE}, clock = take.clock, position = take.positionAt(clock.nowS());
          const playedMs = performance.now() - 100;
          {KEYBOARD}.forward([0x90, 36, 70], playedMs);
          {KEYBOARD}.forward([0x80, 36, 0], playedMs + 50);
          return position.tick + (playedMs / 1000 + clock.offsetS - position.at_s) * position.tempo * 480 / 60;
        }})()"""
    )
    (note,) = wait_for_notes(tab, 36)
    assert note[0] == pytest.approx(expected_tick, abs=2)


def test_the_page_sounds_while_a_key_is_down(tab: Tab) -> None:
    tab.evaluate(f"{SOUND}.instrument.value = 'pad'; {SOUND}.toggle.click()")
    tab.wait_for(f"{SOUND}.sampler")
    tab.evaluate(f"{KEYBOARD}.forward([0x90, 50, 70])")
    assert tab.evaluate(f"{SOUND}.sampler.voices.has('key 50')")
    tab.evaluate(f"{KEYBOARD}.forward([0x80, 50, 0])")
    assert not tab.evaluate(f"{SOUND}.sampler.voices.has('key 50')")
    tab.evaluate(f"{SOUND}.toggle.click()")
    tab.wait_for(f"{SOUND}.sampler.voices.size === 0")


def test_keys_are_recorded_and_a_page_that_goes_lets_them_go(browser: Browser, tmp_path: Path) -> None:
    with playing_page(tmp_path) as (process, url):
        tab, other = browser.open(url), browser.open(url)
        for each in (tab, other):
            each.wait_for(f"{TAKE}.headTick > 0 && {TAKE}.clock.isSet")
        other.evaluate(f"{KEYBOARD}.forward([0x90, 25, 70])")
        tab.wait_for(f"{TAKE}.own.length === 1")
        other.go("about:blank")
        wait_for_notes(tab, 25)
        tab.evaluate(f"{KEYBOARD}.forward([0x90, 26, 70])")
        tab.wait_for(f"{TAKE}.own.length === 2")
        played = tab.evaluate(f"{TAKE}.own.map((note) => [note[0], note[2]])")
        process.terminate()
        assert process.wait(60) == 0
        tab.go("about:blank")
    take = tmp_path / "take.mid"
    recorded = note_ons_of(take, -1)
    assert [pitch for _, pitch in recorded] == [25, 26]
    # A key that reaches a busy player late is recorded when it sounds: beside the message that was sent last.
    sent_ticks = set(itertools.accumulate(message.time for message in mido.MidiFile(take).tracks[1]))
    for (tick, _), (own_tick, _) in zip(recorded, played, strict=True):
        assert tick == own_tick or (tick > own_tick and tick in sent_ticks)
    assert ends_released(take)


def test_a_pedal_goes_up_with_its_page(browser: Browser, url: str, tab: Tab) -> None:
    other = browser.open(url)
    other.wait_for(f"{TAKE}.headTick > 0")
    other.evaluate(f"{KEYBOARD}.forward([0x92, 24, 70]); {KEYBOARD}.forward([0xb2, 64, 127])")
    tab.wait_for(f"{TAKE}.own.at(-1)?.[2] === 24")
    other.go("about:blank")
    wait_for_notes(tab, 24)
    tab.evaluate(f"{KEYBOARD}.forward([0x90, 23, 70]); {KEYBOARD}.forward([0x80, 23, 0])")
    wait_for_notes(tab, 23)


def test_the_model_answers_what_is_played_on_the_page(browser: Browser, tmp_path: Path) -> None:
    with playing_page(tmp_path, "--respond", "answer", "--answer-bars", "2") as (_, url):
        tab = browser.open(url)
        tab.wait_for(f"{TAKE}.isPlayedOnPage && {TAKE}.clock.isSet")
        assert tab.evaluate(f"{TAKE}.notes.length") == 0
        for pitch in (60, 64, 67):
            tab.evaluate(f"{KEYBOARD}.forward([0x90, {pitch}, 70])")
            tab.evaluate(f"{KEYBOARD}.forward([0x80, {pitch}, 0])")
        turn = "document.querySelector('.transport-turn').textContent"
        tab.wait_for(f"{turn} === 'your turn'")
        tab.wait_for(f"{TAKE}.notes.length > 0 && {TAKE}.sent > 3")
        tab.wait_for(f"{turn} === 'the network plays'")
        tab.wait_for(f"{turn} === 'your turn'")
        other = browser.open(url)
        other.wait_for(f"{TAKE}.turns.map((each) => each.whose).join().includes('you,network,you')")
        other.go("about:blank")
        tab.go("about:blank")
