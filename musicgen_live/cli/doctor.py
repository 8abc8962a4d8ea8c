"""The command `doctor`: prints a diagnosis of this machine, with advice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.cli.console import echo

if TYPE_CHECKING:
    from musicgen_live.cli.diagnosis import Diagnosis


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at MIDI, timing, models and presets; say what to type where something is not well."""
    from musicgen_live.cli.diagnosis import diagnose

    diagnosis = diagnose()
    echo(as_json_text(diagnosis) if as_json else as_text(diagnosis))
    if not diagnosis.can_play:
        raise typer.Exit(1)


def as_json_text(diagnosis: Diagnosis) -> str:
    """Return one JSON object: `can_play`, and `findings` with `name`, `well`, `found` and `advice`."""
    findings = [
        {"name": finding.name, "well": finding.is_well, "found": finding.found, "advice": finding.advice}
        for finding in diagnosis.findings
    ]
    return json.dumps({"can_play": diagnosis.can_play, "findings": findings}, indent=2)


def as_text(diagnosis: Diagnosis) -> str:
    """Return one line per finding, with advice at its end, and a summary as the last line."""
    lines = []
    for finding in diagnosis.findings:
        line = f"{'ok' if finding.is_well else 'NO':2}  {finding.name}: {finding.found}"
        lines.append(f"{line} -> {finding.advice}" if finding.advice else line)
    problems = sum(not finding.is_well for finding in diagnosis.findings)
    if not diagnosis.can_play:
        lines.append("No notes can be played here yet: mend what is marked NO.")
    elif problems:
        things = "thing" if problems == 1 else "things"
        lines.append(f"Notes can be played; {problems} {things} marked NO could be better.")
    else:
        lines.append("All is well.")
    return "\n".join(lines)
