"""The command `ports`: lists the MIDI ports of this machine, with advice on missing MIDI systems."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.cli.console import echo

if TYPE_CHECKING:
    from musicgen_live.midi.advice import PipeWire
    from musicgen_live.midi.systems import MidiSystem


def ports_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the MIDI ports that notes can be sent to and heard from."""
    from musicgen_live.midi.advice import find_pipewire
    from musicgen_live.midi.systems import scan_systems

    systems, pipewire = scan_systems(), find_pipewire()
    echo(_as_json(systems, pipewire) if as_json else as_text(systems, pipewire))


def _as_json(systems: Sequence[MidiSystem], pipewire: PipeWire) -> str:
    from musicgen_live.midi.advice import how_to_start

    descriptions = [
        {
            "api": system.api,
            "there": system.is_there,
            "reason": system.absence,
            "advice": None if system.absence is None else how_to_start(system.api, system.absence, pipewire),
        }
        for system in systems
    ]
    ports = {
        f"{direction}s": [
            {"api": port.api, "name": port.name}
            for system in systems
            for port in system.ports
            if port.direction == direction
        ]
        for direction in ("output", "input")
    }
    return json.dumps({"systems": descriptions, **ports}, indent=2)


def as_text(systems: Sequence[MidiSystem], pipewire: PipeWire) -> str:
    """Return a line for each port, and one for each system that is missing, with advice."""
    from musicgen_live.midi.advice import how_to_start

    lines: list[str] = []
    for title, direction in (("Outputs (--port sends notes there)", "output"), ("Inputs (can be heard)", "input")):
        ports = [port for system in systems for port in system.ports if port.direction == direction]
        lines.append(f"{title}:" if ports else f"{title}: none")
        lines += [f"  {port.name}  ({port.api})" for port in ports]
    available = [system.api for system in systems if system.is_there]
    absence = "is not there" + (f", and not needed while {available[0]} is. For its ports too" if available else "")
    lines += [
        f"{system.api} {absence}: {how_to_start(system.api, system.absence, pipewire)}"
        for system in systems
        if system.absence is not None
    ]
    return "\n".join(lines)
