"""The process that owns the MIDI ports and the take: `python -P -m musicgen_live.player_process`, fed by a pipe.

It imports no NumPy and computes nothing, so that nothing makes it late. When the process that feeds it ends, however it
ends, the pipe closes: then it releases what sounds, finishes the take and goes.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.errors import MusicgenError
from musicgen_live.live.clock import Mailbox, SystemClock
from musicgen_live.live.messages import Done, Ready, Refused, Report, Stop, from_line, to_line
from musicgen_live.live.player import Player
from musicgen_live.live.tempo import TempoMap
from musicgen_live.outputs.base import Output
from musicgen_live.outputs.c_output import diverted_c_output
from musicgen_live.outputs.port import open_port, open_virtual
from musicgen_live.outputs.recorder import Recorder
from musicgen_live.player_config import PlayerConfig

# Beside a busy thread every wake-up waits one interval for the interpreter: 5 ms by default, 0.66 ms with this.
SWITCH_INTERVAL_S = 0.0005


def _open_outputs(config: PlayerConfig, closing: ExitStack) -> list[Output]:
    outputs: list[Output] = []
    port = open_virtual(config.virtual or "") if config.port is None else open_port(config.port)
    closing.callback(port.close)
    outputs.append(port)
    if config.take:
        recorder = Recorder(Path(config.take), name=config.take_name, tempo=config.tempo, live=True)
        closing.callback(recorder.close)
        outputs.append(recorder)
    return outputs


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
            outputs = _open_outputs(config, closing)
        except MusicgenError as error:
            reports.put(Refused(type(error).__name__, str(error)))
        else:
            reports.put(Ready(tuple(str(output) for output in outputs)))
            threading.Thread(target=_read_commands, args=(mailbox,), daemon=True).start()
            player = Player(
                SystemClock(),
                TempoMap(((0, config.tempo),)),
                outputs,
                channel=config.channel,
                program=config.program,
                report=reports.put,
            )
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            gc.freeze()
            gc.disable()
            summary = player.run(mailbox)
            closing.close()
            reports.put(Done(summary))
    reports.put(None)
    writer.join()


if __name__ == "__main__":
    main()
