"""The live side of a synthesizer: messages with moments go in, stretches of sound for a device come out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

import numpy as np

from musicgen_live.midi.hanging_notes import PEDALS
from musicgen_live.midi.messages import ALL_NOTES_OFF, CONTROL_CHANGE, is_note_on
from musicgen_live.sound.limiter import Limiter
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames, Synthesizer, render_events

LATE_DROP_S = 0.25
"""A note later than this is left out: the machine stood still, and its notes must not come in a heap."""

_EARLY_SHARE, _LATE_SHARE = 0.3, 0.01
"""A callback can only come late, so an early one corrects the estimate of its moment more."""
_JUMP_S = 0.2

_FIRST_BLOCKS = 8
"""While a device fills its buffer first, it asks for more at once than later on."""
PIPE_S = 0.002
"""The time that a message has to come through a pipe from another process; 0.1 ms is usual."""

_FADE_FRAMES = round(0.05 * RATE_HZ)


class StreamClock:
    """Estimates the moment of each stretch from the moments of the callbacks, which jitter.

    A stretch follows the one before without a gap, so its moment is that of the one before plus its length, corrected
    a little by what is observed (a delay-locked loop, as in Adriaensen 2005, "Using a DLL to filter time").
    """

    def __init__(self) -> None:
        self._next_s: float | None = None

    def start_of(self, frames: int, now_s: float) -> tuple[float, float]:
        """Return the moment of a stretch that a device asks for now, and the seconds that it asks late."""
        if self._next_s is None:
            self._next_s = now_s
        late_s = now_s - self._next_s
        share = 1.0 if abs(late_s) > _JUMP_S else _EARLY_SHARE if late_s < 0 else _LATE_SHARE
        start_s = self._next_s + share * late_s
        self._next_s = start_s + frames / RATE_HZ
        return start_s, late_s


class Stream:
    """Plays messages a fixed time after their moment, to the frame, however late or early they are handed over.

    `put` is for one thread, `block` for the device's. Neither waits for the other.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        now_s: Callable[[], float],
        *,
        lag_s: float,
        gain: float = 1.0,
        buffer_s: float = inf,
    ) -> None:
        """Play `lag_s` after a message's moment, or later if the device asks for longer stretches than that.

        A callback more than `buffer_s` late has left a gap in the sound.
        """
        self._synthesizer = synthesizer
        self._now_s = now_s
        self._lag_s = lag_s
        self._gain = np.float32(gain)
        self._buffer_s = buffer_s
        self._clock = StreamClock()
        self._blocks = 0
        self._limiter = Limiter()
        self._events: deque[tuple[float, bytes]] = deque()
        self._out: Frames = np.zeros((0, CHANNELS), np.float32)
        self._ends = False
        self._fading_frames = _FADE_FRAMES
        self.gaps = 0
        """The number of gaps so far, which a busy machine makes."""
        self.latest_s: float | None = None
        """The moment of the latest callback; None before the first."""
        self.failure: Exception | None = None
        """A mistake in the program that ended the sound."""
        self.is_over = False
        """True after `end`, when all has faded."""

    def put(self, at_s: float, message: bytes) -> None:
        """Take a message of a moment on the clock; moments rise."""
        self._events.append((at_s, message))

    def end(self) -> None:
        """Release all notes; `is_over` follows when they have faded."""
        now_s = self._now_s()
        for channel in range(16):
            for controller in (*PEDALS, ALL_NOTES_OFF):
                self.put(now_s, bytes((CONTROL_CHANGE | channel, controller, 0)))
        self._ends = True

    def cut(self) -> None:
        """Fade everything in 50 ms; `is_over` follows."""
        self._fading_frames = min(self._fading_frames, _FADE_FRAMES - 1)

    def block(self, frames: int) -> Frames:
        """Return the next stretch; a mistake in the program is kept in `failure`, and there is silence."""
        if len(self._out) < frames:
            self._out = np.zeros((frames, CHANNELS), np.float32)
        out = self._out[:frames]
        if self.failure is None:
            try:
                self._fill(out)
                return out
            except Exception as error:
                self.failure = error
        out.fill(0)
        return out

    def _fill(self, out: Frames) -> None:
        self.latest_s = now_s = self._now_s()
        start_s, late_s = self._clock.start_of(len(out), now_s)
        if late_s > self._buffer_s:
            self.gaps += 1
        self._blocks += 1
        if self._blocks > _FIRST_BLOCKS:
            # A message for the end of a stretch has to be here when the stretch begins.
            self._lag_s = max(self._lag_s, len(out) / RATE_HZ + PIPE_S)
        render_events(self._synthesizer, out, self._due(start_s, len(out)))
        np.multiply(out, self._gain, out=out)
        self._limiter.limit(out)
        if self._fading_frames < _FADE_FRAMES:
            self._fade(out)
        elif self._ends and not self._events and self._synthesizer.is_silent:
            self.is_over = True

    def _due(self, start_s: float, frames: int) -> list[tuple[int, bytes]]:
        """Take the messages of a stretch out of the queue, with their frames."""
        due: list[tuple[int, bytes]] = []
        while self._events:
            at_s, message = self._events[0]
            after_s = at_s + self._lag_s - start_s
            frame = round(after_s * RATE_HZ)
            if frame >= frames:
                break
            self._events.popleft()
            if after_s > -LATE_DROP_S or not is_note_on(message):
                due.append((max(0, frame), message))
        return due

    def _fade(self, out: Frames) -> None:
        levels = np.arange(self._fading_frames, self._fading_frames - len(out), -1, dtype=np.float32)
        out *= (np.clip(levels, 0, None) / _FADE_FRAMES)[:, None]
        self._fading_frames = max(0, self._fading_frames - len(out))
        if self._fading_frames == 0:
            self.is_over = True
