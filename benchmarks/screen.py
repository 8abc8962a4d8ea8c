"""Measures the screen in a pseudo-terminal: processor time and bytes sent while the music of a preset plays.

    python -m benchmarks.screen [--quick] [--json]

It measures terminals of 80x24 and 120x36. The screen gets the events of a take as a
session publishes them, in time, and nothing else runs in its process.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks import command, fresh_process
from benchmarks.figure import Figure
from musicgen_live.config.changes import values_of
from musicgen_live.config.presets import load_preset
from musicgen_live.interfaces.events import BarBegan, Ended, Event, MessagesSent, Opened, Planned, Played
from musicgen_live.interfaces.screen.app import PlayApp
from musicgen_live.midi.messages import NOTE_ON
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME

SIZES = ((80, 24), (120, 36))
PRESET, SEED, TEMPO = "sonatina", 1, 120.0
BAR_TICKS = COMMON_TIME.bar_ticks
SETTLE_S = 2.0
"""The first screen is drawn meanwhile, and does not count."""


def events_by_tick(notes: Sequence[Note], bars: int) -> list[tuple[int, Event]]:
    """Return the events that a session publishes while it plays notes, each with the tick at which it does.

    A bar is planned two bars ahead, and a musician plays every eighth note too.
    """
    events: list[tuple[int, Event]] = []
    for bar_tick in range(0, bars * BAR_TICKS, BAR_TICKS):
        planned = tuple(note for note in notes if bar_tick <= note.start_tick < bar_tick + BAR_TICKS)
        events.append((max(0, bar_tick - 2 * BAR_TICKS), Planned(bar_tick, bar_tick + BAR_TICKS, planned)))
    events += [(bar * BAR_TICKS, BarBegan(bar + 1)) for bar in range(bars)]
    for number, note in enumerate(notes):
        tick, message = note.start_tick, bytes((NOTE_ON, note.pitch, note.velocity))
        events.append((tick, MessagesSent(tick, (message,), (0.1,), 0)))
        if number % 8 == 0:
            events += [(tick, Played(tick, note.pitch, 80)), (tick, Played(tick + PPQ // 2, note.pitch, 0))]
    return sorted(events, key=lambda each: each[0])


def play(handle: Callable[[Event], None], events: Sequence[tuple[int, Event]], begin_s: float, seconds: float) -> None:
    """Publish events in time, those of the first seconds, and then the end."""
    for tick, event in events:
        due_s = tick / PPQ * 60 / TEMPO
        if due_s > seconds:
            break
        time.sleep(max(0.0, begin_s + due_s - time.monotonic()))
        handle(event)
    handle(Ended())


def write_share(from_s: float, seconds: float) -> None:
    """Write the share of a core that this process takes from a moment on to descriptor 3."""
    time.sleep(max(0.0, from_s - time.monotonic()))
    before_s, before = time.monotonic(), time.process_time()
    time.sleep(seconds)
    share = (time.process_time() - before) / (time.monotonic() - before_s)
    os.write(3, f"{share}\n".encode())


def show(seconds: float) -> None:
    """Show a take on this terminal, and measure this process once the first screen is drawn."""
    from musicgen_live.model.blas import use_one_blas_thread

    use_one_blas_thread()
    from musicgen_live.generation.composer import Composer
    from musicgen_live.generation.performance import Performance

    bars = int(seconds // 2) + 4
    preset = load_preset(PRESET).settings.changed({"tempo": TEMPO, "meter": "4/4", "bars": bars})
    notes = [note for step in Composer(Performance.load(preset, SEED)).steps() for note in step.notes]
    app = PlayApp(lambda _: None, time.monotonic, lambda: None, lambda _: "", lambda: [], lambda: [])
    begin_s = time.monotonic() + 0.5
    values = {**values_of(preset), "preset": PRESET, "tempo": TEMPO}
    ports = ("musicgen-live",), ("Keystation",)
    app.handle(Opened(*ports, "take.mid", COMMON_TIME, "internal", (*values.items(),), SEED))
    app.handle(Position(0, begin_s, TEMPO, runs=True))
    playing = partial(play, app.handle, events_by_tick(notes, bars), begin_s, seconds + SETTLE_S)
    for target in (playing, partial(write_share, begin_s + SETTLE_S, seconds - 0.5)):
        threading.Thread(target=target, daemon=True).start()
    app.run(mouse=False)


def measure(width: int, height: int, seconds: float) -> tuple[float, float]:
    """Return the share of a core, and the bytes a second, of a screen of this size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    figure_in, figure_out = os.pipe()
    showing = fresh_process.command_of(show, seconds)
    process = subprocess.Popen(
        ["sh", "-c", f'exec "$@" 3>&{figure_out}', "sh", *showing],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        pass_fds=(figure_out,),
        env=os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(figure_out)
    sent: list[tuple[float, int]] = []
    while process.poll() is None:
        if select.select([ours], [], [], 0.1)[0]:
            sent.append((time.monotonic(), len(os.read(ours, 65536))))
    if process.returncode:
        raise SystemExit(f"the screen ended with status {process.returncode}; see: {' '.join(showing)}")
    end_s = sent[-1][0]
    share = float(os.read(figure_in, 100).decode())
    for handle in (ours, theirs, figure_in):
        os.close(handle)
    # The last second is that of leaving the screen.
    counted = [size for at_s, size in sent if end_s - seconds < at_s < end_s - 1]
    return share, sum(counted) / (seconds - 1)


def measured(quick: bool) -> dict[str, dict[str, float]]:
    """Measure both sizes."""
    found: dict[str, dict[str, float]] = {}
    for width, height in SIZES:
        share, bytes_per_s = measure(width, height, 5 if quick else 20)
        found[f"{width}x{height}"] = {"percent_of_a_core": 100 * share, "bytes_per_s": bytes_per_s}
    return found


def figures_of(result: Mapping[str, Mapping[str, float]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    found: list[Figure] = []
    for size, values in result.items():
        terminal = f"the screen in a terminal of {size}, at {TEMPO:g} BPM"
        found.append(Figure(name=terminal, value=values["percent_of_a_core"], unit="% of a core"))
        found.append(Figure(name=f"{terminal}, sent", value=values["bytes_per_s"] / 1000, unit="kB a second"))
    return tuple(found)


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
