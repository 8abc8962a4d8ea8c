"""The flags of sound that `play`, `render` and `show` share, and their checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from musicgen_live.cli.console import echo
from musicgen_live.cli.results import checked_file, refuse_existing
from musicgen_live.config.sound_options import DEFAULT_INSTRUMENT, SoundOptions
from musicgen_live.errors import SettingsError
from musicgen_live.player.supervisor import Say

SOUND_PANEL = "Hear it on this machine"

Instrument = Annotated[
    Optional[str],  # noqa: UP045 (Typer reads it)
    typer.Option(
        help="What sounds: piano, or another one of musicgen-live's own.",
        rich_help_panel=SOUND_PANEL,
        show_default=DEFAULT_INSTRUMENT,
    ),
]
SoundFontFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(help="Sound like this .sf2 or .sf3 file instead (needs FluidSynth).", rich_help_panel=SOUND_PANEL),
]

Listen = Annotated[
    bool,
    typer.Option(
        "--listen",
        help="Play through the speakers of this machine: beside --port, or instead of a port.",
        rich_help_panel=SOUND_PANEL,
    ),
]
ListenDevice = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        help="The sound device, its name or a part of it; null for none; or a .wav file that gets the sound.",
        rich_help_panel=SOUND_PANEL,
        show_default="the system's choice",
    ),
]
ListenVolume = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(help="Volume in decibels; -6 is half as strong.", rich_help_panel=SOUND_PANEL, show_default="0"),
]
ListenLatency = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(
        help="Milliseconds from a note to its sound; more if the sound has gaps.",
        rich_help_panel=SOUND_PANEL,
        show_default="50",
    ),
]


def live_sound(
    *,
    listen: bool,
    instrument: str | None,
    soundfont: Path | None,
    device: str | None,
    volume_db: float | None,
    latency_ms: float | None,
) -> SoundOptions | None:
    """Return the options of `--listen`, None without it; SettingsError on flags that are wrong or of no use."""
    given = {
        "--instrument": instrument,
        "--soundfont": soundfont,
        "--listen-device": device,
        "--listen-volume": volume_db,
        "--listen-latency-ms": latency_ms,
    }
    if not listen:
        for flag, value in given.items():
            if value is not None:
                raise SettingsError(f"{flag} is of no use without sound; say --listen too")
        return None
    options = offline_sound(instrument, soundfont)
    if device is not None and device.lower().endswith(".wav"):
        refuse_existing("--listen-device", checked_file("--listen-device", Path(device)), by_force=False)
    usual = SoundOptions()
    return SoundOptions(
        options.instrument,
        options.soundfont,
        device,
        usual.volume_db if volume_db is None else volume_db,
        usual.latency_ms if latency_ms is None else latency_ms,
    )


def offline_sound(instrument: str | None, soundfont: Path | None) -> SoundOptions:
    """Return what sounds; SettingsError if both are given, SoundError if the one that is given cannot sound."""
    if instrument is not None and soundfont is not None:
        raise SettingsError(f"--instrument {instrument} and --soundfont {soundfont} exclude each other; give one")
    if instrument is not None:
        from musicgen_live.sound.instrument import check_name

        check_name(instrument)
    if soundfont is not None:
        from musicgen_live.sound.soundfont_file import check_soundfont

        check_soundfont(soundfont)
    return SoundOptions(instrument or DEFAULT_INSTRUMENT, None if soundfont is None else str(soundfont))


def checked_wav(wav: Path | None, instrument: str | None, soundfont: Path | None) -> Path | None:
    """Return the path of `--wav` if it can be written; TakeError otherwise, or SettingsError on flags of no use."""
    if wav is None:
        for flag, value in (("--instrument", instrument), ("--soundfont", soundfont)):
            if value is not None:
                raise SettingsError(f"{flag} is of no use without a sound file; say --wav FILE.wav too")
        return None
    return checked_file("--wav", wav, (".wav",))


def write_sound(midi: Path, wav: Path, options: SoundOptions, say: Say = echo) -> None:
    """Write the sound of a MIDI file, and say where it is; TakeError or SoundError if that fails."""
    from musicgen_live.sound.wav import write_wav

    seconds = write_wav(midi, wav, options)
    say(f"The sound: {wav} ({int(seconds // 60)}:{int(seconds % 60):02})")
