"""The command `play`: checks the flags, plays a take and prints its result."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Optional

import typer

from musicgen_live.cli import parts as part_flags
from musicgen_live.cli import play_options
from musicgen_live.cli import sound as sound_flags
from musicgen_live.cli.flags import with_settings
from musicgen_live.cli.listening import listen_options_of
from musicgen_live.cli.results import list_take, say_end
from musicgen_live.config.port_options import VIRTUAL_NAME, parse_port
from musicgen_live.config.presets import Preset
from musicgen_live.config.settings import Settings
from musicgen_live.config.user_config import load_user_config
from musicgen_live.errors import NoMidiSystem, TakeError
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.player.config import Timing
from musicgen_live.player.supervisor import Say
from musicgen_live.session.options import SessionOptions
from musicgen_live.session.play import TakeEnded, play

PANEL = "Musicians and controllers"

PORT_HELP = (
    "Play to this port: its name or a part of it, optionally followed by :channel=2,transpose=-12,latency-ms=20. "
    "Repeat the flag for more ports."
)
AGAIN_HELP = "Repeat a take: last, or a part of its name, or its file (see: takes list). Further flags change it."
VIRTUAL_HELP = "Make a port of this name and play to it; options and more ports as with --port."

INPUT_HELP = (
    "Listen to this keyboard, its name or a part of it, and continue what you play; page is the one that --web shows."
)
RESPOND_HELP = (
    "With --input: continue (you play and stop, it continues), answer (it answers, then waits) or follow (it plays on, "
    "adapting to what you play)."
)
CONTROL_HELP = "Use the knobs and pads of this port, as assigned by learn, a preset or --controls."
WEB_HELP = "Show a page in the browser, on this machine alone; at 0.0.0.0:8080 for the whole network."
UI_HELP = "Show the piano roll and all parameters; change them by keys."
OSC_HELP = "Receive OSC at this port, such as 9000, from this machine alone; 0.0.0.0:9000 for the whole network."

CLOCK_HELP = "With --sync clock: the port to receive MIDI clock from, its name or a part of it; by default a new one."


@with_settings
def play_command(  # noqa: PLR0913 (a flag each)
    *,
    settings: Settings,
    preset: Preset,
    seed: int,
    label: TakeLabel | None,
    has_tempo: bool,
    port: Annotated[Optional[list[str]], typer.Option(help=PORT_HELP)] = None,  # noqa: UP045 (Typer reads it)
    virtual: Annotated[Optional[list[str]], typer.Option(help=VIRTUAL_HELP)] = None,  # noqa: UP045
    latency_ms: Annotated[
        float, typer.Option(help="Milliseconds by which ports sound late: sends notes earlier.")
    ] = 0.0,
    again: Annotated[Optional[str], typer.Option(metavar="TAKE", help=AGAIN_HELP)] = None,  # noqa: UP045, ARG001 (as `label`)
    out: Annotated[
        Path | None, typer.Option(help="Record to this .mid file, or into this folder, instead of takes/.")
    ] = None,
    no_record: Annotated[bool, typer.Option("--no-record", help="Do not record.")] = False,
    sync: Annotated[
        str | None,
        typer.Option(
            help="Source of tempo and position: internal, clock (MIDI clock) or link (Ableton Link).",
            show_default="internal",
        ),
    ] = None,
    clock_port: Annotated[str | None, typer.Option(help=CLOCK_HELP)] = None,
    join: Annotated[
        bool, typer.Option("--join", help="With --sync clock: join a clock that runs already, at its next bar line.")
    ] = False,
    count_in: Annotated[int, typer.Option(help="Number of bars of clicks before the music, on channel 10.")] = 0,
    listen: sound_flags.Listen = False,
    instrument: sound_flags.Instrument = None,
    soundfont: sound_flags.SoundFontFile = None,
    listen_device: sound_flags.ListenDevice = None,
    listen_volume: sound_flags.ListenVolume = None,
    listen_latency_ms: sound_flags.ListenLatency = None,
    parts: part_flags.Split = False,
    part: part_flags.Part = None,
    send_clock: Annotated[bool, typer.Option("--send-clock", help="Send MIDI clock, start and stop.")] = False,
    input_: Annotated[Optional[list[str]], typer.Option("--input", help=INPUT_HELP, rich_help_panel=PANEL)] = None,  # noqa: UP045
    respond: Annotated[str | None, typer.Option(help=RESPOND_HELP, rich_help_panel=PANEL)] = None,
    enter: Annotated[
        str | None, typer.Option(help="Start of the model's turn: at the next bar or beat.", rich_help_panel=PANEL)
    ] = None,
    answer_bars: Annotated[
        int | None,
        typer.Option(help="Length of an answer in bars; by default as many as you played.", rich_help_panel=PANEL),
    ] = None,
    freedom: Annotated[
        float | None,
        typer.Option(
            help="0 keeps answers in your key, register and loudness, 1 leaves them free; by default 0.25.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    thru: Annotated[
        bool, typer.Option("--thru", help="Play your notes too; they are recorded in any case.", rich_help_panel=PANEL)
    ] = False,
    chord_input: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Prefer the notes of the chords held on this keyboard.", rich_help_panel=PANEL),
    ] = None,
    control: Annotated[Optional[list[str]], typer.Option(help=CONTROL_HELP, rich_help_panel=PANEL)] = None,  # noqa: UP045
    controls: Annotated[
        Path | None, typer.Option(help="A file with the assignments of knobs and pads.", rich_help_panel=PANEL)
    ] = None,
    osc: Annotated[str | None, typer.Option(help=OSC_HELP, rich_help_panel=PANEL)] = None,
    web: Annotated[str | None, typer.Option(metavar="[HOST:PORT]", help=WEB_HELP, rich_help_panel=PANEL)] = None,
    ui: Annotated[bool, typer.Option("--ui", help=UI_HELP, rich_help_panel=PANEL)] = False,
    json_: Annotated[
        bool, typer.Option("--json", help="Print every event as a line of JSON.", rich_help_panel=PANEL)
    ] = False,
    stats: Annotated[
        Path | None, typer.Option(help="Write statistics of the delay of notes to this .json file.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(help="Append the details of mistakes in the program to this file.")
    ] = None,
) -> None:
    """Play into a DAW, and record what is played as a .mid file."""
    sound = sound_flags.live_sound(
        listen=listen,
        instrument=instrument,
        soundfont=soundfont,
        device=listen_device,
        volume_db=listen_volume,
        latency_ms=listen_latency_ms,
    )
    config = load_user_config()
    by_flag = {"--port": port, "--sync": sync}
    if sync is None:
        # A clock port of the configuration goes with its own transport alone.
        sync, clock_port = config.sync, clock_port or config.clock_port
    timing = Timing(sync, clock_port, count_in, send_clock, join)
    if not (port or virtual or listen):
        port = list(config.port)
    ports = [parse_port(text, latency_ms=latency_ms) for text in port or []]
    ports += [parse_port(text, is_virtual=True, latency_ms=latency_ms) for text in virtual or []]
    own_port = parse_port(VIRTUAL_NAME, is_virtual=True, latency_ms=latency_ms)
    keyboard, chord_keyboard = (
        play_options.single_port("--input", input_),
        play_options.single_port("--chord-input", chord_input),
    )
    controller = play_options.single_port("--control", control)
    has_page_keyboard = play_options.has_page_keyboard(keyboard, is_served=web is not None, follows=timing.follows)
    inputs = play_options.input_options(
        keyboard, chord_keyboard, controller, thru=thru, has_page_keyboard=has_page_keyboard
    )
    controller_map = play_options.controller_map_of(controls, preset, has_inputs=bool(inputs))
    listening = listen_options_of(
        keyboard or (play_options.PAGE if has_page_keyboard else None),
        respond or ("follow" if has_page_keyboard and keyboard is None else None),
        enter,
        answer_bars,
        freedom=freedom,
        thru=thru,
        finds_tempo=not has_tempo,
    )
    options = SessionOptions(
        listening,
        inputs,
        controller_map,
        play_options.checked_osc(osc),
        play_options.checked_web(web),
        config.takes,
        preset.name,
        preset.scenes,
        is_watched=ui,
        log=play_options.checked_log(log),
        parts=part_flags.checked_parts(
            part, splits=parts, latency_ms=latency_ms, before=() if label is None else label.parts
        ),
        remarks=play_options.remarks_on(label, controller, controls, controller_map),
    )
    play_options.checked_stats(stats)
    with closing(play_options.make_frontend(ui=ui, json=json_)) as frontend:
        take = play_options.take_path(out, config.takes, f"{preset.name} {seed}", frontend.say, no_record=no_record)
        try:
            ended = play(
                settings, seed, ports, take, frontend, own_port=own_port, timing=timing, options=options, sound=sound
            )
        except NoMidiSystem as error:
            needing_midi = {
                play_options.origin_of("--port", by_flag): port,
                "--virtual": virtual,
                play_options.origin_of("--sync", by_flag): timing.follows,
                "--clock-port": clock_port,
                "--join": join,
                **{"--input": input_, "--respond": respond, "--enter": enter, "--answer-bars": answer_bars},
                **{"--freedom": freedom is not None},
                **{
                    "--thru": thru,
                    "--chord-input": chord_input,
                    "--control": control,
                    "--osc": osc,
                    "--web": web,
                    "--ui": ui,
                },
                "--part": any(each.port for each in options.parts),
                "--no-record": no_record,
            }
            raise play_options.without_midi(error, [flag for flag, value in needing_midi.items() if value]) from error
        if json_ and ended.take:
            list_take(ended.take, frontend.say)
        if not json_:
            _say_result(ended, frontend.say)
        if stats and ended.in_time:
            _write_stats(stats, ended, seed)
    if ended.failure is not None:
        raise TakeError(ended.failure)


def _say_result(ended: TakeEnded, say: Say) -> None:
    say_end(ended, say)
    summary = ended.summary
    if ended.in_time and summary.notes:
        say(
            f"Notes were sent {summary.late_median_ms:.2f} ms late at the median, {summary.late_p99_ms:.2f} ms or less "
            f"for 99 of 100, {summary.late_max_ms:.2f} ms at most."
        )


def _write_stats(path: Path, ended: TakeEnded, seed: int) -> None:
    figures = {"seed": seed, "steps": ended.steps, "stopped": ended.stopped, **asdict(ended.summary)}
    from musicgen_live.config.files import reason_of, replace_text

    try:
        replace_text(path, json.dumps(figures, indent=2) + "\n")
    except OSError as error:
        raise TakeError(f"--stats is {str(path)!r}, which cannot be written: {reason_of(error)}") from error
