"""Adapts the model's turn to the musician's phrase: its key, its register and its loudness. Pure values.

`StartTurn.phrase` has the notes of the phrase, so that more of it can come back in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.music.key_detection import detect_key
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key, pitch_name

KEY_STRENGTH = 2.0
"""The greatest `key_strength`: a note outside the scale is 7 times (e squared) rarer."""

_LATEST_BARS = 8
"""The bars of a long phrase that count, as for the end of a file."""

_OCTAVE = 12
_WIDER_SEMITONES = 24
"""The semitones by which the range becomes wider from freedom 0.5 to 1."""

_STEP_SEMITONES = 4
"""The limits lie on every fourth pitch, inwards, so that like phrases have the same ones, for which all is ready."""


@dataclass(frozen=True)
class Response:
    """The properties of a phrase that its answer has too."""

    key: Key | None
    """None if the phrase leaves it open."""
    lowest: int
    highest: int
    """The range of its pitches, 0 to 127."""
    velocity: float
    """The mean over its notes, 1 to 127."""

    def settings(self, settings: Settings, freedom: float) -> Settings:
        """Return settings drawn to the phrase, with a freedom from 0 to 1, at which they stay as they are.

        A key, chords and limits that they have stay. Limits that leave no note are left out.
        """
        if freedom >= 1:
            return settings
        if self.key is not None and settings.near_key is None:
            settings = replace(settings, near_key=self.key.name, key_strength=KEY_STRENGTH * (1 - freedom))
        beyond = _OCTAVE + round(_WIDER_SEMITONES * max(0.0, 2 * freedom - 1))
        low = -(-max(0, self.lowest - beyond) // _STEP_SEMITONES) * _STEP_SEMITONES
        high = min(127, self.highest + beyond) // _STEP_SEMITONES * _STEP_SEMITONES
        try:
            return replace(
                settings,
                low=pitch_name(low) if settings.low is None else settings.low,
                high=pitch_name(high) if settings.high is None else settings.high,
            )
        except SettingsError:
            return settings


def response_to(phrase: Sequence[Note], bar_ticks: int, before: Response | None) -> Response | None:
    """Return the response to the latest 8 bars of a phrase; a phrase that leaves its key open has the one `before`."""
    if not phrase:
        return before
    from_tick = phrase[-1].start_tick - _LATEST_BARS * bar_ticks
    latest = [note for note in phrase if note.start_tick >= from_tick]
    pitches = [note.pitch for note in latest]
    key = detect_key(latest) or (before.key if before else None)
    return Response(key, min(pitches), max(pitches), fmean(note.velocity for note in latest))


class Loudness:
    """Moves the velocities of a turn so that their mean is that of the phrase; its accents stay.

    Each bar counts with all bars of the turn before it.
    """

    def __init__(self, velocity: float, freedom: float) -> None:
        """Move all the way up to a freedom of 0.5, not at all at 1."""
        self._velocity = velocity
        self._share = min(1.0, 2 * (1 - freedom))
        self._bars: list[tuple[int, int, int, int]] = []
        """The tick of each bar, the number and the sum of the velocities up to its end, and the shift from it on."""

    def add(self, from_tick: int, notes: Sequence[Note]) -> None:
        """Add a bar that begins at a tick, in place of that one and later ones."""
        self._bars = [bar for bar in self._bars if bar[0] < from_tick]
        _, count, total, shift = self._bars[-1] if self._bars else (0, 0, 0, 0)
        count, total = count + len(notes), total + sum(note.velocity for note in notes)
        if count:
            shift = round(self._share * (self._velocity - total / count))
        self._bars.append((from_tick, count, total, shift))

    def __call__(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """Return the notes to send; those before the turn stay."""
        return tuple(
            replace(note, velocity=min(127, max(1, note.velocity + self._shift_at(note.start_tick)))) for note in notes
        )

    def _shift_at(self, tick: int) -> int:
        return next((shift for from_tick, _, _, shift in reversed(self._bars) if from_tick <= tick), 0)
