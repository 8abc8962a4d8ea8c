"""The page in Firefox: it shows a take, loads its samples, takes notes and changes values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.firefox import Firefox, firefox
from tests.support.playing_page import SOUND, TAKE

pytestmark = pytest.mark.browser

KEYBOARD = "document.querySelector('page-keyboard')"


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Firefox]:
    if firefox() is None:
        pytest.skip("no Firefox on this machine (Debian: sudo apt install firefox-esr)")
    with Firefox(tmp_path_factory.mktemp("firefox")) as fox:
        fox.go(url)
        fox.wait_for(f"{TAKE}.headTick > 0 && {TAKE}.notes.length > 0")
        yield fox


def test_notes_appear_and_the_head_moves(fox: Firefox) -> None:
    sent, head_tick = fox.evaluate(f"[{TAKE}.sent, {TAKE}.headTick]")
    fox.wait_for(f"{TAKE}.sent > {sent} + 4 && {TAKE}.headTick > {head_tick} + 960")


def test_a_value_is_changed_and_heard(fox: Firefox) -> None:
    fox.evaluate(
        "(() => { const input = document.getElementById('value-temperature'); input.value = '1.5';"
        " input.dispatchEvent(new Event('input', { bubbles: true })) })()"
    )
    fox.wait_for(f"{TAKE}.values.get('temperature') === 1.5")


def test_keys_are_played_by_samples(fox: Firefox) -> None:
    fox.evaluate(f"(() => {{ {SOUND}.instrument.value = 'pad'; {SOUND}.toggle.click() }})()")
    # Without a sound device Firefox never lets the time of its sound run.
    fox.wait_for(f"{SOUND}.sampler !== null")
    fox.evaluate(f"{KEYBOARD}.forward([0x90, 60, 80])")
    assert fox.evaluate(f"{SOUND}.sampler.voices.has('key 60')") is True
    fox.evaluate(f"{KEYBOARD}.forward([0x80, 60, 0])")
    fox.wait_for(f"{TAKE}.own.length === 1 && {TAKE}.own[0][1] > 0")


def test_nothing_was_refused_by_the_policy(fox: Firefox) -> None:
    assert fox.evaluate(f"{TAKE}.lines.filter((line) => line.includes('cannot'))") == []
