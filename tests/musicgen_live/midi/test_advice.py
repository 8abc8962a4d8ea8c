"""The advice on missing MIDI systems for every platform, tested on every platform."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from musicgen_live.midi.advice import PipeWire, find_pipewire, how_to_get_a_port, how_to_start

NO_PIPEWIRE = PipeWire(is_running=False)
NO_SEQUENCER = "MidiOutAlsa::initialize: error creating ALSA sequencer client object."
NO_SERVER = "MidiOutJack::initialize: JACK server not running?"
NO_LIBRARY = "libasound.so.2: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize(
    ("api", "absence", "pipewire", "to_type"),
    [
        ("ALSA", NO_LIBRARY, NO_PIPEWIRE, "sudo apt install alsa-utils"),
        ("JACK", NO_LIBRARY, NO_PIPEWIRE, "sudo apt install alsa-utils"),
        ("ALSA", NO_SEQUENCER, NO_PIPEWIRE, "sudo modprobe snd-seq"),
        ("JACK", NO_SERVER, NO_PIPEWIRE, "jackd -d alsa"),
        ("JACK", NO_SERVER, PipeWire(is_running=True), "sudo apt install pipewire-jack"),
        ("JACK", NO_SERVER, PipeWire(is_running=True, libjack="/x/libjack.so.0"), "LD_PRELOAD=/x/libjack.so.0"),
        ("CoreMIDI", "error -304", NO_PIPEWIRE, "error -304"),
    ],
)
def test_a_missing_system_has_advice_on_what_to_type(api: str, absence: str, pipewire: PipeWire, to_type: str) -> None:
    assert to_type in how_to_start(api, absence, pipewire)


def test_the_advice_for_pipewire_excludes_pw_jack() -> None:
    assert "pw-jack alone does not help" in how_to_start("JACK", NO_SERVER, PipeWire(True, "/x/libjack.so.0"))


def test_an_input_on_linux_is_plugged_in_and_not_made() -> None:
    assert "plug the device in" in how_to_get_a_port("linux", "input")
    assert how_to_get_a_port("darwin", "input") == how_to_get_a_port("darwin", "output")


def test_pipewire_is_found_by_its_socket_and_its_library(tmp_path: Path) -> None:
    library = tmp_path / "root/usr/lib/x86_64-linux-gnu/pipewire-0.3/jack/libjack.so.0"
    library.parent.mkdir(parents=True)
    library.touch()
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert find_pipewire(runtime, tmp_path / "root") == PipeWire(is_running=False)
    assert find_pipewire({}, tmp_path / "root") == PipeWire(is_running=False)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "pipewire-0"))
        assert find_pipewire(runtime, tmp_path / "root") == PipeWire(is_running=True, libjack=str(library))
        assert find_pipewire(runtime, tmp_path / "bare") == PipeWire(is_running=True, libjack=None)
