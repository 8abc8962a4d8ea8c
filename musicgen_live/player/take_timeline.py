"""Where in the take the music stands, and its tempo there: a take only goes forward, whatever a transport does."""

from __future__ import annotations

import math
from collections.abc import Callable

from musicgen_live.music.notes import PPQ
from musicgen_live.player.protocol import TakeTempo
from musicgen_live.player.timing import TICKS_PER_PULSE

TOLERANCE_TICKS = 2 * TICKS_PER_PULSE
"""How far beyond a bar line the take may have come and still go on there: a DAW that loops says so a little late."""

TEMPO_DRIFT_S = 0.005
"""How far the beats of the file may be from where they were: less is mostly the clock's jitter."""

TEMPO_JUMP_S = 0.015
"""A beat that is further off is another tempo, whatever the clock's loop makes of it so far."""

CREEP_BEATS = 8
"""Beats whose mean tells the tempo better than the clock's loop does."""

WHOLE_WITHIN_S = 0.0005
"""How much longer or shorter the quarters of a whole number of BPM may be for that to be taken as the tempo."""

_SLOWEST, _FASTEST = 4.0, 5000.0
"""What a MIDI file can say, and a little less."""


class TakeTimeline:
    """Maps ticks of the music to ticks of the take.

    The take begins at its tick 0 and never goes back. Where the music jumps, the take goes on where it next has the
    same place within a bar, so that bars of the music lie on bars of the take: music that begins again begins at the
    take's next bar line.
    """

    def __init__(self, bar_ticks: int, music_tick: int = 0, take_tick: int = 0) -> None:
        """At `take_tick` of the take is `music_tick` of the music."""
        self._bar_ticks = bar_ticks
        self._offset = take_tick - music_tick
        self.reached = take_tick
        """The furthest tick of the take."""

    def of(self, music_tick: int) -> int:
        """The take's tick at a tick of the music; below 0 while the music is counted in."""
        if music_tick < 0:
            return music_tick
        return max(music_tick + self._offset, 0)

    def reach(self, take_tick: int) -> None:
        """The take has come this far."""
        self.reached = max(self.reached, take_tick)

    def jump(self, music_tick: int) -> None:
        """The music goes on at another tick."""
        tick = max(0, music_tick)
        if abs(tick + self._offset - self.reached) <= TOLERANCE_TICKS:
            return
        self._offset = -((tick + TOLERANCE_TICKS - self.reached) // self._bar_ticks) * self._bar_ticks


class TakeTempoMap:
    """The tempo map of a take, from when its beats were: as few changes as keep the file's beats where they were."""

    def __init__(self, tell: Callable[[TakeTempo], None]) -> None:
        self._tell = tell
        self._quarter_s: float | None = None
        self._last: tuple[int, float] | None = None
        """The last beat: its tick, and when the tempo map has it."""
        self._since = (0, 0.0)
        """The beat, and when it was, from which on the tempo is true."""

    def interrupt(self) -> None:
        """What comes next is not connected with what was."""
        self._last = None

    def reach(self, take_tick: int, at_s: float, tempo: float) -> None:
        """The take's tick, a beat or a bit more after the last one told, was at `at_s`, by a clock at `tempo`."""
        if self._last is None:
            self._last = self._since = (take_tick, at_s)
            return
        last_tick, last_s = self._last
        quarters = (take_tick - last_tick) / PPQ
        if quarters <= 0:
            return
        drift_s = math.inf if self._quarter_s is None else at_s - last_s - quarters * self._quarter_s
        if abs(drift_s) > TEMPO_DRIFT_S:
            self._quarter_s = self._new_quarter_s(take_tick, at_s, tempo, drift_s)
            self._since = self._last
            self._tell(TakeTempo(last_tick, 60 / self._quarter_s))
            # What has drifted stays as it is: to make it good would take two tempos more.
            self._last = take_tick, at_s
        else:
            self._last = take_tick, last_s + quarters * (self._quarter_s or 0.0)

    def _new_quarter_s(self, take_tick: int, at_s: float, tempo: float, drift_s: float) -> float:
        """How long a quarter has been since the last beat."""
        assert self._last is not None
        (last_tick, last_s), (since_tick, since_s) = self._last, self._since
        if TEMPO_JUMP_S < abs(drift_s) < math.inf:
            quarter_s = (at_s - last_s) * PPQ / (take_tick - last_tick)
        elif take_tick - since_tick >= CREEP_BEATS * PPQ and math.isfinite(drift_s):
            quarter_s = (at_s - since_s) * PPQ / (take_tick - since_tick)
        else:
            quarter_s = 60 / tempo
        quarter_s = min(max(quarter_s, 60 / _FASTEST), 60 / _SLOWEST)
        # What was set in a DAW is mostly a whole number, what is measured is not.
        whole = max(_SLOWEST, round(60 / quarter_s))
        return 60 / whole if abs(60 / whole - quarter_s) < WHOLE_WITHIN_S else quarter_s
