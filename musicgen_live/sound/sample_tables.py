"""The samples of an instrument, decoded once, and a table a key: the nearest sample at the pitch of that key."""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.files import read_regular, reason_of
from musicgen_live.errors import SoundError
from musicgen_live.sound.decoding import decoded
from musicgen_live.sound.instrument import Instrument, Sample
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames

MOST_OGG_BYTES = 64_000_000
CHUNK_FRAMES = 2048
"""Tables are made in chunks of this length, so that a note can sound before its table is whole."""
PIANO_KEYS = range(21, 109)
MOST_TABLES = 300
"""All keys of three samples each; a voice keeps its own beyond this. Memory is taken only by what was played."""
PURE_SHARE = 0.15
"""A share below this is not heard, and costs as much as any."""
SOFTER = 1.5
"""The exponent by which the level of a note follows its velocity beyond the softest and the loudest sample."""


class Table:
    """The frames of one sample at the pitch of one key, made as far as they were asked for.

    `filled` frames can be read from `frames`. From `end` on a sample with a loop goes on at `end - loop_frames`; one
    without, whose `loop_frames` is 0, is over.
    """

    __slots__ = ("_ratio", "_source", "_source_loop", "end", "filled", "frames", "loop_frames")

    def __init__(self, source: NDArray[np.int16], loop_start: int | None, ratio: float) -> None:
        """Make an empty table of a sample that is read `ratio` times as fast as it was recorded.

        The ratio is adapted so that a loop is a whole number of frames: that mistunes it by less than 0.1 cents.
        """
        self._source = source
        self._source_loop = 0 if loop_start is None else len(source) - loop_start
        self.loop_frames = round(self._source_loop / ratio)
        if loop_start is not None and self.loop_frames:
            ratio = self._source_loop / self.loop_frames
            self.end = math.ceil(loop_start / ratio) + self.loop_frames
        else:
            self.end = max(1, math.floor((len(source) - 1) / ratio))
        self._ratio = ratio
        self.frames: Frames = np.zeros((self.end, CHANNELS), np.float32)
        self.filled = 0

    def fill(self, until: int) -> None:
        """Make the frames up to `until`, as far as the sample goes, in chunks of 0.1 ms of work each."""
        until = min(until, self.end)
        while (start := self.filled) < until:
            stop = min(start + CHUNK_FRAMES, self.end)
            self.frames[start:stop] = self._interpolated(start, stop)
            self.filled = stop

    def _interpolated(self, start: int, stop: int) -> Frames:
        """Return the frames `start` to `stop` by cubic Hermite interpolation (Catmull and Rom 1974)."""
        positions = np.arange(start, stop) * self._ratio
        whole = positions.astype(np.int64)
        first = int(whole[0]) - 1
        segment = self._segment(first, int(whole[-1]) + 3)
        if self._ratio == 1.0:
            return segment[1:-2]
        # A frame is taken as one number of two parts, which is three times as fast as taking rows.
        pairs, index = segment.view(np.complex64).ravel(), whole - first
        before, here, after, then = (
            pairs.take(index + shift).view(np.float32).reshape(-1, CHANNELS) for shift in (-1, 0, 1, 2)
        )
        x = (positions - whole).astype(np.float32)[:, None]
        slope, next_slope, rise = (after - before) / 2, (then - here) / 2, after - here
        curve = ((slope + next_slope - 2 * rise) * x + (3 * rise - 2 * slope - next_slope)) * x
        return np.asarray((curve + slope) * x + here, np.float32)

    def _segment(self, start: int, stop: int) -> Frames:
        """Return frames of the sample; those before it are its first one, those behind it go on in its loop."""
        if start >= 0 and stop <= len(self._source):
            segment = self._source[start:stop]
        else:
            frames = np.arange(start, stop)
            if self._source_loop:
                frames = np.where(frames >= len(self._source), frames - self._source_loop, frames)
            segment = self._source[np.clip(frames, 0, len(self._source) - 1)]
        return segment * np.float32(1 / 32_768)


class SampleTables:
    """Finds the table and the gain of a note. A table is made when its key is first played, and kept for a while."""

    def __init__(self, instrument: Instrument, frames: NDArray[np.int16]) -> None:
        """Take an instrument and all frames of its file, two columns."""
        self._instrument = instrument
        self._frames = frames
        self._pitches = sorted({sample.pitch for sample in instrument.samples})
        self._layers = {
            pitch: [sample for sample in instrument.samples if sample.pitch == pitch] for pitch in self._pitches
        }
        self._tables: dict[tuple[int, Sample], Table] = {}

    @classmethod
    def load(cls, instrument: Instrument) -> SampleTables:
        """Decode the samples of an instrument; SoundError if the file is missing, damaged, or does not fit."""
        path = instrument.ogg_path
        try:
            data = read_regular(path, most_bytes=MOST_OGG_BYTES)
        except OSError as exc:
            raise SoundError(f"the samples {path} cannot be read ({reason_of(exc)}); install again") from exc
        frames = decoded(data, str(path), instrument.sample_rate_hz)
        longest = max(sample.end_frame for sample in instrument.samples)
        if len(frames) < longest:
            raise SoundError(f"{path} has {len(frames)} frames, and {longest} are needed; install again")
        tables = cls(instrument, frames)
        tables.warm()
        return tables

    def warm(self) -> None:
        """Make the beginnings of all tables of a piano's keys, so that no chord has to wait for them: 40 ms of work."""
        for pitch in PIANO_KEYS:
            for sample in self._layers[self._nearest(pitch)]:
                self._table(pitch, sample).fill(CHUNK_FRAMES)

    def find(self, pitch: int, velocity: int) -> list[tuple[Table, float]]:
        """Return the tables of the nearest samples with their gains: a softer and a louder one, or one of them.

        Between the velocities of two samples both sound, in the share of the velocity, so that brightness grows with
        it as loudness does. Samples of one pitch begin with the same phases, or they would cancel each other in part.
        """
        layers = self._layers[self._nearest(pitch)]
        gain = _gain(layers, velocity)
        return [(self._table(pitch, sample), gain * share) for sample, share in _shares(layers, velocity)]

    def _table(self, pitch: int, sample: Sample) -> Table:
        key = (pitch, sample)
        table = self._tables.pop(key, None) or self._made(pitch, sample)
        # The dictionary is in the order of the latest use.
        self._tables[key] = table
        if len(self._tables) > MOST_TABLES:
            del self._tables[next(iter(self._tables))]
        return table

    def _nearest(self, pitch: int) -> int:
        """Return the pitch of the nearest samples; of two as near the higher one, which gets darker, not thinner."""
        above = bisect_right(self._pitches, pitch - 1)
        if above == len(self._pitches):
            return self._pitches[-1]
        if above == 0 or self._pitches[above] - pitch <= pitch - self._pitches[above - 1]:
            return self._pitches[above]
        return self._pitches[above - 1]

    def _made(self, pitch: int, sample: Sample) -> Table:
        ratio = 2 ** ((pitch - sample.pitch) / 12) * self._instrument.sample_rate_hz / RATE_HZ
        loop = None if sample.loop_start_frame is None else sample.loop_start_frame - sample.start_frame
        return Table(self._frames[sample.start_frame : sample.end_frame], loop, ratio)


def _shares(layers: list[Sample], velocity: int) -> list[tuple[Sample, float]]:
    """Return the one or two samples next to a velocity, with shares that sum to 1. The layers' velocities rise."""
    if velocity <= layers[0].velocity:
        return [(layers[0], 1.0)]
    if velocity >= layers[-1].velocity:
        return [(layers[-1], 1.0)]
    above = next(index for index, sample in enumerate(layers) if sample.velocity > velocity)
    low, high = layers[above - 1], layers[above]
    share = math.log(velocity / low.velocity) / math.log(high.velocity / low.velocity)
    if share < PURE_SHARE:
        return [(low, 1.0)]
    return [(high, 1.0)] if share > 1 - PURE_SHARE else [(low, 1 - share), (high, share)]


def _gain(layers: list[Sample], velocity: int) -> float:
    """Return the gain of a velocity between those of the layers, along a power law."""
    first, last = layers[0], layers[-1]
    if velocity <= first.velocity:
        return float(first.gain * (velocity / first.velocity) ** SOFTER)
    if velocity >= last.velocity:
        return float(last.gain * (velocity / last.velocity) ** SOFTER)
    above = next(index for index, sample in enumerate(layers) if sample.velocity > velocity)
    low, high = layers[above - 1], layers[above]
    share = math.log(velocity / low.velocity) / math.log(high.velocity / low.velocity)
    return float(low.gain * (high.gain / low.gain) ** share)
