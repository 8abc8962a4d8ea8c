"""Sends notes in the ways that `benchmarks.jitter` compares, each in a process of its own: ours and its peers.

    python -m benchmarks.jitter_ways WAY --port PORT --steps N [--busy] [--listen] [--web]

Every way sends the same notes, `grid_notes`, and prints as one line of JSON the delays of the note-ons: the time before
the send (`time.monotonic`) against the way's own grid. `--busy` adds a thread that computes in pure Python.
For ours alone, `--listen` has the notes sound too, on a device that makes no sound, and the port is sent to as early;
with `--web` Chromium shows them on the page.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mido

from benchmarks.quantiles import quantile
from musicgen_live.music.notes import PPQ, Note

TEMPO = 120.0
GRID_S = 0.125
GRID_TICKS = PPQ // 4
LENGTH_TICKS = 96
CHORD = (0, 4, 7, 12)
CHORD_EVERY = 4
VELOCITY = 80

JACK_LOSES_LAST_S = 0.2
"""Wait before closing: a JACK port may lose the last message if it closes within 0.1 s."""


@dataclass(frozen=True)
class Lateness:
    """Number of notes, and their delays in milliseconds."""

    notes: int
    median_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, late_s: Sequence[float]) -> Lateness:
        """Compute the figures of delays in seconds, at least one."""
        late_ms = [1000 * late for late in late_s]
        return cls(len(late_ms), *(round(quantile(late_ms, share), 3) for share in (0.5, 0.99, 1.0)))


def grid_notes(steps: int) -> list[Note]:
    """Return a note of 100 ms every 125 ms, and at every fourth step a chord of four, in sending order.

    A pitch repeats after 8 steps at the earliest, so that a late note cannot be mistaken for another.
    """
    return [
        Note(step * GRID_TICKS, LENGTH_TICKS, 36 + step * 5 % 48 + interval, VELOCITY)
        for step in range(steps)
        for interval in (CHORD if step % CHORD_EVERY == 0 else CHORD[:1])
    ]


def due_s(note: Note) -> float:
    """Return the due time of a note in seconds from the start of the grid."""
    return note.start_tick // GRID_TICKS * GRID_S


class StampedPort:
    """A mido port that stores the time before it sends each note-on."""

    def __init__(self, port: Any) -> None:  # noqa: ANN401 (mido has no types)
        self.port = port
        self.sent_s: list[float] = []

    def send(self, message: Any) -> None:  # noqa: ANN401
        """Send a message at once."""
        if message.type == "note_on":
            self.sent_s.append(time.monotonic())
        self.port.send(message)

    def close(self) -> None:
        """Wait until the last messages have been sent, then close the port."""
        time.sleep(JACK_LOSES_LAST_S)
        self.port.close()


def lateness(port: StampedPort, origin_s: float, notes: Sequence[Note]) -> Lateness:
    """Return the delays of all note-ons against the grid that began at `origin_s`."""
    return Lateness.of([sent_s - origin_s - due_s(note) for sent_s, note in zip(port.sent_s, notes, strict=True)])


def messages(notes: Sequence[Note]) -> list[tuple[int, Any]]:
    """Return the messages of the notes with their ticks, note-offs before note-ons."""
    note_ons = [(note.start_tick, 1, mido.Message("note_on", note=note.pitch, velocity=VELOCITY)) for note in notes]
    note_offs = [(note.end_tick, 0, mido.Message("note_off", note=note.pitch)) for note in notes]
    return [(tick, message) for tick, _, message in sorted(note_ons + note_offs, key=lambda event: event[:2])]


def play_mido(port: StampedPort, notes: Sequence[Note]) -> Lateness:
    """Play with `mido.MidiFile.play`, as in its documentation."""
    track, last_tick = mido.MidiTrack(), 0
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(TEMPO)))
    for tick, message in messages(notes):
        track.append(message.copy(time=tick - last_tick))
        last_tick = tick
    file = mido.MidiFile(ticks_per_beat=PPQ, tracks=[track])
    origin_s = time.monotonic()
    for message in file.play():
        port.send(message)
    return lateness(port, origin_s, notes)


def play_asyncio(port: StampedPort, notes: Sequence[Note]) -> Lateness:
    """Play in a plain asyncio loop that sleeps until absolute deadlines."""
    events = messages(notes)

    async def play() -> float:
        origin_s = time.monotonic()
        for tick, message in events:
            await asyncio.sleep(origin_s + tick * GRID_S / GRID_TICKS - time.monotonic())
            port.send(message)
        return origin_s

    return lateness(port, asyncio.run(play()), notes)


def play_isobar(port: StampedPort, notes: Sequence[Note], name: str) -> Lateness:
    """Play with a Timeline of isobar on its own clock, with the port that it opens itself."""
    import isobar

    device = isobar.MidiOutputDevice(name)
    port.port, device.midi = device.midi, port
    chords = [tuple(note.pitch for note in group) for _, group in itertools.groupby(notes, lambda n: n.start_tick)]
    timeline = isobar.Timeline(TEMPO, output_device=device)
    timeline.schedule(
        {
            "note": isobar.PSequence(chords, 1),
            "duration": GRID_TICKS / PPQ,
            "gate": LENGTH_TICKS / GRID_TICKS,
            "amplitude": VELOCITY,
        }
    )
    # Its clock waits one tick before the first note: that belongs to its grid, not to its delay.
    origin_s = time.monotonic() + timeline.clock_source.tick_duration_seconds
    timeline.run(stop_when_done=True)
    return lateness(port, origin_s, notes)


def play_subsequence(port: StampedPort, notes: Sequence[Note]) -> Lateness:
    """Play a pattern of Subsequence on its own clock, which spins before each of its 24 pulses a quarter."""
    from subsequence.pattern import Pattern
    from subsequence.sequencer import Sequencer, run

    async def play() -> float:
        sequencer = Sequencer(initial_bpm=TEMPO)
        sequencer.midi_out = port
        ticks_per_pulse = PPQ // sequencer.pulses_per_beat
        pattern = Pattern(channel=0, length=notes[-1].end_tick / PPQ)
        for note in notes:
            length = LENGTH_TICKS // ticks_per_pulse
            pattern.add_note(note.start_tick // ticks_per_pulse, note.pitch, VELOCITY, length)
        await sequencer.schedule_pattern(pattern, 0)
        await sequencer.play()
        # On its clock, not on that of the port.
        return float(sequencer.start_time - time.perf_counter() + time.monotonic())

    return lateness(port, run(play()), notes)


def play_ours(name: str, notes: Sequence[Note], *, listens: bool, shows: bool) -> Lateness:
    """Play in the player process, fed and recorded as in `play`: each step waits for a step of the network."""
    if not shows:
        return _play_ours(name, notes, lambda _: None, listens=listens)
    from benchmarks.jitter_page import events_of, open_page, planned

    with open_page() as publish:

        def show(what: object) -> None:
            for event in [planned(what)] if isinstance(what, tuple) else events_of(what, TEMPO):
                publish(event)

        return _play_ours(name, notes, show, listens=listens)


def _play_ours(name: str, notes: Sequence[Note], show: Callable[[object], None], *, listens: bool) -> Lateness:
    """Play; `show` gets the notes that are fed, and each report of the player."""
    from musicgen_live.config.port_options import PortOptions
    from musicgen_live.config.settings import Settings
    from musicgen_live.config.sound_options import NULL_DEVICE, SoundOptions
    from musicgen_live.player.commands import Feed, Finish
    from musicgen_live.player.config import PlayerConfig
    from musicgen_live.player.part_channels import UNSPLIT
    from musicgen_live.player.reports import Done, Ready
    from musicgen_live.player.supervisor import PlayerSupervisor
    from musicgen_live.player.timing import LOOK_S
    from musicgen_live.session.player_feed import AHEAD_TICKS

    settings = Settings()
    sound = SoundOptions(device=NULL_DEVICE) if listens else None
    generated = _network_steps()
    next(generated)
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as screen:  # noqa: PTH123
        config = PlayerConfig(
            ports=(PortOptions(name, latency_ms=sound.latency_ms if sound else 0.0),),
            sound=sound,
            take=str(Path(folder) / "take.mid"),
            take_name="grid",
            tempo=TEMPO,
            time_signature=settings.time_signature,
            parts=UNSPLIT,
            max_note_ticks=settings.max_note_ticks,
        )
        woken = threading.Event()
        player = PlayerSupervisor(config, lambda trouble: print(trouble, file=sys.stderr), woken.set)

        def received() -> object:
            if (report := player.receive()) is None:
                woken.wait(LOOK_S)
                woken.clear()
            show(report)
            return report

        ready = player.await_ready()
        if not isinstance(ready, Ready):
            raise SystemExit(f"the player did not begin: {ready}")
        for tick, group in itertools.groupby(notes, lambda note: note.start_tick):
            next(generated)
            fed = tuple(group)
            player.send(Feed(fed))
            show(fed)
            while tick - player.sent_log.tick > AHEAD_TICKS:
                received()
                screen.write(f"\r{player.sent_log.tick / PPQ:8.2f} beats, {tick - player.sent_log.tick} ticks ahead")
                screen.flush()
        player.send(Finish(notes[-1].end_tick))
        while not isinstance(received(), Done):
            pass
        player.close()
    summary = player.sent_log.summary()
    return Lateness(summary.notes, summary.late_median_ms, summary.late_p99_ms, summary.late_max_ms)


def _network_steps() -> Iterator[object]:
    """Yield steps of `classic` forever, the shipped model with the most computation per note."""
    from musicgen_live.config.settings import Settings
    from musicgen_live.generation.composer import Composer
    from musicgen_live.generation.performance import Performance

    for seed in itertools.count():
        yield from Composer(Performance.load(Settings(), seed)).steps()


def burn() -> None:
    """Compute in pure Python forever."""
    count = 0
    while True:
        count = (count + 1) % 1_000_003


SENDERS = {"mido": play_mido, "asyncio": play_asyncio, "subsequence": play_subsequence}
PEERS = ("isobar", *SENDERS)


def main() -> None:
    """Play one way and print its delays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("ours", *PEERS))
    parser.add_argument("--port", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--listen", action="store_true")
    parser.add_argument("--web", action="store_true")
    given = parser.parse_args()
    notes = grid_notes(given.steps)
    if given.busy:
        threading.Thread(target=burn, daemon=True).start()
    if given.way == "ours":
        result = play_ours(given.port, notes, listens=given.listen, shows=given.web)
    elif given.way == "isobar":
        port = StampedPort(None)
        result = play_isobar(port, notes, given.port)
        port.close()
    else:
        port = StampedPort(mido.open_output(given.port))
        result = SENDERS[given.way](port, notes)
        port.close()
    print(json.dumps(asdict(result)))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
