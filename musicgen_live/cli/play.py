"""The commands `play` and `render`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Optional

import typer

from musicgen_live import session
from musicgen_live.cli.flags import with_settings
from musicgen_live.cli.show import checked_png
from musicgen_live.errors import SettingsError, TakeError
from musicgen_live.files import replace_text
from musicgen_live.live.ledger import Summary
from musicgen_live.outputs.takes import new_take_path
from musicgen_live.player_config import Timing
from musicgen_live.port_plan import parse_port
from musicgen_live.settings import Settings

TAKES_FOLDER = Path("takes")

PORT_HELP = (
    "Play to this port: its name or a part of it, then if you like :channel=2,transpose=-12,latency-ms=20. "
    "Give it again for another port."
)
VIRTUAL_HELP = "Make a port of this name and play to it; as with --port, options may follow, and more of them."

CLOCK_HELP = "With --sync clock: the port that brings MIDI clock, its name or a part of it; without, one is made."


@with_settings
def play_command(  # noqa: PLR0913 (a flag each)
    *,
    settings: Settings,
    seed: int,
    port: Annotated[Optional[list[str]], typer.Option(help=PORT_HELP)] = None,  # noqa: UP045 (Typer reads it)
    virtual: Annotated[Optional[list[str]], typer.Option(help=VIRTUAL_HELP)] = None,  # noqa: UP045
    latency_ms: Annotated[float, typer.Option(help="How late ports sound: notes are sent so much earlier.")] = 0.0,
    out: Annotated[Path | None, typer.Option(help="Record to this .mid file instead of one in takes/.")] = None,
    no_record: Annotated[bool, typer.Option("--no-record", help="Do not record.")] = False,
    sync: Annotated[
        str, typer.Option(help="Whose time: internal, clock (MIDI clock) or link (Ableton Link).")
    ] = "internal",
    clock_port: Annotated[str | None, typer.Option(help=CLOCK_HELP)] = None,
    count_in: Annotated[int, typer.Option(help="Count so many bars in, with clicks on channel 10.")] = 0,
    send_clock: Annotated[bool, typer.Option("--send-clock", help="Send MIDI clock, start and stop.")] = False,
    stats: Annotated[Path | None, typer.Option(help="Write how late notes were sent to this .json file.")] = None,
) -> None:
    """Play into a DAW, and record what is played as a .mid file."""
    timing = Timing(sync, clock_port, count_in, send_clock)
    ports = [parse_port(text, latency_ms=latency_ms) for text in port or []]
    ports += [parse_port(text, is_virtual=True, latency_ms=latency_ms) for text in virtual or []]
    own_port = parse_port(session.VIRTUAL_NAME, is_virtual=True, latency_ms=latency_ms)
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
    ended = session.play(settings, seed, ports, take, typer.echo, own_port=own_port, timing=timing)
    _print_end(ended, take)
    if ended.in_time:
        _print_lateness(ended.summary)
    if stats and ended.in_time:
        _write_stats(stats, ended, seed)


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
    _print_end(session.render(settings, seed, _checked(out), typer.echo), out)
    if picture:
        from musicgen_live.roll import show

        show(out, picture)
        typer.echo(f"The picture: {picture}")


def _checked(out: Path) -> Path:
    if out.suffix.lower() not in (".mid", ".midi"):
        raise TakeError(f"--out is {str(out)!r}; it has to end in .mid")
    if out.is_dir():
        raise TakeError(f"--out is {str(out)!r}, which is a folder; give the name of a file")
    return out


def _print_end(ended: session.TakeEnded, take: Path | None) -> None:
    summary = ended.summary
    typer.echo(f"{'Stopped after' if ended.stopped else 'Done:'} {ended.steps} steps, {summary.notes} notes.")
    if summary.dropped:
        typer.echo(f"{summary.dropped} notes came too late to be played and were left out.")
    if take:
        typer.echo(f"The take: {take}")


def _print_lateness(summary: Summary) -> None:
    if summary.notes:
        typer.echo(
            f"Notes were sent {summary.late_median_ms:.2f} ms late at the median, {summary.late_p99_ms:.2f} ms or less "
            f"for 99 of 100, {summary.late_max_ms:.2f} ms at most."
        )


def _write_stats(path: Path, ended: session.TakeEnded, seed: int) -> None:
    figures = {"seed": seed, "steps": ended.steps, "stopped": ended.stopped, **asdict(ended.summary)}
    try:
        replace_text(path, json.dumps(figures, indent=2) + "\n")
    except OSError as error:
        raise TakeError(f"--stats is {str(path)!r}, which cannot be written: {error.strerror or error}") from error
