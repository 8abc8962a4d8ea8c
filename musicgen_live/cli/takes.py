"""The commands `takes list|show|play|render|favourite|rename`, and the take that `play --again` names."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Optional

import typer

from musicgen_live.cli import sound as sound_flags
from musicgen_live.cli.console import AsJson, echo, echo_json, new_app, sentence
from musicgen_live.cli.results import checked_file, refuse_existing
from musicgen_live.config.files import is_file, is_folder
from musicgen_live.config.port_options import parse_port
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.config.user_config import load_user_config
from musicgen_live.config.user_folder import takes_path
from musicgen_live.errors import TakeError
from musicgen_live.midi.takes.choice import choose
from musicgen_live.midi.takes.index import TakeEntry, TakeIndex
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.midi.takes.naming import renamed_path
from musicgen_live.midi.takes.reading import read_take

takes_app = new_app("The takes that were recorded, the latest first.")

Take = Annotated[str, typer.Argument(help="last, or a part of its name, or its file.")]


def _index() -> TakeIndex:
    return TakeIndex(takes_path(), lambda text: echo(sentence(text), err=True))


def _chosen(take: str, index: TakeIndex) -> TakeEntry:
    """Return the take of a name, or of a file, which is listed then; TakeError if there is none."""
    path = Path(take)
    if path.suffix.lower() in (".mid", ".midi") and is_file(path):
        index.add(path)
        found = [entry for entry in index.entries() if entry.path == path.absolute()]
        if not found:
            raise TakeError(f"{take} does not say how it was made: it is no take of musicgen-live")
        return found[0]
    return choose(take, index.entries([load_user_config().takes]))


def label_of(take: str) -> TakeLabel:
    """Return what a take says of itself; TakeError if there is no such take, or if its file says nothing."""
    entry = _chosen(take, _index())
    read = read_take(entry.path)
    if read is None:
        raise TakeError(f"{entry.path} does not say how it was made: it is no take of musicgen-live")
    return read.label


@takes_app.command("list")
def list_takes(
    text: Annotated[str, typer.Argument(help="Only takes with this in their name.", show_default="all")] = "",
    favourites: Annotated[bool, typer.Option("--favourites", help="Only favourites.")] = False,
    folder: Annotated[Optional[list[Path]], typer.Option(help="Look for takes in this folder too.")] = None,  # noqa: UP045
    json: AsJson = False,
) -> None:
    """List the takes: those in takes/, and everywhere else where some were recorded."""
    for each in folder or ():
        if not is_folder(each):
            raise TakeError(f"--folder is {str(each)!r}, which is no folder")
    entries = [
        entry
        for entry in _index().entries([load_user_config().takes, *(folder or [])])
        if text.casefold() in entry.name.casefold() and (entry.favourite or not favourites)
    ]
    if json:
        echo_json([entry.to_json() for entry in entries])
        return
    names = Counter(entry.name for entry in entries)
    for entry in entries:
        echo(sentence(line_of(entry, tells_folder=names[entry.name] > 1)))


def line_of(entry: TakeEntry, *, tells_folder: bool) -> str:
    """Return a take as a line: a star for a favourite, name, length, and what else there is to know.

    `tells_folder` is for a take whose name another one has, and adds its folder.
    """
    parts = [f"{'★' if entry.favourite else ' '} {entry.name:44} {_length(entry)}"]
    if entry.steered:
        parts.append("steered")
    if entry.has_musician:
        parts.append("with you")
    if tells_folder:
        parts.append(f"in {entry.path.parent}")
    if not entry.is_there:
        parts.append("its file is not there")
    return "  ".join(parts)


def _length(entry: TakeEntry) -> str:
    return f"{int(entry.seconds) // 60}:{int(entry.seconds) % 60:02}"


@takes_app.command("show")
def show_take(
    take: Take,
    png: Annotated[Path | None, typer.Option(help="Draw it as a piano roll to this .png file.")] = None,
) -> None:
    """Print how a take was made, and draw it."""
    picture = checked_file("--png", png, (".png",)) if png else None
    if picture:
        refuse_existing("--png", picture, by_force=False)
    entry = _chosen(take, _index())
    label = label_of(str(entry.path))
    facts = {
        "file": str(entry.path),
        "recorded": time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.recorded_at_s)),
        "length": f"{_length(entry)}, {entry.notes} notes",
        "preset": label.preset,
        "seed": label.seed,
        "version": label.version,
        **{name.replace("_", "-"): value for name, value in label.values.items()},
    }
    for name, value in facts.items():
        echo(sentence(f"{name:18} {value}"))
    for remark in label.remarks():
        echo(sentence(remark))
    echo(f"Play it again with: {shlex.join(['musicgen-live', 'play', '--again', entry.name])}")
    if picture:
        from musicgen_live.midi.piano_roll import draw_file

        draw_file(entry.path, picture)
        echo(f"The picture: {picture}")


@takes_app.command("play")
def play_take(
    take: Take,
    port: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Play to this port, its name or a part of it, instead of the speakers. Repeat it for more."),
    ] = None,
    listen: sound_flags.Listen = False,
    instrument: sound_flags.Instrument = None,
    soundfont: sound_flags.SoundFontFile = None,
    listen_device: sound_flags.ListenDevice = None,
    listen_volume: sound_flags.ListenVolume = None,
    listen_latency_ms: sound_flags.ListenLatency = None,
) -> None:
    """Play a take as it was recorded, through the speakers of this machine or to a port. Ctrl-C stops it."""
    from musicgen_live.session.playback import play_file

    sound: SoundOptions | None = sound_flags.live_sound(
        listen=listen or not port,
        instrument=instrument,
        soundfont=soundfont,
        device=listen_device,
        volume_db=listen_volume,
        latency_ms=listen_latency_ms,
    )
    ports = [parse_port(text) for text in port or []]
    entry = _chosen(take, _index())
    title = f"{entry.name} ({_length(entry)}). Ctrl-C stops."
    if not play_file(entry.path, ports, sound, lambda text: echo(sentence(text)), title):
        echo("Stopped.")


@takes_app.command("render")
def render_take(
    take: Take,
    wav: Annotated[
        Path | None, typer.Option(help="The .wav file to write.", show_default="beside the take, with its name")
    ] = None,
    instrument: sound_flags.Instrument = None,
    soundfont: sound_flags.SoundFontFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write the sound of a take, as it was recorded, to a .wav file."""
    entry = _chosen(take, _index())
    path = sound_flags.checked_wav(wav or entry.path.with_suffix(".wav"), instrument, soundfont)
    assert path is not None
    if not force:
        refuse_existing("--wav", path)
    sound_flags.write_sound(entry.path, path, sound_flags.offline_sound(instrument, soundfont))


@takes_app.command("favourite")
def favourite_take(
    take: Take,
    off: Annotated[bool, typer.Option("--off", help="Make it an ordinary take again.")] = False,
) -> None:
    """Make a take a favourite, which takes list marks with a star."""
    index = _index()
    entry = index.set_favourite(_chosen(take, index), favourite=not off)
    echo(sentence(f"{entry.name} is {'an ordinary take' if off else 'a favourite'} now."))


@takes_app.command("rename")
def rename_take(
    take: Take, name: Annotated[str, typer.Argument(help="Its new name, without folder and ending.")]
) -> None:
    """Give a take, and its file, another name."""
    index = _index()
    entry = _chosen(take, index)
    renamed = index.rename(entry, renamed_path(entry.path, name))
    echo(sentence(f"{entry.name} is {renamed.name} now: {renamed.path}"))
