"""Another port is chosen on the page while the music plays: the old one falls silent, the new one gets the notes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from tests.support.browser import Browser, wait_until
from tests.support.jack import JackServer, Receiver
from tests.support.playing import ends_released, note_ons_of, player_of
from tests.support.playing_page import playing_page

pytestmark = [pytest.mark.browser, pytest.mark.midi]

PORTS = "document.querySelector('take-ports')"


def balance(receiver: Receiver) -> tuple[int, int]:
    """Return how many note-ons and note-offs a receiver got."""
    kinds = [message[0] & 0xF0 for message in receiver.messages()]
    return kinds.count(NOTE_ON), kinds.count(NOTE_OFF)


def choose(name: str) -> str:
    """Return the script that chooses a port by a part of its name."""
    return (
        f"(() => {{ const list = {PORTS}.lists[0];"
        f" list.value = [...list.options].find((each) => each.value.includes('{name}')).value;"
        " list.dispatchEvent(new Event('change')) })()"
    )


def test_the_port_is_changed_while_the_music_plays(jack: JackServer, browser: Browser, tmp_path: Path) -> None:
    with (
        Receiver(jack, "first") as first,
        Receiver(jack, "second") as second,
        playing_page(tmp_path, "--port", "first", environment=jack.environment) as (process, url),
    ):
        tab = browser.open(url)
        wait_until(lambda: balance(first)[0] > 3, "notes at the first port")
        tab.wait_for(f"[...{PORTS}.lists[0].options].some((each) => each.value.includes('second'))")
        tab.evaluate(choose("second"))
        wait_until(lambda: balance(second)[0] > 3, "notes at the second port")
        ons, offs = balance(first)
        tab.wait_for(f"{PORTS}.lists[0].options[0].text.startsWith('to second')")
        # A new player goes on at the port that was chosen.
        player = player_of(process)
        os.kill(player, signal.SIGKILL)
        wait_until(lambda: player_of(process) != player, "another player")
        sent = balance(second)[0]
        wait_until(lambda: balance(second)[0] > sent + 3, "notes of the other player")
        assert balance(first) == (ons, offs)
        process.terminate()
        assert process.wait(60) == 0
        tab.go("about:blank")
    assert ons > 3
    assert offs >= ons
    take = tmp_path / "take.mid"
    assert len(note_ons_of(take)) >= ons + 3
    assert ends_released(take)


def test_a_port_is_added_where_there_was_none(jack: JackServer, browser: Browser, tmp_path: Path) -> None:
    with Receiver(jack, "synth") as synth, playing_page(tmp_path, environment=jack.environment) as (process, url):
        tab = browser.open(url)
        tab.wait_for(f"[...({PORTS}.lists[0]?.options ?? [])].some((each) => each.value.includes('synth'))")
        tab.evaluate(choose("synth"))
        wait_until(lambda: balance(synth)[0] > 3, "notes at the port")
        process.terminate()
        assert process.wait(60) == 0
        tab.go("about:blank")
    ons, offs = balance(synth)
    assert offs >= ons > 3


def test_a_port_that_is_not_there_is_refused(jack: JackServer, browser: Browser, tmp_path: Path) -> None:
    with (
        Receiver(jack, "first") as first,
        playing_page(tmp_path, "--port", "first", environment=jack.environment) as (_, url),
    ):
        tab = browser.open(url)
        tab.wait_for(f"{PORTS}.lists.length === 1")
        tab.evaluate(f"{PORTS}.send({{ port: 'no such port', output: 0 }})")
        tab.wait_for("document.querySelector('take-log').textContent.includes('no such port')")
        sent = balance(first)[0]
        wait_until(lambda: balance(first)[0] > sent + 3, "more notes at the first port")
        tab.go("about:blank")
