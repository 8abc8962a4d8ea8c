"""The scan of MIDI systems by the real library, on a machine without one and with a JACK server."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from musicgen_live.midi.rtmidi_client import compiled_systems
from musicgen_live.midi.systems import Port, scan_systems
from tests.support.jack import JackServer, Receiver


@pytest.mark.usefixtures("no_jack")
def test_every_compiled_system_is_scanned_or_has_a_reason() -> None:
    systems = scan_systems()
    assert [system.api for system in systems] == list(compiled_systems())
    if sys.platform == "linux":
        jack = next(system for system in systems if system.api == "JACK")
        assert not jack.is_there
        assert jack.absence is not None
        assert "JACK server not running" in jack.absence
        assert jack.ports == ()


def test_without_the_library_all_systems_have_that_reason() -> None:
    # None in sys.modules makes the import fail, as it does without libasound2.
    code = (
        "import sys; sys.modules['rtmidi'] = None\n"
        "from musicgen_live.midi.systems import scan_systems\n"
        "for platform in ('linux', 'darwin', 'win32'):\n"
        "    print([(system.api, system.is_there, bool(system.absence)) for system in scan_systems(platform=platform)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[('ALSA', False, True), ('JACK', False, True)]",
        "[('CoreMIDI', False, True)]",
        "[('WinMM', False, True)]",
    ]


def test_importing_loads_no_midi_library() -> None:
    code = (
        "import sys, musicgen_live.midi.port, musicgen_live.midi.recorder\n"
        "print(sorted({'rtmidi', 'mido', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.usefixtures("no_jack")
def test_nothing_that_c_code_prints_reaches_the_user() -> None:
    def child(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, timeout=60, check=True
        )

    quiet = child("from musicgen_live.midi.systems import scan_systems; scan_systems()")
    assert (quiet.stdout, quiet.stderr) == ("", "")
    if sys.platform == "linux":
        # The library prints here; without the capture the assertion above would fail.
        raw = child("import rtmidi\ntry: rtmidi.MidiOut(rtmidi.API_UNIX_JACK)\nexcept OSError: pass")
        assert "jack server is not running" in raw.stderr


@pytest.mark.midi
def test_the_ports_of_a_jack_server_are_listed_by_direction(jack: JackServer) -> None:
    with Receiver(jack) as receiver:
        ports = [port for system in scan_systems() for port in system.ports]
        assert Port("JACK", receiver.port, "output") in ports
        assert Port("JACK", receiver.port, "input") not in ports
        # A scan leaves no client behind.
        assert [name for name in jack.ports() if name.startswith("musicgen-live")] == []
