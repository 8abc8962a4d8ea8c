"""The process that owns the MIDI ports and the take: `python -P -m musicgen_live.player.process`, fed by a pipe.

It imports no NumPy and computes nothing, so that nothing makes it late. When the process that feeds it ends, however it
ends, the pipe closes: then it releases what sounds, finishes the take and goes.
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
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.errors import MusicgenError
from musicgen_live.midi.c_output import diverted_c_output
from musicgen_live.midi.jack_watch import watching_for_jack_death
from musicgen_live.midi.recorder import Recorder
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox, PollingClock, SystemClock
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.ports import PlayerPorts
from musicgen_live.player.protocol import (
    Alive,
    Done,
    Ready,
    Report,
    StartFailed,
    Stop,
    TakeTempo,
    Trouble,
    from_line,
    to_line,
)
from musicgen_live.player.realtime import ask_for_real_time
from musicgen_live.player.take_timeline import TakeTimeline
from musicgen_live.player.transport.base import Transport
from musicgen_live.player.transport.internal import InternalTransport

# Beside a busy thread every wake-up waits one interval for the interpreter: 5 ms by default, 0.66 ms with this.
SWITCH_INTERVAL_S = 0.0005

ALIVE_EVERY_S = 0.25
"""Time between two reports that all is well; whoever listens gives up after 2 s."""

REPORTS_OUT_S = 0.1
"""Time for the reports that are on their way to be written."""

Tell = Callable[[Report], None]


def _recorder(config: PlayerConfig, path: Path, tell: Tell) -> Recorder:
    history = config.resume.history if config.resume else ()
    recorder = Recorder(
        path,
        name=config.take_name,
        tempo=None,  # told by the player as the music comes to it
        time_signature=config.time_signature,
        live=True,
        warn=lambda reason: tell(Trouble(reason)),
        history=[(tick, bytes.fromhex(message)) for tick, message in history],
    )
    for tick, tempo in config.resume.tempos if config.resume else ():
        recorder.set_tempo(tick, tempo)
    return recorder


def _leader(config: PlayerConfig) -> Transport:
    """Whose time is followed, from where another player had come to."""
    resume = config.resume
    was = resume.position if resume else None
    if config.timing.sync == "clock":
        from musicgen_live.player.transport.midi_clock import MidiClockTransport

        return MidiClockTransport(
            config.time_signature, config.tempo, count_in_bars=config.timing.count_in_bars, resume=was
        )
    if config.timing.sync == "link":
        from musicgen_live.player.transport.link import LinkTransport

        return LinkTransport(config.time_signature, count_in_bars=config.timing.count_in_bars, resume=was)
    if resume is None:
        return InternalTransport(TempoMap(((0, config.tempo),)))
    told_tick = max((tick for tick, _ in resume.tempos), default=-1)
    return InternalTransport(TempoMap(resume.tempo_map or ((0, config.tempo),)), resume.origin_s, told_tick=told_tick)


def _place(config: PlayerConfig) -> tuple[TakeTimeline, int]:
    """How the music lies in the take, and the tick of the music to go on from."""
    resume = config.resume
    if resume is None or resume.position is None:
        return TakeTimeline(config.time_signature.bar_ticks), 0
    was = resume.position
    place = TakeTimeline(config.time_signature.bar_ticks, was.tick, was.take_tick)
    place.reach(resume.sent_tick)
    return place, max(was.tick, resume.sent_tick + 1 + was.tick - was.take_tick) if was.runs else was.tick


def _player(config: PlayerConfig, closing: ExitStack, mailbox: Mailbox, tell_parent: Tell) -> tuple[Player, Ready]:
    """Open everything; PortError, TakeError or SyncError where something cannot be."""
    ports = PlayerPorts(config, closing, mailbox, tell_parent)
    routes = ports.routes
    recorder = _recorder(config, Path(config.take), tell_parent) if config.take else None
    if recorder:
        closing.callback(recorder.close)
        routes.append(Route(recorder, is_take=True))

    def tell(report: Report) -> None:
        if recorder and isinstance(report, TakeTempo):
            recorder.set_tempo(report.take_tick, report.tempo)
        tell_parent(report)

    def attend() -> None:
        tell(Alive())
        ports.poll()

    # A take that has begun has its program.
    program = None if config.resume and config.resume.history else config.program
    place, from_tick = _place(config)
    player = Player(
        PollingClock(SystemClock(), attend, ALIVE_EVERY_S),
        _leader(config),
        routes,
        channel=config.channel,
        program=program,
        max_note_ticks=config.max_note_ticks,
        sends_clock=config.timing.sends_clock,
        count_in=CountIn(config.timing.count_in_bars, config.time_signature),
        take_timeline=place,
        from_tick=from_tick,
        loopback=ports.loopback,
        send_feedback=ports.send_control,
        report=tell,
    )
    return player, Ready(ports.outputs, ports.clock, ports.inputs)


def _read_commands(mailbox: Mailbox) -> None:
    for line in sys.stdin.buffer:
        mailbox.put(from_line(line))  # type: ignore[arg-type]
    mailbox.put(Stop())


def _write_reports(reports: SimpleQueue[Report | None]) -> None:
    """Write reports until None; in a thread of its own, so that a full pipe never holds up a note."""
    while (report := reports.get()) is not None:
        try:
            sys.stdout.buffer.write(to_line(report))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            return  # Nobody listens any more; the closed pipe is also what ends the take.


def _give_way(tell: Tell) -> None:
    """End this process because its JACK server has died; whoever feeds it starts another one.

    A client of a dead server cannot be used, nor can one be made beside it (that ends in a segmentation fault).
    """
    tell(Trouble("The JACK server is gone."))
    time.sleep(REPORTS_OUT_S)
    os._exit(1)


def main() -> None:
    """Read a `PlayerConfig`, then commands, from standard input; write reports to standard output."""
    # Refused, notes are later where other programs are busy, and no worse: `doctor` says so.
    ask_for_real_time()
    # Ctrl-C reaches every process of the terminal; the one that feeds this decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mailbox: Mailbox = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: mailbox.put(Stop()))
    config = PlayerConfig.from_line(sys.stdin.buffer.readline())
    reports: SimpleQueue[Report | None] = SimpleQueue()
    writer = threading.Thread(target=_write_reports, args=(reports,), daemon=True)
    writer.start()
    # Standard output carries the reports: what C code prints must not get in between.
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
            with watching_for_jack_death(partial(_give_way, reports.put)):
                player.run(mailbox)
            # Before closing, which may take seconds where a MIDI server hangs: no sign of life is owed after it.
            reports.put(Done())
    reports.put(None)
    writer.join()


if __name__ == "__main__":
    main()
