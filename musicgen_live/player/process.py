"""The process that owns the MIDI ports and the take: `python -P -m musicgen_live.player.process`, fed by a pipe.

It imports no NumPy and computes nothing that could make notes late. When the feeding process ends, even by a crash, the
pipe closes; then it releases all notes, finishes the take and exits.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.errors import MusicgenError
from musicgen_live.midi.c_output import diverted_c_output
from musicgen_live.midi.jack_watch import watching_for_jack_death
from musicgen_live.midi.realtime import ask_for_real_time
from musicgen_live.midi.recorder import Recorder
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.music.time_signature import parse_time_signature
from musicgen_live.player.clock import Mailbox, PollingClock, SystemClock
from musicgen_live.player.commands import Stop
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.json_lines import from_line, to_line
from musicgen_live.player.part_channels import PlayerPart
from musicgen_live.player.ports import PlayerPorts
from musicgen_live.player.reports import (
    Alive,
    Done,
    Ready,
    Report,
    StartFailed,
    TakeMeter,
    TakeMoved,
    TakeTempo,
    TakeText,
    Trouble,
)
from musicgen_live.player.take_timeline import TakeTimeline
from musicgen_live.player.timing import ALIVE_EVERY_S, REPORTS_OUT_S, SWITCH_INTERVAL_S
from musicgen_live.player.transport.base import Transport
from musicgen_live.player.transport.internal import InternalTransport

Send = Callable[[Report], None]


def _recorder(config: PlayerConfig, path: Path, report: Send) -> Recorder:
    return Recorder(
        path,
        tracks=config.tracks,
        texts=config.take_texts,
        tempo=None,  # The player reports each tempo when the music reaches it.
        time_signature=config.time_signature,
        live=True,
        warn=lambda reason: report(Trouble(reason)),
        tell_path=lambda moved_to: report(TakeMoved(None if moved_to is None else str(moved_to))),
        resumed=config.resume.take if config.resume else None,
    )


def _transport(config: PlayerConfig) -> Transport:
    """Return the transport of a config, at the position that a previous player had reached."""
    resume = config.resume
    position = resume.position if resume else None
    if config.timing.sync == "clock":
        from musicgen_live.player.transport.midi_clock import MidiClockTransport

        return MidiClockTransport(
            config.time_signature,
            config.tempo,
            count_in_ticks=config.count_in.ticks,
            joins=config.timing.joins,
            resume=position,
        )
    if config.timing.sync == "link":
        from musicgen_live.player.transport.link import LinkTransport

        return LinkTransport(config.time_signature, count_in_ticks=config.count_in.ticks, resume=position)
    if resume is None:
        return InternalTransport(TempoMap(((0, config.tempo),)))
    tempo_map = TempoMap(resume.tempo_map or ((0, config.tempo),))
    returned_tick = max((tick for tick, _ in resume.tempos), default=-1)
    return InternalTransport(tempo_map, resume.origin_s, returned_tick=returned_tick, paused_tick=resume.paused_tick)


def _take_timeline(config: PlayerConfig) -> tuple[TakeTimeline, int]:
    """Return the map from the music to the take, and the tick of the music from which to continue."""
    resume, bar_ticks = config.resume, config.time_signature.bar_ticks
    if resume is None or resume.position is None:
        return TakeTimeline(bar_ticks), 0
    position = resume.position
    timeline = TakeTimeline(bar_ticks, position.tick, position.take_tick)
    timeline.reach(resume.sent_tick)
    if not position.runs:
        return timeline, position.tick
    return timeline, max(position.tick, resume.sent_tick + 1 - position.take_offset_ticks)


def _parts(config: PlayerConfig) -> tuple[PlayerPart, ...]:
    """Return the parts of a player; a take that has begun contains their programs."""
    if config.resume is None or config.resume.take.is_empty:
        return config.parts
    return tuple(replace(part, program=None, bank=None) for part in config.parts)


def _player(config: PlayerConfig, closing: ExitStack, mailbox: Mailbox, send_report: Send) -> tuple[Player, Ready]:
    """Open ports, sound and take; PortError, SoundError, TakeError or SyncError if one cannot be opened."""

    def poll() -> None:
        report(Alive())
        ports.poll()
        settled_tick = player.settle()
        if recorder:
            recorder.sound_until(settled_tick)

    clock = PollingClock(SystemClock(), poll, ALIVE_EVERY_S)
    ports = PlayerPorts(config, closing, mailbox, send_report, clock.poll_soon)
    routes = ports.routes
    recorder = _recorder(config, Path(config.take), send_report) if config.take else None
    if recorder:
        closing.callback(recorder.close)
        routes.append(Route(recorder, is_take=True))

    def report(message: Report) -> None:
        if recorder and isinstance(message, TakeTempo):
            recorder.set_tempo(message.take_tick, message.tempo)
        elif recorder and isinstance(message, TakeText):
            recorder.add_text(message.take_tick, message.text)
        elif recorder and isinstance(message, TakeMeter):
            recorder.set_meter(message.take_tick, parse_time_signature(message.meter))
        send_report(message)

    take_timeline, from_tick = _take_timeline(config)
    options = PlayerOptions(
        parts=_parts(config),
        own_channel=config.own_channel,
        max_note_ticks=config.max_note_ticks,
        sends_clock=config.timing.sends_clock,
        count_in=config.count_in,
        from_tick=from_tick,
    )
    player = Player(
        clock,
        _transport(config),
        routes,
        report=report,
        options=options,
        take_timeline=take_timeline,
        loopback=ports.loopback,
        send_feedback=ports.send_feedback,
        choose_port=ports.choose,
        move_ports=ports.move,
    )
    return player, Ready(ports.outputs, ports.clock, ports.inputs, ports.sound)


def _read_commands(mailbox: Mailbox) -> None:
    for line in sys.stdin.buffer:
        mailbox.put(from_line(line))  # type: ignore[arg-type]
    mailbox.put(Stop())


def _write_reports(reports: SimpleQueue[Report | None]) -> None:
    """Write reports until None, on a separate thread so that a full pipe never delays a note."""
    while (report := reports.get()) is not None:
        try:
            sys.stdout.buffer.write(to_line(report))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return  # The reader is gone; the closed pipe of commands ends the take.


def _exit_after_jack_death(report: Send) -> None:
    """End this process because its JACK server has died; the supervisor starts another one.

    A client of a dead server is useless, and creating another one beside it ends in a segmentation fault.
    """
    report(Trouble("The JACK server is gone."))
    time.sleep(REPORTS_OUT_S)
    os._exit(1)


def main() -> None:
    """Read a `PlayerConfig`, then commands, from standard input; write reports to standard output."""
    # Without this priority notes are late beside busy programs, but correct; `doctor` reports that.
    ask_for_real_time()
    # Ctrl-C reaches every process of the terminal; the feeding process decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mailbox: Mailbox = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: mailbox.put(Stop()))
    config = PlayerConfig.from_line(sys.stdin.buffer.readline())
    reports: SimpleQueue[Report | None] = SimpleQueue()
    writer = threading.Thread(target=_write_reports, args=(reports,), daemon=True)
    writer.start()
    # C code must not print between the reports on standard output.
    with diverted_c_output(), ExitStack() as closing:
        try:
            player, ready = _player(config, closing, mailbox, reports.put)
        except MusicgenError as error:
            reports.put(StartFailed(type(error).__name__, str(error)))
        else:
            reports.put(ready)
            threading.Thread(target=_read_commands, args=(mailbox,), daemon=True).start()
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            gc.freeze()
            gc.disable()
            with watching_for_jack_death(partial(_exit_after_jack_death, reports.put)):
                player.run(mailbox)
            # Before closing, which may take seconds if a MIDI server hangs: after `Done` no `Alive` is expected.
            reports.put(Done())
    reports.put(None)
    writer.join()
    # An interpreter that ends waits a second for the thread that reads commands, and then aborts the process.
    os._exit(0)


if __name__ == "__main__":
    main()
