"""A file is played in the page, in a browser whose loading of the instrument is held up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Tab

pytestmark = pytest.mark.browser

PITCHES = "[...preview.sampler.voices.keys()].map((key) => Number(key.split(' ')[1]))"


@pytest.fixture
def waiting_tab(tab: Tab) -> Iterator[Tab]:
    """A page with a `preview`, the `changes` that it told, and an instrument that loads once `load` is called."""
    tab.evaluate(
        """import('/preview.js').then(({ Preview }) => {
          window.changes = [];
          window.preview = new Preview((isPlaying) => changes.push(isPlaying));
          window.note = (pitch) => [[0, 5, pitch, 80]];
          const held = new Promise((resolve) => (window.load = resolve));
          const fetched = fetch;
          window.fetch = (path) => held.then(() => fetched(path));
        })"""
    )
    yield tab
    tab.evaluate("preview.stop()")


def test_what_is_stopped_while_it_loads_does_not_begin(waiting_tab: Tab) -> None:
    tab = waiting_tab
    tab.evaluate("(() => { window.play = preview.play(note(60)); preview.stop(); load() })()")
    assert tab.evaluate("play.then(() => [changes, preview.sampler.voices.size, preview.isOn])") == [
        [True, False],
        0,
        False,
    ]


def test_of_two_that_were_started_while_it_loads_the_second_plays(waiting_tab: Tab) -> None:
    tab = waiting_tab
    tab.evaluate("(() => { window.plays = [preview.play(note(60)), preview.play(note(72))]; load() })()")
    assert tab.evaluate("Promise.all(plays).then(() => changes)") == [True, False, True]
    tab.wait_for("preview.sampler.voices.size > 0")
    assert tab.evaluate(PITCHES) == [72]
    tab.evaluate("preview.stop()")
    assert tab.evaluate("changes") == [True, False, True, False]


def test_what_begins_again_at_once_sounds_again(waiting_tab: Tab) -> None:
    tab = waiting_tab
    tab.evaluate("(() => { window.play = preview.play(note(60)); load() })()")
    tab.wait_for("[...preview.sampler.voices.values()][0].startS < preview.sampler.context.currentTime")
    again = "(preview.stop(), preview.play(note(60)))"
    tab.evaluate(f"{again}.then(() => (window.againS = preview.sampler.context.currentTime))")
    tab.wait_for("preview.sampler.context.currentTime > againS + 1")
    assert tab.evaluate(PITCHES) == [60]


def test_what_cannot_be_loaded_is_not_playing_and_can_be_tried_again(waiting_tab: Tab) -> None:
    tab = waiting_tab
    tab.evaluate("(() => { window.fetched = fetch; window.fetch = async () => { throw new Error('no network') } })()")
    assert tab.evaluate("preview.play(note(60)).catch((error) => error.message)") == "no network"
    assert tab.evaluate("changes") == [True, False]
    tab.evaluate("(() => { window.fetch = fetched; load(); window.play = preview.play(note(62)) })()")
    tab.wait_for("preview.sampler?.voices.size > 0")
    assert tab.evaluate(PITCHES) == [62]
