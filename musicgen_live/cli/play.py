"""The commands `play` and `render`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from musicgen_live import session
from musicgen_live.cli.flags import with_settings
from musicgen_live.errors import SettingsError, TakeError
from musicgen_live.outputs.takes import new_take_path
from musicgen_live.settings import Settings

TAKES_FOLDER = Path("takes")


@with_settings
def play_command(
    *,
    settings: Settings,
    seed: int,
    port: Annotated[str | None, typer.Option(help="Play to this port: its name or a part of it.")] = None,
    virtual: Annotated[str | None, typer.Option(help="Make a port of this name and play to it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Record to this .mid file instead of one in takes/.")] = None,
    no_record: Annotated[bool, typer.Option("--no-record", help="Do not record.")] = False,
) -> None:
    """Play into a DAW, and record what is played as a .mid file."""
    if port is not None and virtual is not None:
        raise SettingsError(f"--port {port} and --virtual {virtual} exclude each other; give one of them")
    if no_record and out:
        raise SettingsError(f"--no-record and --out {out} exclude each other; give one of them")
    if no_record:
        take = None
    elif out:
        take = _checked(out)
        if take.exists():
            raise TakeError(f"--out is {str(out)!r}, which is there already; choose another name, or leave out --out")
    else:
        take = new_take_path(TAKES_FOLDER, time.localtime(), session.take_name(settings))
    ended = session.play(settings, seed, session.PortChoice(port, virtual), take, typer.echo)
    _print_end(ended, take)


@with_settings
def render_command(
    *, settings: Settings, seed: int, out: Annotated[Path, typer.Option(help="The .mid file to write.")]
) -> None:
    """Write a take as a .mid file at once, without a MIDI port."""
    _print_end(session.render(settings, seed, _checked(out)), out)


def _checked(out: Path) -> Path:
    if out.suffix.lower() not in (".mid", ".midi"):
        raise TakeError(f"--out is {str(out)!r}; it has to end in .mid")
    return out


def _print_end(ended: session.TakeEnded, take: Path | None) -> None:
    summary = ended.summary
    typer.echo(f"{'Stopped after' if ended.stopped else 'Done:'} {ended.steps} steps, {summary.notes} notes.")
    if summary.dropped:
        typer.echo(f"{summary.dropped} notes came too late to be played and were left out.")
    if take:
        typer.echo(f"The take: {take}")
