"""The process that sounds: `python -P -m musicgen_live.sound.process OPTIONS`, fed by a pipe of records.

It is one more output of the player, in a process of its own because it needs NumPy and computes for every buffer. When
the pipe closes, it releases all notes, lets them fade and exits.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from musicgen_live.errors import MusicgenError
from musicgen_live.midi.realtime import SOUND_PRIORITY, ask_for_real_time
from musicgen_live.sound.protocol import RECORD_BYTES, News, from_records, options_from_text

if TYPE_CHECKING:
    from musicgen_live.config.sound_options import SoundOptions
    from musicgen_live.sound.device import Buffering, Device
    from musicgen_live.sound.stream import Stream

LONGEST_TAIL_S = 1.0
"""The time for the last notes to fade when the player has ended; then they are faded out."""
CUT_S = 0.3
POLL_S = 0.01
LOOK_S = 0.1
SILENT_DEVICE_S = 3.0
"""A device that asks for no sound for this long counts as gone."""
GAPS_EVERY_S = 10.0
_SWITCH_INTERVAL_S = 0.0005
_READ_BYTES = 4096 * RECORD_BYTES

Report = Callable[[News], None]


def read_messages(put: Callable[[float, bytes], None], handle: int) -> None:
    """Read records until the pipe closes."""
    rest = b""
    while data := os.read(handle, _READ_BYTES):
        rest += data
        whole = len(rest) // RECORD_BYTES * RECORD_BYTES
        for at_s, message in from_records(rest[:whole]):
            put(at_s, message)
        rest = rest[whole:]


def play(stream: Stream, device: Device, report: Report, handle: int) -> None:
    """Play what comes through the pipe until it closes or the device is gone."""
    is_closed = threading.Event()

    def read() -> None:
        read_messages(stream.put, handle)
        is_closed.set()

    threading.Thread(target=read, daemon=True).start()
    started_s = told_s = time.monotonic()
    told = 0
    while not is_closed.wait(LOOK_S):
        now_s = time.monotonic()
        if stream.failure is not None:
            report(News("gone", f"a mistake in the program: {_traceback_of(stream.failure)}"))
            return
        if device.is_gone or now_s - (stream.latest_s or started_s) > SILENT_DEVICE_S:
            report(News("gone", f"{device.name} is gone"))
            return
        if stream.gaps > told and now_s - told_s >= GAPS_EVERY_S:
            report(News("trouble", gaps_told(stream.gaps - told)))
            told, told_s = stream.gaps, now_s
    if stream.gaps > told:
        report(News("trouble", gaps_told(stream.gaps - told)))
    stream.end()
    if not _is_over(stream, LONGEST_TAIL_S):
        stream.cut()
        _is_over(stream, CUT_S)


def _is_over(stream: Stream, within_s: float) -> bool:
    # Polled: the thread of the device sets a flag, and waits for no lock.
    until_s = time.monotonic() + within_s
    while not stream.is_over and time.monotonic() < until_s:
        time.sleep(POLL_S)
    return stream.is_over


def gaps_told(gaps: int) -> str:
    """Return a sentence on gaps in the sound."""
    times = "a gap" if gaps == 1 else f"{gaps} gaps"
    return (
        f"The sound had {times}, because the machine is busy; a longer buffer helps: --listen-latency-ms 100 or more."
    )


def _traceback_of(error: Exception) -> str:
    return "".join(traceback.format_exception(error)).strip().replace("\n", " | ")


def _opened(options: SoundOptions) -> tuple[Device, Buffering]:
    """Open the device before the samples are loaded: if there is none, an attempt costs little."""
    from musicgen_live.sound.device import Buffering, open_device

    buffering = Buffering.of(options.latency_ms / 1000)
    return open_device(options.device, buffering), buffering


def main() -> None:
    """Open the device, load the instrument, and play; report to standard output."""
    # Ctrl-C reaches every process of the terminal; the player decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reports = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    # Sound libraries print to both.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def report(news: News) -> None:
        reports.write(news.to_line())

    options = options_from_text(sys.argv[1])
    try:
        device, buffering = _opened(options)
        with closing(device):
            from musicgen_live.sound.opening import open_synthesizer
            from musicgen_live.sound.stream import Stream

            stream = Stream(
                open_synthesizer(options),
                time.monotonic,
                lag_s=buffering.lag_s,
                gain=options.gain,
                buffer_s=buffering.spare_s,
            )
            sys.setswitchinterval(_SWITCH_INTERVAL_S)
            gc.freeze()
            gc.disable()
            # The device's thread, which `start` makes, inherits it.
            ask_for_real_time(SOUND_PRIORITY)
            device.start(stream.block)
            report(News("ready", device.name))
            play(stream, device, report, sys.stdin.fileno())
    except MusicgenError as error:
        report(News("failed", str(error)))
    except BrokenPipeError:
        # The player was killed; nobody waits for news.
        os._exit(1)
    # The interpreter would wait for the thread that reads the pipe.
    os._exit(0)


if __name__ == "__main__":
    main()
