"""The verdicts of the doctor for every platform, tested on every platform; and that it really tries."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import pytest

from musicgen_live.cli import diagnosis
from musicgen_live.cli.finding import Finding
from musicgen_live.midi.advice import PipeWire
from musicgen_live.midi.systems import MidiSystem, Port, scan_systems
from tests.support.jack import JackServer, Receiver
from tests.support.rooms import ROOT

NO_PIPEWIRE = PipeWire(is_running=False)
PIPEWIRE = PipeWire(is_running=True, libjack="/x/libjack.so.0")
ALSA = MidiSystem("ALSA", None, (Port("ALSA", "Midi Through:0", "output"), Port("ALSA", "Keys:0", "input")))
NO_ALSA = MidiSystem("ALSA", "error creating ALSA sequencer client object.")
JACK = MidiSystem("JACK", None)
NO_JACK = MidiSystem("JACK", "JACK server not running?")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9)])
def test_a_python_that_rtmidi_is_built_for_is_well(version: tuple[int, ...]) -> None:
    assert diagnosis.judge_python(version) == Finding("Python", True, ".".join(map(str, version)))


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 13, 1), (4, 0, 0)])
def test_an_older_or_newer_python_gets_advice(version: tuple[int, ...]) -> None:
    found = f"{'.'.join(map(str, version))}; 3.11 or 3.12 is needed"
    assert diagnosis.judge_python(version) == Finding(
        "Python", False, found, "uv python install 3.12, or see python.org"
    )


def test_the_versions_are_those_that_the_package_requires() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (oldest, newest) = diagnosis.PYTHONS[0], diagnosis.PYTHONS[-1]
    assert project["requires-python"] == f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"


def test_one_midi_system_is_enough_and_the_other_gets_no_advice() -> None:
    alsa, jack = diagnosis.judge_systems([ALSA, NO_JACK], NO_PIPEWIRE)
    assert alsa == Finding("ALSA", True, "there")
    assert jack == Finding("JACK", True, "not there, and not needed while ALSA is")
    alsa, jack = diagnosis.judge_systems([NO_ALSA, JACK], NO_PIPEWIRE)
    assert alsa == Finding("ALSA", True, "not there, and not needed while JACK is")
    assert jack == Finding("JACK", True, "there")


def test_what_is_well_gets_no_advice_here() -> None:
    assert [found for found in diagnosis.diagnose().findings if found.is_well and found.advice] == []


def test_without_any_midi_system_each_gets_advice() -> None:
    alsa, jack = diagnosis.judge_systems([NO_ALSA, NO_JACK], NO_PIPEWIRE)
    assert (alsa.is_well, alsa.found, jack.is_well, jack.found) == (False, "not there", False, "not there")
    assert "sudo modprobe snd-seq" in str(alsa.advice)
    assert "jackd -d alsa" in str(jack.advice)


def test_ports_are_named() -> None:
    found = 'outputs: "Midi Through:0"; inputs: "Keys:0"'
    assert diagnosis.judge_ports([ALSA, JACK], "linux") == Finding("Ports", True, found)
    assert diagnosis.judge_ports([JACK], "linux") == Finding("Ports", True, "outputs: none; inputs: none")


def test_on_windows_the_built_in_synth_alone_is_not_enough() -> None:
    synth = Port("WinMM", "Microsoft GS Wavetable Synth 0", "output")
    alone = diagnosis.judge_ports([MidiSystem("WinMM", None, (synth,))], "win32")
    assert not alone.is_well
    assert "loopMIDI" in str(alone.advice)
    loop = Port("WinMM", "loopMIDI Port 1", "output")
    assert diagnosis.judge_ports([MidiSystem("WinMM", None, (synth, loop))], "win32").is_well


@pytest.mark.parametrize(
    ("refusals", "platform", "is_well", "found"),
    [
        ({"ALSA": None, "JACK": None}, "linux", True, "can be made (ALSA, JACK): tried just now"),
        ({"ALSA": "It refused.", "JACK": None}, "linux", True, "can be made (JACK): tried just now. It refused."),
        ({"CoreMIDI": "It refused."}, "darwin", False, "cannot be made: It refused."),
        ({}, "linux", False, "cannot be made without a MIDI system"),
        (
            {"WinMM": "Windows cannot."},
            "win32",
            True,
            "not to be had on Windows; a loopback port, which Ports lists, takes its place",
        ),
    ],
)
def test_a_port_of_our_own(refusals: dict[str, str | None], platform: str, is_well: bool, found: str) -> None:
    finding = diagnosis.judge_virtual_ports(refusals, platform)
    assert (finding.is_well, finding.found) == (is_well, found)
    assert bool(finding.advice) is not is_well


@pytest.mark.parametrize(
    ("systems", "pipewire", "is_well", "found"),
    [
        ([NO_ALSA, NO_JACK], NO_PIPEWIRE, True, "not running for this user"),
        ([NO_ALSA, JACK], PIPEWIRE, True, "running, and not in the way: a JACK server answers"),
        ([ALSA, NO_JACK], PIPEWIRE, True, "running, and only in the way of JACK; notes go through ALSA"),
        ([NO_ALSA, NO_JACK], PIPEWIRE, False, "running, and in the way of JACK"),
    ],
)
def test_pipewire(systems: list[MidiSystem], pipewire: PipeWire, is_well: bool, found: str) -> None:
    finding = diagnosis.judge_pipewire(systems, pipewire)
    assert (finding.is_well, finding.found) == (is_well, found)
    assert ("LD_PRELOAD=/x/libjack.so.0" in str(finding.advice)) is not is_well


@pytest.mark.parametrize(
    ("lateness_ms", "is_well", "found"),
    [
        ([0.1, 0.1, 4.0], True, "precise: 3 waits ended 0.10 ms late at the median, 4.0 ms at worst"),
        (
            [0.1, 0.1, 21.0],
            False,
            "precise, but now and then a note will be late: 3 waits ended 0.10 ms late at the median, 21.0 ms at worst",
        ),
        (
            [13.0, 13.5, 14.0],
            False,
            "not precise, every note will be late: 3 waits ended 13.50 ms late at the median, 14.0 ms at worst",
        ),
    ],
)
def test_the_verdict_on_waiting(lateness_ms: list[float], is_well: bool, found: str) -> None:
    finding = diagnosis.judge_waits(lateness_ms, "linux")
    assert (finding.is_well, finding.found) == (is_well, found)
    assert finding.advice == (None if is_well else "Close what keeps the processor busy; top shows it")


def test_real_time_priority() -> None:
    assert diagnosis.judge_real_time(None, "darwin").found == "not a thing to be granted on macOS"
    assert diagnosis.judge_real_time(True, "linux") == Finding("Real-time priority", True, "granted when asked for")
    refused = diagnosis.judge_real_time(False, "linux")
    assert not refused.is_well
    assert "rtprio" in str(refused.advice)


def test_link_may_be_missing_and_can_be_installed() -> None:
    assert diagnosis.judge_link(is_installed=True).is_well
    missing = diagnosis.judge_link(is_installed=False)
    assert (missing.is_well, missing.advice) == (True, None)
    assert "who wants --sync link types" in missing.found
    assert "pip install '.[link]'" in missing.found


def test_shipped_presets_and_models_are_well() -> None:
    assert diagnosis.judge_presets().is_well
    models = diagnosis.judge_models()
    assert models.is_well
    assert "classic" in models.found


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the one with the shipped presets and models."""
    (tmp_path / "models").mkdir()
    monkeypatch.setattr("musicgen_live.config.library.shipped_folder", lambda: tmp_path)
    return tmp_path


def test_missing_presets_and_models_are_noticed(shipped: Path) -> None:
    assert shipped.is_dir()
    assert (diagnosis.judge_presets().found, diagnosis.judge_models().found) == ("none found", "none found")
    assert "pip install" in str(diagnosis.judge_models().advice)


def test_damaged_presets_and_models_are_named(shipped: Path) -> None:
    (shipped / "models" / "broken.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (shipped / "mine.toml").write_text('model = "nosuch"\n')
    presets, models = diagnosis.judge_presets(), diagnosis.judge_models()
    assert (presets.is_well, models.is_well) == (False, False)
    assert "there is no model 'nosuch'" in presets.found
    assert "broken.safetensors" in models.found


def test_waits_are_really_measured() -> None:
    lateness_ms = diagnosis.measure_lateness_ms(waits=3)
    assert len(lateness_ms) == 3
    # A wait is never early, but for the rounding of the clock.
    assert min(lateness_ms) > -0.1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux grants real-time priority by process")
def test_real_time_priority_is_tried_in_another_process() -> None:
    before = os.sched_getscheduler(0)
    assert diagnosis.try_real_time() in (True, False)
    assert os.sched_getscheduler(0) == before


@pytest.mark.usefixtures("no_jack")
def test_without_a_system_no_port_is_tried() -> None:
    assert diagnosis.try_virtual_ports([NO_ALSA, NO_JACK]) == {}


@pytest.mark.midi
def test_a_port_is_really_made_and_really_closed(jack: JackServer) -> None:
    with Receiver(jack, "Minilogue"):
        before = jack.ports()
        assert diagnosis.try_virtual_ports(scan_systems())["JACK"] is None
        assert jack.ports() == before


def test_a_port_that_cannot_be_made_has_a_reason() -> None:
    refused = diagnosis.try_virtual_ports([MidiSystem("nosuch", None)])
    assert refused == {"nosuch": 'There is no MIDI system "nosuch" on this machine; see `musicgen-live ports`.'}
