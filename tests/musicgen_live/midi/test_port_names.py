"""Matching a name to a port, with the names of real systems."""

from __future__ import annotations

import pytest

from musicgen_live.errors import PortError
from musicgen_live.midi.port_names import match_port, stable_name
from musicgen_live.midi.systems import Port


def outputs(api: str, *names: str) -> list[Port]:
    return [Port(api, name, "output") for name in names]


ALSA = outputs(
    "ALSA",
    "Midi Through:Midi Through Port-0 14:0",
    "FLUID Synth (1234):Synth input port (1234:0) 128:0",
    "Virtual Raw MIDI 0-0:VirMIDI 0-0 16:0",
    "Virtual Raw MIDI 0-1:VirMIDI 0-1 17:0",
)
MAC = outputs("CoreMIDI", "IAC Driver Bus 1", "IAC Driver Bus 10", "Minilogue")
WINDOWS = outputs("WinMM", "Microsoft GS Wavetable Synth 0", "loopMIDI Port 1", "loopMIDI Port 1 2", "UM-ONE 3")


@pytest.mark.parametrize(
    ("wanted", "ports", "meant"),
    [
        ("IAC Driver Bus 1", MAC, "IAC Driver Bus 1"),  # exact, though it is also a part of "Bus 10"
        ("iac driver bus 1", MAC, "IAC Driver Bus 1"),  # exact but for the case
        ("mini", MAC, "Minilogue"),  # a part, in any case
        ("FLUID", ALSA, "FLUID Synth (1234):Synth input port (1234:0) 128:0"),
        ("Midi Through:Midi Through Port-0", ALSA, "Midi Through:Midi Through Port-0 14:0"),  # without the numbers
        ("Midi Through:Midi Through Port-0 14:0", ALSA, "Midi Through:Midi Through Port-0 14:0"),
        ("Midi Through:Midi Through Port-0 20:0", ALSA, "Midi Through:Midi Through Port-0 14:0"),  # before a replug
        ("UM-ONE", WINDOWS, "UM-ONE 3"),
        ("UM-ONE 7", WINDOWS, "UM-ONE 3"),  # its index in the list has changed
        ("loopMIDI Port", WINDOWS, "loopMIDI Port 1"),
        ("loopMIDI Port 1", WINDOWS, "loopMIDI Port 1 2"),  # the name that loopMIDI shows, without the index
        ("gs wavetable", WINDOWS, "Microsoft GS Wavetable Synth 0"),
    ],
)
def test_a_name_means_one_port(wanted: str, ports: list[Port], meant: str) -> None:
    assert match_port(wanted, ports).name == meant


def test_unstable_numbers_at_the_end_are_not_matched() -> None:
    with pytest.raises(PortError, match=r'No MIDI output port is called "14:0"'):
        match_port("14:0", ALSA)


def test_a_jack_port_keeps_its_numbers() -> None:
    assert stable_name("JACK", "a2j:synth 12:0") == "a2j:synth 12:0"
    assert stable_name("ALSA", "a2j:synth 12:0") == "a2j:synth"
    assert stable_name("WinMM", "UM-ONE 3") == "UM-ONE"
    assert stable_name("CoreMIDI", "Bus 1") == "Bus 1"


def test_a_complete_name_in_two_systems_means_the_first() -> None:
    ports = outputs("ALSA", "synth:in 128:0") + outputs("JACK", "synth:in")
    assert match_port("synth:in", ports).api == "ALSA"
    assert match_port("SYNTH:in", ports[::-1]).api == "JACK"


def test_a_part_of_a_name_in_two_systems_is_refused() -> None:
    ports = outputs("ALSA", "synth:in 128:0") + outputs("JACK", "synth:midi")
    with pytest.raises(PortError, match=r'"syn" fits 2 MIDI ports: "synth:in 128:0" \(ALSA\), "synth:midi" \(JACK\)\.'):
        match_port("syn", ports)


def test_two_ports_of_one_name_need_the_complete_name() -> None:
    twins = outputs("ALSA", "UM-ONE:UM-ONE MIDI 1 20:0", "UM-ONE:UM-ONE MIDI 1 24:0")
    with pytest.raises(PortError, match="fits 2 MIDI ports"):
        match_port("UM-ONE:UM-ONE MIDI 1", twins)
    assert match_port("UM-ONE:UM-ONE MIDI 1 24:0", twins) == twins[1]


def test_inputs_are_no_outputs() -> None:
    keyboard = [Port("CoreMIDI", "Keystep", "input")]
    assert match_port("key", keyboard, "input") == keyboard[0]
    with pytest.raises(PortError, match="There is no MIDI output port here"):
        match_port("key", keyboard, "output")


def test_an_empty_name_is_not_any_port() -> None:
    with pytest.raises(PortError):
        match_port("", MAC[-1:])


@pytest.mark.parametrize(
    ("platform", "advice"),
    [
        ("darwin", ["IAC Driver", "Audio MIDI Setup"]),
        ("win32", ["loopMIDI", "Windows MIDI Services"]),
        ("linux", ["ALSA", "JACK", "PipeWire", "--virtual NAME"]),
    ],
)
def test_an_unknown_name_is_refused_with_the_ports_and_advice(platform: str, advice: list[str]) -> None:
    with pytest.raises(PortError) as refusal:
        match_port("Oberheim", MAC, platform=platform)
    message = str(refusal.value)
    assert message.startswith(
        'No MIDI output port is called "Oberheim". There are: "IAC Driver Bus 1" (CoreMIDI), '
        '"IAC Driver Bus 10" (CoreMIDI), "Minilogue" (CoreMIDI). '
    )
    assert [words for words in advice if words not in message] == []


def test_our_own_end_of_a_connection_is_never_matched() -> None:
    ports = outputs("JACK", "musicgen-live input:from keys:out", "keys:in", "musicgen-live:take")
    assert match_port("keys", ports).name == "keys:in"
    assert match_port("take", ports).name == "musicgen-live:take"
