"""The process that owns the MIDI ports and the take: `python -P -m musicgen_live.player_process`, fed by a pipe.

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
from musicgen_live.live.clock import AttendedClock, Mailbox, SystemClock
from musicgen_live.live.messages import Alive, Done, Ready, Refused, Report, Stop, Trouble, from_line, to_line
from musicgen_live.live.outlet import Lane
from musicgen_live.live.player import Player
from musicgen_live.live.tempo import TempoMap
from musicgen_live.outputs.c_output import diverted_c_output
from musicgen_live.outputs.jack_death import noticing_jack_death
from musicgen_live.outputs.port import open_port, open_virtual
from musicgen_live.outputs.port_line import PortLine
from musicgen_live.outputs.recorder import Recorder
from musicgen_live.player_config import PlayerConfig
from musicgen_live.port_plan import PortPlan

# Beside a busy thread every wake-up waits one interval for the interpreter: 5 ms by default, 0.66 ms with this.
SWITCH_INTERVAL_S = 0.0005

ALIVE_EVERY_S = 0.25
"""Time between two reports that all is well; whoever listens gives up after 2 s."""

REPORTS_OUT_S = 0.1
"""Time for the reports that are on their way to be written."""

Tell = Callable[[Report], None]


def _open_lines(config: PlayerConfig, closing: ExitStack, tell: Tell) -> list[tuple[PortPlan, PortLine]]:
    resume = config.resume
    lines = []
    for plan in config.ports:
        line = PortLine(
            plan.name,
            partial(open_virtual if plan.is_virtual else open_port, plan.name),
            lambda reason: tell(Trouble(reason)),
            channel=config.channel if plan.channel is None else plan.channel,
            program=config.program,
            transpose=plan.transpose,
            may_be_missing=resume is not None,
            owed=resume.owed if resume else (),
        )
        closing.callback(line.close)
        lines.append((plan, line))
    return lines


def _recorder(config: PlayerConfig, path: Path, tell: Tell) -> Recorder:
    history = config.resume.history if config.resume else ()
    return Recorder(
        path,
        name=config.take_name,
        tempo=config.tempo,
        meter=config.meter,
        live=True,
        warn=lambda reason: tell(Trouble(reason)),
        history=[(tick, bytes.fromhex(message)) for tick, message in history],
    )


def _player(config: PlayerConfig, closing: ExitStack, tell: Tell) -> tuple[Player, Ready]:
    """Open everything; PortError or TakeError where something cannot be."""
    lines = _open_lines(config, closing, tell)
    lanes = [Lane(line, plan.latency_ms / 1000) for plan, line in lines]
    if config.take:
        recorder = _recorder(config, Path(config.take), tell)
        closing.callback(recorder.close)
        lanes.append(Lane(recorder))

    def attend() -> None:
        tell(Alive())
        for _, line in lines:
            line.attend()

    # A take that has begun has its program.
    program = None if config.resume and config.resume.history else config.program
    player = Player(
        AttendedClock(SystemClock(), attend, ALIVE_EVERY_S),
        TempoMap(((0, config.tempo),)),
        lanes,
        channel=config.channel,
        program=program,
        max_note_ticks=config.max_note_ticks,
        origin_s=config.resume.origin_s if config.resume else None,
        sends_clock=config.sends_clock,
        report=tell,
    )
    return player, Ready(tuple(f"{line}, channel {line.channel + 1}" for _, line in lines))


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
            player, ready = _player(config, closing, reports.put)
        except MusicgenError as error:
            reports.put(Refused(type(error).__name__, str(error)))
        else:
            reports.put(ready)
            threading.Thread(target=_read_commands, args=(mailbox,), daemon=True).start()
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            gc.freeze()
            gc.disable()
            with noticing_jack_death(partial(_give_way, reports.put)):
                player.run(mailbox)
            # Before closing, which may take seconds where a MIDI server hangs: no sign of life is owed after it.
            reports.put(Done())
    reports.put(None)
    writer.join()


if __name__ == "__main__":
    main()
