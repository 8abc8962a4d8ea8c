"""The command `show`: draws a MIDI file as a picture, and makes sound of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.cli.console import echo
from musicgen_live.cli.results import checked_file, refuse_existing
from musicgen_live.cli.sound import SOUND_PANEL, Instrument, SoundFontFile, checked_wav, offline_sound, write_sound
from musicgen_live.errors import TakeError

if TYPE_CHECKING:
    from musicgen_live.midi.piano_roll import Bars


def show_command(
    midi: Annotated[Path, typer.Argument(metavar="FILE.mid", help="A .mid file: a take, or any other.")],
    out: Annotated[
        Path | None, typer.Option(help="The .png file to write.", show_default="beside the file, with its name")
    ] = None,
    bars: Annotated[str | None, typer.Option(help="Only these bars, such as 9-16.", show_default="all")] = None,
    wav: Annotated[
        Path | None, typer.Option(help="Write the sound of the file to this .wav file.", rich_help_panel=SOUND_PANEL)
    ] = None,
    instrument: Instrument = None,
    soundfont: SoundFontFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Draw a MIDI file as a piano roll: bars, octaves, and how hard every note is struck. With --wav, sound it too."""
    from musicgen_live.midi.piano_roll import draw_file

    if midi.is_dir():
        raise TakeError(f"{str(midi)!r} is a folder; give the path of a .mid file")
    png = checked_file("--out", out, (".png",)) if out else midi.with_suffix(".png")
    sound_file = checked_wav(wav, instrument, soundfont)
    sound = offline_sound(instrument, soundfont)
    # Whoever asks for another sound has the picture already.
    draws = force or out is not None or sound_file is None or not png.exists()
    if not force:
        if draws:
            refuse_existing("--out", png)
        if sound_file:
            refuse_existing("--wav", sound_file)
    if draws:
        for remark in draw_file(midi, png, _bars_of(bars) if bars else None):
            echo(f"{midi.name}: {remark}.")
        echo(f"The picture: {png}")
    if sound_file:
        write_sound(midi, sound_file, sound)


def _bars_of(text: str) -> Bars:
    numbers = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", text)
    if numbers:
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        if 1 <= first <= last:
            return first, last
    raise TakeError(f"--bars is {text!r}; write the first and the last, such as 9-16, or one bar's number")
