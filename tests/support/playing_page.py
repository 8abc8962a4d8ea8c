"""`play --web` in a process of its own, and how its page is looked at and steered by scripts."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.browser import Tab, wait_until
from tests.support.models import toy_model
from tests.support.playing import PLAY

TAKE = "document.querySelector('piano-roll').take"
ROLL = "document.querySelector('piano-roll')"
SOUND = "document.querySelector('take-sound')"


NO_MIDI = {"JACK_DEFAULT_SERVER": "musicgen-test-absent", "JACK_NO_START_SERVER": "1"}


@contextmanager
def playing_page(
    folder: Path, *flags: str, environment: Mapping[str, str] = NO_MIDI
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `play --web` without a loudspeaker, by default without MIDI; yield the process and the URL of its page."""
    toy = ("--preset", "classic", "--model", str(toy_model(folder)), "--tempo", "120", "--seed", "1")
    silent = ("--listen", "--listen-device", "null")
    log = folder / "out.txt"
    with log.open("w") as stdout:
        process = subprocess.Popen(
            [*PLAY, *toy, *silent, "--web", "--out", "take.mid", *flags],
            cwd=folder,
            env=os.environ | dict(environment),
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        wait_until(lambda: "http://" in log.read_text() or process.poll() is not None, "address of a page")
        found = re.search(r"http://\S+", log.read_text())
        assert found, log.read_text()
        yield process, found[0]
    finally:
        process.kill()
        process.wait()


def set_value(tab: Tab, name: str, value: str, event: str) -> None:
    """Set the first input of a parameter as a hand does."""
    tab.evaluate(
        f"(() => {{ const input = document.getElementById('value-{name}'); input.value = '{value}';"
        f" input.dispatchEvent(new Event('{event}', {{ bubbles: true }})) }})()"
    )
