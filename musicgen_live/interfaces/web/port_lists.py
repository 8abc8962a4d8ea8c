"""Lists the MIDI outputs of this machine by a process of its own: a MIDI library may wait, or die with its server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

LIMIT_S = 20.0


async def output_ports() -> list[str]:
    """Return the names of the ports that notes can be sent to; none if they cannot be listed in time."""
    return await asyncio.to_thread(_output_ports)


def _output_ports() -> list[str]:
    command = [sys.executable, "-P", "-m", "musicgen_live", "ports", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(port["name"]) for port in json.loads(done.stdout)["outputs"]]
