"""The page plays to a MIDI port of the browser. No machine that tests this has one, so the port is made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Tab
from tests.support.playing_page import SOUND, TAKE

pytestmark = pytest.mark.browser


@pytest.fixture
def playing_tab(tab: Tab) -> Iterator[Tab]:
    """A page that plays to a port, which keeps what it is sent as [status, pitch, velocity, time]."""
    tab.evaluate(
        f"""(() => {{
          window.sent = [];
          const port = {{ id: 'one', name: 'Synth', send: (bytes, at) => sent.push([...bytes, at]) }};
          const ports = {{ inputs: new Map(), outputs: new Map([['one', port]]), addEventListener() {{}} }};
          navigator.requestMIDIAccess = async () => ports;
          [...{SOUND}.querySelectorAll('button')].find((each) => each.textContent === 'MIDI out').click();
        }})()"""
    )
    tab.wait_for(f"{SOUND}.querySelector('select[aria-label=\"MIDI out\"]')?.options.length === 2")
    tab.evaluate(
        f"(() => {{ const list = {SOUND}.querySelector('select[aria-label=\"MIDI out\"]'); list.value = 'one';"
        " list.dispatchEvent(new Event('change')) })()"
    )
    yield tab
    tab.evaluate(f"{SOUND}.sendTo(null)")


def test_planned_notes_are_sent_with_their_time_and_end(playing_tab: Tab) -> None:
    tab = playing_tab
    tab.wait_for("sent.filter((each) => each[0] === 0x90).length > 4")
    tab.wait_for("sent.filter((each) => each[0] === 0x80).length > 4")
    planned = set(tab.evaluate(f"{TAKE}.notes.map((note) => note[2])"))
    sent = tab.evaluate("sent")
    assert {pitch for status, pitch, *_ in sent if status == 0x90} <= planned
    times_ms = [at_ms for status, _, _, at_ms in sent if status == 0x90]
    # A repeated key waits for the end of the note before, by less than a millisecond.
    assert times_ms == pytest.approx(sorted(times_ms), abs=1)


def test_what_is_cut_is_not_sent(playing_tab: Tab) -> None:
    tab = playing_tab
    left = tab.evaluate(
        f"""(() => {{
          const out = {SOUND}.midiOut;
          out.play(1e9, 1, 80, 5, 1);
          const before = out.notes.has('1000000000 1');
          {TAKE}.dispatchEvent(new CustomEvent('planned', {{ detail: {{ tick: 1e9 }} }}));
          return [before, out.notes.has('1000000000 1')];
        }})()"""
    )
    assert left == [True, False]
    assert tab.evaluate("sent.some((each) => each[1] === 1)") is False


# A page of its own plays to a port that keeps status, pitch, velocity and time.
OWN_OUT = """import('/midiout.js').then(({ MidiOut }) => {
  window.own = [];
  window.out = new MidiOut({ send: (bytes, at) => own.push([...bytes, at]) });
})"""

REPEATED = {
    "an earlier note that would end later": "out.play(1, 60, 80, 0.05, 0.4); out.play(2, 60, 90, 0.1, 0.1)",
    "a key of the page": "out.press(60, 80); out.press(60, 90); out.lift(60)",
    "a note under a key": "out.play(1, 60, 80, 0, 0.4); later(0, () => { out.press(60, 90); out.lift(60) })",
    "a key under a note": "out.press(60, 80); out.play(1, 60, 90, 0.05, 0.1); later(150, () => out.lift(60))",
}


@pytest.mark.parametrize("what", REPEATED)
def test_a_repeated_key_is_let_go_before_it_is_struck_again(tab: Tab, what: str) -> None:
    tab.evaluate(OWN_OUT)
    tab.evaluate(f"(() => {{ const later = (ms, act) => setTimeout(act, ms); {REPEATED[what]} }})()")
    tab.wait_for("own.length >= 4 && out.notes.size === 0")
    # The browser sends by time; of the same time, what was given to it first.
    sent = sorted(tab.evaluate("own"), key=lambda each: each[3])
    assert [each[:3] for each in sent] == [[0x90, 60, 80], [0x80, 60, 0], [0x90, 60, 90], [0x80, 60, 0]]


def test_every_note_ends_when_the_port_is_left(playing_tab: Tab) -> None:
    tab = playing_tab
    tab.wait_for("sent.some((each) => each[0] === 0x90)")
    tab.evaluate(f"{SOUND}.sendTo(null)")
    sent = tab.evaluate("sent")
    ons = [each for each in sent if each[0] == 0x90]
    offs = [each for each in sent if each[0] == 0x80]
    assert len(ons) == len(offs)
    assert sent[-1][:3] == [0xB0, 123, 0]
