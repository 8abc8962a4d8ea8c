"""The process that owns the MIDI ports and the take: `python -P -m musicgen_live.player_process`, fed by a pipe.

It imports no NumPy and computes nothing, so that nothing makes it late. When the process that feeds it ends, however it
ends, the pipe closes: then it releases what sounds, finishes the take and goes.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.errors import MusicgenError
from musicgen_live.live.clock import AttendedClock, Mailbox, SystemClock
from musicgen_live.live.messages import Alive, Done, Ready, Refused, Report, Stop, Trouble, from_line, to_line
from musicgen_live.live.player import Player
from musicgen_live.live.tempo import TempoMap
from musicgen_live.outputs.base import PROGRAM_CHANGE, Output
from musicgen_live.outputs.c_output import diverted_c_output
from musicgen_live.outputs.port import open_port, open_virtual
from musicgen_live.outputs.recorder import Recorder
from musicgen_live.outputs.silence import silence
from musicgen_live.player_config import PlayerConfig

# Beside a busy thread every wake-up waits one interval for the interpreter: 5 ms by default, 0.66 ms with this.
SWITCH_INTERVAL_S = 0.0005

ALIVE_EVERY_S = 0.25
"""Time between two reports that all is well; whoever listens gives up after 2 s."""

Tell = Callable[[Report], None]


def _open_outputs(config: PlayerConfig, closing: ExitStack, tell: Tell) -> list[Output]:
    outputs: list[Output] = []
    port = open_virtual(config.virtual or "") if config.port is None else open_port(config.port)
    closing.callback(port.close)
    outputs.append(port)
    if config.resume:
        for message in silence([config.channel], map(bytes.fromhex, config.resume.releases)):
            port.send(0, message)
        if config.program is not None and config.resume.history:
            port.send(0, bytes((PROGRAM_CHANGE | config.channel, config.program)))
    if config.take:
        recorder = _recorder(config, Path(config.take), tell)
        closing.callback(recorder.close)
        outputs.append(recorder)
    return outputs


def _recorder(config: PlayerConfig, path: Path, tell: Tell) -> Recorder:
    history = config.resume.history if config.resume else ()
    return Recorder(
        path,
        name=config.take_name,
        tempo=config.tempo,
        live=True,
        warn=lambda reason: tell(Trouble(reason)),
        history=[(tick, bytes.fromhex(message)) for tick, message in history],
    )


def _player(config: PlayerConfig, outputs: list[Output], tell: Tell) -> Player:
    # A take that has begun has its program.
    program = None if config.resume and config.resume.history else config.program
    return Player(
        AttendedClock(SystemClock(), lambda: tell(Alive()), ALIVE_EVERY_S),
        TempoMap(((0, config.tempo),)),
        outputs,
        channel=config.channel,
        program=program,
        max_note_ticks=config.max_note_ticks,
        origin_s=config.resume.origin_s if config.resume else None,
        report=tell,
    )


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
            outputs = _open_outputs(config, closing, reports.put)
        except MusicgenError as error:
            reports.put(Refused(type(error).__name__, str(error)))
        else:
            reports.put(Ready(tuple(str(output) for output in outputs)))
            threading.Thread(target=_read_commands, args=(mailbox,), daemon=True).start()
            player = _player(config, outputs, reports.put)
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            gc.freeze()
            gc.disable()
            player.run(mailbox)
            # Before closing, which may take seconds where a MIDI server hangs: no sign of life is owed after it.
            reports.put(Done())
    reports.put(None)
    writer.join()


if __name__ == "__main__":
    main()
