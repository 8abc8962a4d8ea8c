"""Places held chords in bars, and knows a progression ahead once it has gone round. Works in ticks, has no clock."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.music.notes import PPQ

EARLY_TICKS = PPQ
"""A chord that begins up to a quarter before a bar line is the chord of the bar at that line."""

_LATE_TICKS = PPQ // 2
"""A chord that begins up to an eighth after a bar line is the chord of that bar; a later one is another in the bar."""

_LONGEST_BARS = 16
"""The longest progression that is recognized."""


@dataclass(frozen=True)
class Colour:
    """Chords that the music is to prefer from a tick on."""

    chords: str
    """As the parameter of this name has them: one for all bars, or a progression, counted from the first bar."""
    from_tick: int


class ChordTrack:
    """The chords of a keyboard or of a track in a DAW, by bar.

    A chord holds until the next one. When a chord comes again that began an earlier bar, the bars since then are taken
    for a progression of up to 16 bars, which goes on until a chord contradicts it; then another one may begin. Of
    several earlier bars the one counts before which most bars agree too, of those the earliest.
    """

    def __init__(self, bar_ticks: int) -> None:
        """Start without chords."""
        self._bar_ticks = bar_ticks
        self._bars: dict[int, tuple[str, ...]] = {}
        """The chords of each bar, by its number from 0."""
        self._latest = -1
        """The number of the bar of the latest chord."""
        self._progression: tuple[tuple[str, ...], ...] = ()

    def add(self, tick: int, symbol: str) -> Colour | None:
        """Add a chord that begins at a tick; return the new colour, None if the progression has it already."""
        early_ticks = min(EARLY_TICKS, self._bar_ticks // 2)
        line_tick = -(-tick // self._bar_ticks) * self._bar_ticks
        from_tick = line_tick if line_tick - tick <= early_ticks else tick
        bar, offset_ticks = divmod(from_tick, self._bar_ticks)
        self._hold_until(bar)
        before = self._bars.get(bar, ()) if bar == self._latest else self._bars.get(bar - 1, ())[-1:]
        is_first = offset_ticks <= min(_LATE_TICKS, self._bar_ticks // 4) or not before
        self._bars[bar] = (symbol,) if is_first else (*before, symbol)
        self._latest = bar
        if self._progression:
            if _begins_with(self._progression[bar % len(self._progression)], self._bars[bar]):
                return None
            self._bars = {bar: self._bars[bar]}
        self._progression = self._found(bar)
        return Colour(_text(self._progression) or symbol, from_tick)

    def jump(self, tick: int) -> Colour | None:
        """Follow a jump of the music to a tick; return a new colour if the chords there are known."""
        bar = tick // self._bar_ticks
        passed = self._latest
        self._latest = bar
        if bar not in self._bars or bar > passed:
            self._progression = ()
            return None
        known = [self._bars[number] for number in range(bar, passed + 1) if number in self._bars]
        if len(known) < passed + 1 - bar or len(known) > _LONGEST_BARS:
            return None
        self._progression = _rotated(known, bar)
        return Colour(_text(self._progression), tick)

    def _hold_until(self, bar: int) -> None:
        """Let the latest chord hold in the bars without one before a bar; forget all chords after a long way."""
        if self._latest not in self._bars or not 0 <= bar - self._latest <= 2 * _LONGEST_BARS:
            self._bars.clear()
            return
        for number in range(self._latest + 1, bar):
            self._bars[number] = self._bars[number - 1][-1:]
        for number in [number for number in self._bars if number < bar - 2 * _LONGEST_BARS]:
            del self._bars[number]

    def _found(self, bar: int) -> tuple[tuple[str, ...], ...]:
        """Return the progression that the chords up to a bar repeat, as of bar 0; empty if there is none."""
        matches = {period: self._bars_in_common(bar, period) for period in range(2, _LONGEST_BARS + 1)}
        period = max(matches, key=lambda period: (matches[period], period))
        if not matches[period]:
            return ()
        bars = [self._bars[number] for number in range(bar - period, bar)]
        return _rotated(bars, bar - period) if len({*bars}) > 1 else ()

    def _bars_in_common(self, bar: int, period: int) -> int:
        """Return the number of bars up to a bar that equal those a period before."""
        count = 0
        while (earlier := self._bars.get(bar - count - period)) and (own := self._bars.get(bar - count)):
            is_equal = earlier == own if count else _begins_with(earlier, own)
            if not is_equal:
                break
            count += 1
        return count


def _begins_with(bar: tuple[str, ...], chords: tuple[str, ...]) -> bool:
    return bar[: len(chords)] == chords


def _rotated(bars: list[tuple[str, ...]], first: int) -> tuple[tuple[str, ...], ...]:
    """Return bars of which the first is bar number `first` as the progression that begins with bar 0."""
    start = -first % len(bars)
    return (*bars[start:], *bars[:start])


def _text(bars: tuple[tuple[str, ...], ...]) -> str:
    return " | ".join(" ".join(bar) for bar in bars)
