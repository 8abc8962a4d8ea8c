"""Advice to the user, per platform, if a MIDI system or a port is missing. Plain text; calls no MIDI library."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from musicgen_live.midi.rtmidi_client import Direction

_MAC_PORT = (
    "On macOS, switch on the IAC Driver: Audio MIDI Setup, Window, Show MIDI Studio, IAC Driver, "
    '"Device is online"; its port is then "IAC Driver Bus 1".'
)
_WINDOWS_PORT = (
    "On Windows, make a port with loopMIDI (tobias-erichsen.de/software/loopmidi.html) "
    "or take a loopback port of Windows MIDI Services, then give its name after --port."
)
_LINUX_PORT = (
    "On Linux, start the program or synthesizer that has the port, or make a port of our own with --virtual NAME "
    "and connect to it (aconnect for ALSA, qjackctl for JACK, qpwgraph for PipeWire). Which of these are there, "
    "and how to get the others, is told by: musicgen-live ports"
)


@dataclass(frozen=True, slots=True)
class PipeWire:
    """True if PipeWire is running for this user, and the path of its own libjack if that is installed."""

    is_running: bool
    libjack: str | None = None


def find_pipewire(environment: Mapping[str, str] = os.environ, root: Path = Path("/")) -> PipeWire:
    """Look for PipeWire's socket and its libjack at the paths of Debian, Fedora and Arch."""
    runtime = environment.get("PIPEWIRE_RUNTIME_DIR") or environment.get("XDG_RUNTIME_DIR")
    is_running = bool(runtime) and (Path(str(runtime)) / "pipewire-0").exists()
    patterns = ("usr/lib/*/pipewire-0.3/jack/libjack.so.0", "usr/lib*/pipewire-0.3/jack/libjack.so.0")
    libjacks = [path for pattern in patterns for path in sorted(root.glob(pattern))] if is_running else []
    return PipeWire(is_running, str(libjacks[0]) if libjacks else None)


def how_to_get_a_port(platform: str, direction: Direction = "output") -> str:
    """Return how to get a port to connect to on `platform` (a value of `sys.platform`)."""
    if platform == "darwin":
        return _MAC_PORT
    if platform == "win32":
        return _WINDOWS_PORT
    if direction == "input":
        return (
            "On Linux, plug the device in or start the program that sends; see what is there with: musicgen-live ports"
        )
    return _LINUX_PORT


def how_to_start(api: str, absence: str, pipewire: PipeWire) -> str:
    """Return in plain words why the MIDI system `api` is missing, and the command to type.

    `absence` is the library's own reason, which also shows if the library itself could not be loaded.
    """
    if "libasound" in absence:
        # The package is libasound2 on Debian and libasound2t64 on Ubuntu since 24.04; alsa-utils installs either.
        return (
            "the ALSA library is not installed, and MIDI needs it on Linux even for JACK. "
            "Type: sudo apt install alsa-utils (Fedora: sudo dnf install alsa-lib)."
        )
    if api == "ALSA":
        return (
            "this machine's kernel offers no MIDI sequencer (/dev/snd/seq), or you may not use it. Type: sudo modprobe "
            "snd-seq (and sudo modprobe snd-virmidi for ports to try out); if that helps nothing: "
            "sudo usermod -aG audio $USER, then log in again."
        )
    if api == "JACK":
        return _how_to_start_jack(pipewire)
    return f"the system gave this reason: {absence}"


def _how_to_start_jack(pipewire: PipeWire) -> str:
    if not pipewire.is_running:
        return "no JACK server is running. Start one with qjackctl, or type: jackd -d alsa"
    if pipewire.libjack is None:
        return "PipeWire is running without its JACK part. Type: sudo apt install pipewire-jack"
    return (
        "PipeWire stands in for JACK here, and our MIDI library brings its own JACK library, which cannot talk to it "
        f"(pw-jack alone does not help). Type: LD_PRELOAD={pipewire.libjack} musicgen-live ..."
    )
