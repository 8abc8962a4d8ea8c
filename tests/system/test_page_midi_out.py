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
    assert times_ms == sorted(times_ms)


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


def test_every_note_ends_when_the_port_is_left(playing_tab: Tab) -> None:
    tab = playing_tab
    tab.wait_for("sent.some((each) => each[0] === 0x90)")
    tab.evaluate(f"{SOUND}.sendTo(null)")
    sent = tab.evaluate("sent")
    ons = [each for each in sent if each[0] == 0x90]
    offs = [each for each in sent if each[0] == 0x80]
    assert len(ons) == len(offs)
    assert sent[-1][:3] == [0xB0, 123, 0]
