"""The command `ports`, as a user sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from musicgen_live.cli.ports import as_text
from musicgen_live.midi.advice import PipeWire
from musicgen_live.midi.systems import MidiSystem, Port
from tests.support.jack import JackServer, Receiver


def ports(*flags: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from musicgen_live.cli.main import main; main()", "ports", *flags],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.usefixtures("no_jack")
def test_a_missing_system_is_explained_and_is_no_failure() -> None:
    if sys.platform == "linux":
        assert "JACK is not there" in ports()
        assert "MidiOutJack" not in ports()


def test_a_system_that_is_missing_beside_another_is_not_needed() -> None:
    jack = MidiSystem("JACK", None, (Port("JACK", "Minilogue:in", "output"),))
    *_, alsa = as_text([MidiSystem("ALSA", "no client object"), jack], PipeWire(is_running=False)).splitlines()
    assert alsa.startswith("ALSA is not there, and not needed while JACK is. For its ports too: this machine's kernel")


@pytest.mark.usefixtures("no_jack")
def test_json_names_every_system_and_its_reason() -> None:
    output = json.loads(ports("--json"))
    assert set(output) == {"systems", "outputs", "inputs"}
    if sys.platform == "linux":
        jack = next(system for system in output["systems"] if system["api"] == "JACK")
        assert jack["there"] is False
        assert "JACK server not running" in jack["reason"]
        assert jack["advice"]


@pytest.mark.midi
def test_ports_are_listed_with_their_system(jack: JackServer) -> None:
    with Receiver(jack, "Minilogue"):
        text, output = ports(), json.loads(ports("--json"))
    assert "Outputs (--port sends notes there):\n  Minilogue:in  (JACK)\n" in text
    assert {"api": "JACK", "name": "Minilogue:in"} in output["outputs"]
    assert {"api": "JACK", "there": True, "reason": None, "advice": None} in output["systems"]
