"""The command `panic`: silences MIDI ports, whichever program left notes hanging."""

from __future__ import annotations

from typing import Annotated

import typer

from musicgen_live.cli.console import echo
from musicgen_live.errors import PortError


def panic_command(
    port: Annotated[str | None, typer.Option(help="Only this port: its name or a part of it.")] = None,
) -> None:
    """Silence every MIDI port, or one: All Sound Off and All Notes Off on all channels."""
    from musicgen_live.midi.hanging_notes import silence
    from musicgen_live.midi.port import open_exactly, require_system
    from musicgen_live.midi.port_names import match_port
    from musicgen_live.midi.systems import scan_systems

    systems = scan_systems(("output",))
    require_system(systems)
    ports = [each for system in systems for each in system.ports]
    if port is not None:
        ports = [match_port(port, ports)]
    if not ports:
        echo("There is no MIDI port here that could be silenced.")
    silenced = 0
    for each in ports:
        try:
            output = open_exactly(each)
            for message in silence(range(16)):
                output.send(0, message)
            output.close()
        except (PortError, OSError) as error:  # OSError: the port disappeared while it was closed
            # Go on with the other ports.
            echo(str(error), err=True)
            continue
        silenced += 1
        echo(f"Silenced: {each.name}")
    if silenced < len(ports):
        raise typer.Exit(2)
