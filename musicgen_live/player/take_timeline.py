"""Maps the music to the take, which only goes forward whatever a transport does, and measures the take's tempos."""

from __future__ import annotations

import math
from collections.abc import Callable

from musicgen_live.music.notes import PPQ
from musicgen_live.player.commands import MAX_TEMPO, MIN_TEMPO
from musicgen_live.player.reports import TakeTempo
from musicgen_live.player.timing import TICKS_PER_PULSE

TOLERANCE_TICKS = 2 * TICKS_PER_PULSE
"""The distance past a bar line at which the take still continues from that line: a DAW reports a loop a little late."""

TEMPO_DRIFT_S = 0.005
"""The tolerance for beats of the file: smaller deviations are mostly the clock's jitter."""

TEMPO_JUMP_S = 0.015
"""A beat that deviates by more means another tempo, even if the clock's filter has not followed yet."""

CREEP_BEATS = 8
"""The number of beats from which on their mean is more exact than the tempo of the clock's filter."""

WHOLE_WITHIN_S = 0.0005
"""The difference per quarter below which the tempo is rounded to a whole number of BPM."""


class TakeTimeline:
    """Maps ticks of the music to ticks of the take.

    The take begins at its tick 0 and never goes back. After a jump of the music the take continues from its next tick
    with the same position in a bar, so that bars of the music lie on bars of the take: music that starts again starts
    at the take's next bar line.
    """

    def __init__(self, bar_ticks: int, music_tick: int = 0, take_tick: int = 0) -> None:
        """Map `music_tick` of the music to `take_tick` of the take."""
        self._bar_ticks = bar_ticks
        self._offset = take_tick - music_tick
        self.reached = take_tick
        """The furthest tick of the take."""

    def of(self, music_tick: int) -> int:
        """Return the take's tick at a tick of the music; below 0 in the count-in."""
        if music_tick < 0:
            return music_tick
        return max(music_tick + self._offset, 0)

    def reach(self, take_tick: int) -> None:
        """Advance `reached` to a tick of the take."""
        self.reached = max(self.reached, take_tick)

    def jump(self, music_tick: int) -> None:
        """Continue the take after the music has jumped to another tick."""
        tick = max(0, music_tick)
        if abs(tick + self._offset - self.reached) <= TOLERANCE_TICKS:
            return
        self._offset = -((tick + TOLERANCE_TICKS - self.reached) // self._bar_ticks) * self._bar_ticks


class TakeTempoMap:
    """The tempo map of a take, from the moments of its beats, with as few tempo changes as keep those moments."""

    def __init__(self, report: Callable[[TakeTempo], None]) -> None:
        self._report = report
        self._quarter_s: float | None = None
        self._last: tuple[int, float] | None = None
        """The last beat: its tick, and its moment by the tempo map."""
        self._since = (0, 0.0)
        """The beat at which the present tempo began, and its moment."""

    def interrupt(self) -> None:
        """Treat the next beat as unconnected with the last one."""
        self._last = None

    def reach(self, take_tick: int, at_s: float, tempo: float) -> None:
        """Add the next beat: a tick of the take, its moment, and the tempo of the clock's filter."""
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
            self._report(TakeTempo(last_tick, 60 / self._quarter_s))
            # The drift so far remains: to correct it would take two more tempo changes.
            self._last = take_tick, at_s
        else:
            self._last = take_tick, last_s + quarters * (self._quarter_s or 0.0)

    def _new_quarter_s(self, take_tick: int, at_s: float, tempo: float, drift_s: float) -> float:
        """Return the length of a quarter since the last beat."""
        assert self._last is not None
        (last_tick, last_s), (since_tick, since_s) = self._last, self._since
        if TEMPO_JUMP_S < abs(drift_s) < math.inf:
            quarter_s = (at_s - last_s) * PPQ / (take_tick - last_tick)
        elif take_tick - since_tick >= CREEP_BEATS * PPQ and math.isfinite(drift_s):
            quarter_s = (at_s - since_s) * PPQ / (take_tick - since_tick)
        else:
            quarter_s = 60 / tempo
        quarter_s = min(max(quarter_s, 60 / MAX_TEMPO), 60 / MIN_TEMPO)
        # Tempos set in a DAW are mostly whole numbers, measured ones are not.
        whole = max(MIN_TEMPO, round(60 / quarter_s))
        return 60 / whole if abs(60 / whole - quarter_s) < WHOLE_WITHIN_S else quarter_s
