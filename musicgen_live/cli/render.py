"""The command `render`: writes a take as a file, faster than real time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from musicgen_live.cli.flags import with_settings
from musicgen_live.cli.show import checked_png
from musicgen_live.cli.takes import checked_take, say_end
from musicgen_live.config.settings import Settings
from musicgen_live.session.play import render


@with_settings
def render_command(
    *,
    settings: Settings,
    seed: int,
    out: Annotated[Path, typer.Option(help="The .mid file to write; one that is there is replaced.")],
    png: Annotated[Path | None, typer.Option(help="Draw the take as a piano roll to this .png file too.")] = None,
) -> None:
    """Write a take as a .mid file at once, without a MIDI port."""
    picture = checked_png("--png", png) if png else None
    say_end(render(settings, seed, checked_take(out), typer.echo), out, typer.echo)
    if picture:
        from musicgen_live.midi.piano_roll import draw_file

        draw_file(out, picture)
        typer.echo(f"The picture: {picture}")
