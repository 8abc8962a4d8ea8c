"""Diagnoses what may keep this machine from playing in time, with advice for each problem.

Functions that try something (`measure_lateness_ms`, `try_real_time`, `try_virtual_ports`) are separate from those that
judge the result, which take plain values and so give the same verdict on every machine.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from musicgen_live.cli.finding import Finding
from musicgen_live.cli.sound_diagnosis import judge_sound, judge_soundfonts, try_fluidsynth, try_sound
from musicgen_live.config.library import model_names, model_path, preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.errors import ModelError, PortError, SettingsError
from musicgen_live.midi.advice import PipeWire, find_pipewire, how_to_get_a_port, how_to_start
from musicgen_live.midi.port import open_virtual
from musicgen_live.midi.rtmidi_client import Direction
from musicgen_live.midi.systems import MidiSystem, scan_systems
from musicgen_live.player.clock import Mailbox, SystemClock, wait_to

PYTHONS = ((3, 11), (3, 12))
"""The versions for which python-rtmidi is built, as in `requires-python`."""

WAIT_S = 0.002
WAITS = 100

PRECISE_MEDIAN_MS = 1.0
"""A lateness that nobody hears: musicians call 2 to 4 ms off the grid audible."""

AUDIBLE_MS = 20.0
"""A lateness of a single note that everybody hears."""

WINDOWS_SYNTH = "Microsoft GS Wavetable Synth"
"""An output of every Windows machine, which makes sound and leads to no DAW."""

_PLATFORM_NAMES = {"darwin": "macOS", "win32": "Windows"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings; `can_play` is False if no notes can be played here."""

    findings: tuple[Finding, ...]
    can_play: bool


def diagnose() -> Diagnosis:
    """Run all checks. Takes a second or two; creates and closes a virtual port. Prints and raises nothing."""
    platform = sys.platform
    # Measured before NumPy is loaded, because the player process does not load it.
    lateness_ms = measure_lateness_ms()
    systems, pipewire = scan_systems(), find_pipewire()
    refusals = try_virtual_ports(systems)
    sound = judge_sound(*try_sound())
    shipped = (judge_presets(), judge_models())
    findings = (
        judge_python(sys.version_info[:3]),
        *judge_systems(systems, pipewire),
        judge_ports(systems, platform),
        judge_virtual_ports(refusals, platform),
        *([judge_pipewire(systems, pipewire)] if platform == "linux" else []),
        judge_waits(lateness_ms, platform),
        judge_real_time(try_real_time() if platform == "linux" else None, platform),
        sound,
        judge_soundfonts(try_fluidsynth(), platform),
        judge_link(is_installed=importlib.util.find_spec("aalink") is not None),
        *shipped,
    )
    can_be_heard = bool(_port_names(systems, "output")) or None in refusals.values() or sound.is_well
    return Diagnosis(findings, can_play=can_be_heard and all(finding.is_well for finding in shipped))


def judge_python(version: tuple[int, ...]) -> Finding:
    """Judge the version of Python."""
    found = ".".join(map(str, version))
    if version[:2] in PYTHONS:
        return Finding("Python", True, found)
    usable = " or ".join(f"{major}.{minor}" for major, minor in PYTHONS)
    return Finding("Python", False, f"{found}; {usable} is needed", "uv python install 3.12, or see python.org")


def judge_systems(systems: Sequence[MidiSystem], pipewire: PipeWire) -> list[Finding]:
    """Judge every MIDI system. One is enough; without any, each gets advice."""
    available = [system.api for system in systems if system.is_there]
    findings = []
    for system in systems:
        if system.absence is None:
            findings.append(Finding(system.api, True, "there"))
            continue
        if available:
            findings.append(Finding(system.api, True, f"not there, and not needed while {available[0]} is"))
            continue
        findings.append(Finding(system.api, False, "not there", how_to_start(system.api, system.absence, pipewire)))
    return findings


def judge_ports(systems: Sequence[MidiSystem], platform: str) -> Finding:
    """Judge the ports of other programs and devices. None are needed if DAWs can connect to a virtual port of ours."""
    outputs, inputs = _port_names(systems, "output"), _port_names(systems, "input")
    found = f"outputs: {', '.join(outputs) or 'none'}; inputs: {', '.join(inputs) or 'none'}"
    if platform == "win32" and all(WINDOWS_SYNTH in name for name in outputs):
        return Finding("Ports", False, f"{found}; none that leads to a DAW", how_to_get_a_port(platform))
    return Finding("Ports", True, found)


def _port_names(systems: Sequence[MidiSystem], direction: Direction) -> list[str]:
    return [f'"{port.name}"' for system in systems for port in system.ports if port.direction == direction]


def judge_virtual_ports(refusals: Mapping[str, str | None], platform: str) -> Finding:
    """Judge if a virtual port can be created; `refusals` has the reason or None for each available system."""
    name = "A port of our own"
    if platform == "win32":
        return Finding(name, True, "not to be had on Windows; a loopback port, which Ports lists, takes its place")
    working = [api for api, refusal in refusals.items() if refusal is None]
    reasons = " ".join(refusal for refusal in refusals.values() if refusal)
    if working:
        found = f"can be made ({', '.join(working)}): tried just now"
        return Finding(name, True, f"{found}. {reasons}" if reasons else found)
    if refusals:
        return Finding(name, False, f"cannot be made: {reasons}", how_to_get_a_port(platform))
    advice = "mend one of the MIDI systems above; until then takes can be written: musicgen-live render --out take.mid"
    return Finding(name, False, "cannot be made without a MIDI system", advice)


def judge_pipewire(systems: Sequence[MidiSystem], pipewire: PipeWire) -> Finding:
    """Judge if PipeWire runs in place of JACK, and no other MIDI system is available."""
    available = [system.api for system in systems if system.is_there]
    if not pipewire.is_running:
        return Finding("PipeWire", True, "not running for this user")
    if "JACK" in available:
        return Finding("PipeWire", True, "running, and not in the way: a JACK server answers")
    if available:
        return Finding("PipeWire", True, f"running, and only in the way of JACK; notes go through {available[0]}")
    return Finding("PipeWire", False, "running, and in the way of JACK", how_to_start("JACK", "", pipewire))


def judge_waits(lateness_ms: Sequence[float], platform: str) -> Finding:
    """Judge the precision of the player's wait by milliseconds after the deadline, one per wait."""
    median_ms, worst_ms = statistics.median(lateness_ms), max(lateness_ms)
    measured = f"{len(lateness_ms)} waits ended {median_ms:.2f} ms late at the median, {worst_ms:.1f} ms at worst"
    tool = "the Task Manager" if platform == "win32" else "top"
    advice = f"Close what keeps the processor busy; {tool} shows it"
    if median_ms > PRECISE_MEDIAN_MS:
        return Finding("Sleep", False, f"not precise, every note will be late: {measured}", advice)
    if worst_ms > AUDIBLE_MS:
        return Finding("Sleep", False, f"precise, but now and then a note will be late: {measured}", advice)
    return Finding("Sleep", True, f"precise: {measured}")


def judge_real_time(is_granted: bool | None, platform: str) -> Finding:
    """Judge if a process may have real-time priority; `is_granted` is None on a platform without it."""
    name = "Real-time priority"
    if is_granted is None:
        return Finding(name, True, f"not a thing to be granted on {_PLATFORM_NAMES.get(platform, platform)}")
    if is_granted:
        return Finding(name, True, "granted when asked for")
    return Finding(
        name,
        False,
        "not granted: notes may be late while other programs are busy",
        "echo '@audio - rtprio 95' | sudo tee /etc/security/limits.d/audio.conf && sudo usermod -aG audio $USER "
        "(then log in again; in a container, run it with --cap-add=SYS_NICE)",
    )


def judge_link(*, is_installed: bool) -> Finding:
    """Judge the library for Ableton Link, which only `--sync link` needs."""
    if is_installed:
        return Finding("Ableton Link", True, "the library aalink is installed: musicgen-live play --sync link")
    found = "the library aalink is not installed; who wants --sync link types, in a clone of the repository:"
    return Finding("Ableton Link", True, f"{found} pip install '.[link]', with uv: uv sync --extra link")


def judge_presets() -> Finding:
    """Judge if the presets that ship exist and can be read."""
    return _judge_shipped("Presets", preset_names(), _preset_problem)


def judge_models() -> Finding:
    """Judge if the models that ship exist and can be read. Loads NumPy."""
    return _judge_shipped("Models", model_names(), _model_problem)


def _preset_problem(name: str) -> str | None:
    try:
        model_path(load_preset(name).settings.model)
    except (SettingsError, ModelError) as error:
        return str(error)
    return None


def _model_problem(name: str) -> str | None:
    from musicgen_live.model.bundle import Bundle

    try:
        Bundle.load(model_path(name))
    except ModelError as error:
        return str(error)
    return None


def _judge_shipped(name: str, names: Sequence[str], problem_of: Callable[[str], str | None]) -> Finding:
    problems = [problem for problem in map(problem_of, names) if problem]
    if names and not problems:
        return Finding(name, True, ", ".join(names))
    found = "; ".join(problems) if problems else "none found"
    return Finding(name, False, found, "install again: pip install --force-reinstall . in a clone of the repository")


def measure_lateness_ms(waits: int = WAITS) -> list[float]:
    """Return the lateness of the player's own wait in milliseconds, for a number of waits of 2 ms."""
    clock, mailbox = SystemClock(), Mailbox()
    lateness_ms = []
    for _ in range(waits):
        deadline_s = clock.now_s() + WAIT_S
        wait_to(clock, mailbox, deadline_s)
        lateness_ms.append(1000 * (clock.now_s() - deadline_s))
    return lateness_ms


def try_real_time() -> bool:
    """Return True if Linux grants this user's processes real-time priority, by starting one that ends at once."""
    code = "from musicgen_live.midi.realtime import ask_for_real_time; raise SystemExit(not ask_for_real_time())"
    process = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=False)
    return process.returncode == 0


def try_virtual_ports(systems: Sequence[MidiSystem]) -> dict[str, str | None]:
    """Create and close a port in every available system; return the reason of each refusal, None for a success."""
    refusals: dict[str, str | None] = {}
    for system in systems:
        if not system.is_there:
            continue
        try:
            open_virtual("doctor", system.api).close()
        except PortError as error:
            refusals[system.api] = str(error)
        else:
            refusals[system.api] = None
    return refusals
