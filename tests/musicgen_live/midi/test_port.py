"""Ports: without any MIDI system, and over a real JACK server with another program that receives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from musicgen_live.errors import NoMidiSystem, NoVirtualPorts, PortError
from musicgen_live.midi.port import PortOutput, open_port, open_virtual, require_system
from musicgen_live.midi.rtmidi_client import compiled_systems
from musicgen_live.midi.systems import MidiSystem, scan_systems
from tests.support.jack import PERIOD_FRAMES, RATE_HZ, JackServer, Receiver, wait_until

CHORD = [bytes((0x90, pitch, 100)) for pitch in (60, 64, 67)]
RELEASES = [bytes((0x80, pitch, 0)) for pitch in (60, 64, 67)]


def send_all(port: PortOutput, messages: list[bytes]) -> None:
    # Eight per period of the server, faster than any music. JACK receivers cannot take a burst of 500.
    for tick, message in enumerate(messages):
        port.send(tick, message)
        if tick % 8 == 7:
            time.sleep(PERIOD_FRAMES / RATE_HZ)


def test_without_a_system_the_error_is_two_sentences_at_most() -> None:
    absent = [MidiSystem("ALSA", "no sequencer"), MidiSystem("JACK", "no server")]
    with pytest.raises(NoMidiSystem) as refusal:
        require_system(absent)
    message = str(refusal.value)
    assert message.startswith("No MIDI system is ready on this machine: no ALSA nor JACK. ")
    assert "musicgen-live ports" in message
    assert "\n" not in message
    require_system([*absent, MidiSystem("CoreMIDI", None)])


@pytest.mark.usefixtures("no_jack")
def test_on_a_bare_machine_a_port_is_no_midi_system() -> None:
    if any(system.is_there for system in scan_systems()):
        # A developer's desktop has a MIDI system; there an unknown name is refused.
        with pytest.raises(PortError, match="no such port 71"):
            open_port("no such port 71")
        return
    with pytest.raises(NoMidiSystem):
        open_port("IAC")
    with pytest.raises(NoMidiSystem):
        open_virtual("musicgen-live")


def test_windows_has_no_virtual_ports_and_gives_advice() -> None:
    with pytest.raises(NoVirtualPorts, match=r"my port.*loopMIDI.*Windows MIDI Services"):
        open_virtual("my port", platform="win32")


def test_a_system_that_does_not_exist_is_named() -> None:
    assert "OSS" not in compiled_systems()
    with pytest.raises(PortError, match='no MIDI system "OSS"'):
        open_virtual("x", api="OSS")


@pytest.mark.midi
def test_every_note_arrives_from_a_connected_virtual_port(jack: JackServer) -> None:
    notes = [bytes((0x90 | n % 16, n % 128, 1 + n % 127)) for n in range(500)]
    port = open_virtual("take", api="JACK")
    assert str(port) == "musicgen-live:take"
    with Receiver(jack) as receiver:
        jack.connect("musicgen-live:take", receiver.port)
        send_all(port, notes)
        receiver.wait_for(len(notes))
        port.close()
    assert receiver.messages() == notes


@pytest.mark.midi
def test_every_note_arrives_at_a_port_opened_by_part_of_its_name(jack: JackServer) -> None:
    with Receiver(jack, "Fluid Synth") as receiver:
        port = open_port("fluid")
        assert str(port) == "Fluid Synth:in"
        assert [name for name in jack.ports() if name.startswith("musicgen-live")] == [
            "musicgen-live:to Fluid Synth:in"
        ]
        send_all(port, CHORD)
        receiver.wait_for(3)
        # Messages other than channel messages are sent too: clock, SysEx.
        send_all(port, [b"\xf8", bytes.fromhex("f0 7e 7f 06 01 f7")])
        receiver.wait_for(5)
        send_all(port, RELEASES)
        port.close()
        port.close()
    assert receiver.messages() == [*CHORD, b"\xf8", bytes.fromhex("f0 7e 7f 06 01 f7"), *RELEASES]
    assert receiver.sounding() == set()


@pytest.mark.midi
def test_note_offs_sent_right_before_closing_arrive(jack: JackServer) -> None:
    with Receiver(jack) as receiver:
        for round_number in range(1, 6):
            port = open_port(receiver.port)
            send_all(port, CHORD)
            send_all(port, RELEASES)
            port.close()
            receiver.wait_for(6 * round_number)
    assert receiver.messages() == (CHORD + RELEASES) * 5


@pytest.mark.midi
def test_an_unknown_jack_port_is_refused_with_the_existing_ones(jack: JackServer) -> None:
    with Receiver(jack, "Minilogue"), pytest.raises(PortError, match=r'There are: .*"Minilogue:in" \(JACK\)'):
        open_port("Oberheim")


@pytest.mark.midi
def test_a_name_that_jack_refuses_is_reported(jack: JackServer, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PortError, match="JACK would not make a MIDI port"):
        open_virtual("n" * 400, api="JACK")
    assert capfd.readouterr().err == ""
    assert [name for name in jack.ports() if name.startswith("musicgen-live")] == []


@pytest.mark.midi
def test_a_lost_port_is_noticed_and_its_return_too(jack: JackServer) -> None:
    with Receiver(jack, "keys") as receiver:
        port = open_port("keys:in")
        assert port.is_there()
        receiver.kill()
        wait_until(lambda: not port.is_there(), "the port to be missed")
        send_all(port, CHORD)  # to nobody, without an error
    with Receiver(jack, "keys"):
        assert port.is_there()
    port.close()


@pytest.mark.midi
def test_several_ports_at_once(jack: JackServer) -> None:
    with Receiver(jack, "left") as left, Receiver(jack, "right") as right:
        ports = [open_port("left"), open_port("right")]
        for port, messages in zip(ports, (CHORD, RELEASES), strict=True):
            send_all(port, messages)
        for port in ports:
            port.close()
    assert (left.messages(), right.messages()) == (CHORD, RELEASES)


SERVER_GONE = """
    import os, sys, time
    from musicgen_live.midi.c_output import diverted_c_output
    from musicgen_live.midi.port import open_virtual

    with diverted_c_output():
        port = open_virtual("take", api="JACK")
        port.send(0, bytes((0x90, 60, 100)))
        print("open", flush=True)
        sys.stdin.readline()
        port.send(1, bytes((0x80, 60, 0)))
        port.close()
        print("closed", flush=True)
"""


def hold_a_port(server: JackServer) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER_GONE)],
        env=os.environ | server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


@pytest.mark.midi
def test_closing_after_the_servers_death_ends_and_prints_nothing(tmp_path: Path) -> None:
    with JackServer(tmp_path / "jackd.log") as server, hold_a_port(server) as process:
        server.stop()
        time.sleep(0.3)  # time for the library's own threads to print
        stdout, stderr = process.communicate("close\n", timeout=30)
    assert (process.returncode, stdout, stderr) == (0, "closed\n", "")


@pytest.mark.midi
def test_closing_while_the_server_hangs_ends_the_process(tmp_path: Path) -> None:
    with JackServer(tmp_path / "jackd.log") as server, hold_a_port(server) as process:
        os.kill(server.pid, signal.SIGSTOP)
        try:
            stdout, stderr = process.communicate("close\n", timeout=30)
        finally:
            os.kill(server.pid, signal.SIGCONT)
    assert (process.returncode, stdout, stderr) == (1, "", "")
