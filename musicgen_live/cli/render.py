"""The command `render`: writes a take as a file, faster than real time."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from musicgen_live.cli.console import AsJson, echo, echo_json
from musicgen_live.cli.flags import with_settings
from musicgen_live.cli.parts import Part, Split, checked_parts
from musicgen_live.cli.results import checked_file, checked_take, list_take, refuse_existing, say_end
from musicgen_live.cli.sound import SOUND_PANEL, Instrument, SoundFontFile, checked_wav, offline_sound, write_sound
from musicgen_live.config.presets import Preset
from musicgen_live.config.settings import Settings
from musicgen_live.player.part_channels import parts_of
from musicgen_live.player.part_sounds import with_part_sounds
from musicgen_live.session.play import render


@with_settings
def render_command(  # noqa: PLR0913 (a flag each)
    *,
    settings: Settings,
    preset: Preset,
    seed: int,
    out: Annotated[Path, typer.Option(metavar="FILE.mid", help="The .mid file to write.")],
    png: Annotated[Path | None, typer.Option(help="Draw the take as a piano roll to this .png file too.")] = None,
    wav: Annotated[
        Path | None,
        typer.Option(help="Write its sound to this .wav file too.", rich_help_panel=SOUND_PANEL),
    ] = None,
    parts: Split = False,
    part: Part = None,
    instrument: Instrument = None,
    soundfont: SoundFontFile = None,
    json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a take as a .mid file at once, without a MIDI port."""
    picture = checked_file("--png", png, (".png",)) if png else None
    sound_file = checked_wav(wav, instrument, soundfont)
    sound = offline_sound(instrument, soundfont)
    take = checked_take(out)
    options = checked_parts(part, splits=parts)
    if not force:
        for flag, path in (("--out", take), ("--png", picture), ("--wav", sound_file)):
            if path:
                refuse_existing(flag, path)
    say = partial(echo, err=json)
    ended = render(settings, seed, take, say, preset.name, options)
    if json:
        list_take(take, say)
    else:
        say_end(ended, echo)
    if picture:
        from musicgen_live.midi.piano_roll import draw_file

        draw_file(take, picture)
        say(f"The picture: {picture}")
    if sound_file:
        write_sound(take, sound_file, with_part_sounds(sound, parts_of(settings, options)), say)
    if json:
        files = {"png": picture, "wav": sound_file}
        echo_json(
            {"take": str(take), "seed": seed, "steps": ended.steps, "notes": ended.summary.notes}
            | {name: None if path is None else str(path) for name, path in files.items()}
        )
