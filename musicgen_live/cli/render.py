"""The command `render`: writes a take as a file, faster than real time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from musicgen_live.cli.console import echo
from musicgen_live.cli.flags import with_settings
from musicgen_live.cli.show import checked_png
from musicgen_live.cli.takes import checked_take, refuse_existing, say_end
from musicgen_live.config.settings import Settings
from musicgen_live.session.play import render


@with_settings
def render_command(
    *,
    settings: Settings,
    seed: int,
    out: Annotated[Path, typer.Option(help="The .mid file to write.")],
    png: Annotated[Path | None, typer.Option(help="Draw the take as a piano roll to this .png file too.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a take as a .mid file at once, without a MIDI port."""
    picture = checked_png("--png", png) if png else None
    take = checked_take(out)
    if not force:
        for flag, path in (("--out", take), ("--png", picture)):
            if path:
                refuse_existing(flag, path)
    say_end(render(settings, seed, take, echo), echo)
    if picture:
        from musicgen_live.midi.piano_roll import draw_file

        draw_file(take, picture)
        echo(f"The picture: {picture}")
