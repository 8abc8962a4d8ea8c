"""Draws music as a piano roll: systems of whole bars below each other, as wide as is legible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.files import reason_of, replacing
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import MidiMusic, read_midi
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Bar

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Colour = tuple[int, int, int]
Bars = tuple[int, int]
"""The first and the last bar to draw, from 1."""

WIDTH = 1600
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 76, 20
HEAD = 34
"""Pixels above every system, for bar numbers, time signatures and tempos."""
GAP = 14
"""Pixels below every system."""
SCALES = ((16, 7), (32, 6), (64, 5))
"""Quarter notes per system and pixels per semitone: the first that needs at most `FEW_SYSTEMS` systems is used."""
FEW_SYSTEMS = 8
MAX_SYSTEMS = 48
MAX_BARS = 20_000
"""More bars come from a stray event far after the music, or from bars of a 128th."""
MIN_SEMITONES = 24
MARGIN_SEMITONES = 2
NUMBER_WIDTH = 44
"""Pixels that a bar number needs; if bars are narrower, only every second, fourth, ... has one."""

PAPER: Colour = (255, 255, 255)
BLACK_KEY: Colour = (240, 242, 246)
OCTAVE: Colour = (190, 196, 208)
BEAT: Colour = (224, 228, 235)
BAR_LINE: Colour = (120, 128, 144)
INK: Colour = (32, 38, 50)
FAINT: Colour = (110, 118, 134)
PARTS: tuple[Colour, ...] = (
    (33, 102, 172), (214, 96, 20), (27, 120, 55), (118, 42, 131), (178, 24, 43), (0, 128, 128), (140, 81, 10),
    (90, 90, 90),
)  # fmt: skip
"""The colours of parts; more parts begin again with the first."""
SOFTEST = 0.3
"""The share of its colour that a note of velocity 0 would have; at 127 it has the full colour."""

_BLACK_KEYS = frozenset({1, 3, 6, 8, 10})


@dataclass(frozen=True)
class Layout:
    """The positions of bars and pitches in the picture: values and arithmetic, no drawing."""

    systems: tuple[tuple[Bar, ...], ...]
    first_number: int
    """The number of the first bar drawn, from 1."""
    lowest: int
    highest: int
    semitone: int
    """Pixels per semitone."""
    pixels_per_tick: float

    @property
    def system_height(self) -> int:
        """Pixels from the highest pitch's upper edge to the lowest one's lower edge."""
        return (self.highest - self.lowest + 1) * self.semitone

    @property
    def height(self) -> int:
        """The height of the picture in pixels."""
        return TOP + len(self.systems) * (HEAD + self.system_height + GAP) + BOTTOM

    def top(self, system: int) -> int:
        """Return the upper edge of a system, below its bar numbers, in pixels."""
        return TOP + system * (HEAD + self.system_height + GAP) + HEAD

    def x(self, system: int, tick: int) -> int:
        """Return the horizontal position of a tick in a system, in pixels."""
        return LEFT + round((tick - self.systems[system][0].start_tick) * self.pixels_per_tick)

    def y(self, system: int, pitch: int) -> int:
        """Return the upper edge of a pitch in a system, in pixels."""
        return self.top(system) + (self.highest - pitch) * self.semitone


def draw_file(midi: Path, png: Path, bars: Bars | None = None) -> tuple[str, ...]:
    """Draw a MIDI file or some bars of it as a PNG file; return what was not read, in words after the file's name.

    TakeError if reading, drawing or writing fails.
    """
    music = read_midi(midi)
    image = draw(music, midi.name, bars)
    try:
        with replacing(png) as temporary:
            image.save(temporary, format="png")
    except OSError as exc:
        raise TakeError(f"the picture {png} cannot be written: {reason_of(exc)}") from exc
    return music.remarks


def draw(music: MidiMusic, title: str, bars: Bars | None = None) -> Image:
    """Return a picture of music or of some of its bars; TakeError if these do not exist or are too many."""
    from PIL import Image, ImageDraw

    layout = choose_layout(music, bars)
    image = Image.new("RGB", (WIDTH, layout.height), PAPER)
    pen = ImageDraw.Draw(image)
    _draw_title(pen, music, title, layout)
    for system in range(len(layout.systems)):
        _draw_grid(pen, layout, system)
        _draw_notes(pen, layout, system, music.score.parts)
        _draw_head(pen, layout, system, music.tempos)
    return image


def choose_layout(music: MidiMusic, bars: Bars | None = None) -> Layout:
    """Choose the bars of each system and the height of a semitone; TakeError as from `draw`."""
    chosen, first = _chosen_bars(music, bars)
    start, end = chosen[0].start_tick, chosen[-1].end_tick
    longest = max(bar.end_tick - bar.start_tick for bar in chosen)
    scales = [(max(quarters * PPQ, longest), semitone) for quarters, semitone in SCALES]
    candidates = [(_split_into_systems(chosen, ticks), ticks, semitone) for ticks, semitone in scales]
    systems, ticks, semitone = next((each for each in candidates if len(each[0]) <= FEW_SYSTEMS), candidates[-1])
    if len(systems) > 1:
        # Bars of 6/8 do not fill 16 quarters, so widen all bars to fill the longest system.
        ticks = max(system[-1].end_tick - system[0].start_tick for system in systems)
    if len(systems) > MAX_SYSTEMS:
        last = first + sum(map(len, systems[:MAX_SYSTEMS])) - 1
        raise TakeError(
            f"bars {first} to {first + len(chosen) - 1} are too many for one picture; "
            f"choose fewer, such as --bars {first}-{last}"
        )
    pitches = [note.pitch for note in music.score.notes if note.start_tick < end and note.end_tick > start]
    lowest, highest = (min(pitches), max(pitches)) if pitches else (60, 60)
    missing = max(0, MIN_SEMITONES - (highest - lowest + 1) - 2 * MARGIN_SEMITONES)
    lowest = max(0, lowest - MARGIN_SEMITONES - missing // 2)
    highest = min(127, highest + MARGIN_SEMITONES + (missing + 1) // 2)
    return Layout(systems, first, lowest, highest, semitone, (WIDTH - LEFT - RIGHT) / ticks)


def _chosen_bars(music: MidiMusic, bars: Bars | None) -> tuple[list[Bar], int]:
    """Return the bars to draw, the requested ones or all up to the last note, and the number of the first."""
    first, last = bars or (1, None)
    end = max(note.end_tick for note in music.score.notes)
    existing: list[Bar] = []
    for bar in music.score.bars():
        if (existing and bar.start_tick >= end) or len(existing) == last:
            break
        if len(existing) == MAX_BARS:
            raise TakeError(f"there are more than {MAX_BARS:,} bars; choose some of the first with --bars, as in 1-64")
        existing.append(bar)
    if len(existing) < first:
        raise TakeError(f"--bars begins with {first}; there are bars 1 to {len(existing)}")
    return existing[first - 1 :], first


def _split_into_systems(bars: Sequence[Bar], ticks: int) -> tuple[tuple[Bar, ...], ...]:
    """Split bars into systems of at most `ticks` each."""
    systems: list[list[Bar]] = []
    for bar in bars:
        if not systems or bar.end_tick - systems[-1][0].start_tick > ticks:
            systems.append([])
        systems[-1].append(bar)
    return tuple(map(tuple, systems))


def shade(colour: Colour, velocity: int) -> Colour:
    """Return a part's colour for a note of this velocity; softer notes are paler."""
    share = SOFTEST + (1 - SOFTEST) * velocity / 127
    red, green, blue = (round(255 + (value - 255) * share) for value in colour)
    return red, green, blue


def _darker(colour: Colour) -> Colour:
    red, green, blue = (round(value * 0.7) for value in colour)
    return red, green, blue


def _draw_title(pen: ImageDraw, music: MidiMusic, title: str, layout: Layout) -> None:
    from PIL import ImageFont

    large, small = ImageFont.load_default(22), ImageFont.load_default(14)
    pen.text((LEFT, 14), title, INK, large)
    start, end = layout.systems[0][0].start_tick, layout.systems[-1][-1].end_tick
    notes = [note for note in music.score.notes if start <= note.start_tick < end]
    sounding_end = min(end, max((note.end_tick for note in notes), default=end))
    seconds = round(music.seconds_at(sounding_end) - music.seconds_at(start))
    bars = sum(map(len, layout.systems))
    summary = f"bars {layout.first_number} to {layout.first_number + bars - 1}"
    summary += f"   {len(notes):,} {'note' if len(notes) == 1 else 'notes'}   {seconds // 60}:{seconds % 60:02}"
    pen.text((LEFT, 45), summary, FAINT, small)
    x = LEFT + pen.textlength(summary, small) + 40
    for number, name in enumerate(music.names):
        label = name or f"part {number + 1}"
        width = 20 + pen.textlength(label, small) + 24
        if len(music.names) < 2 or x + width > WIDTH - RIGHT:
            break
        colour = PARTS[number % len(PARTS)]
        pen.rectangle((x, 49, x + 11, 58), colour, _darker(colour))
        pen.text((x + 18, 45), label, FAINT, small)
        x += width


def _draw_grid(pen: ImageDraw, layout: Layout, system: int) -> None:
    """Draw keys, octaves with their names, beats and bar lines."""
    from PIL import ImageFont

    font = ImageFont.load_default(13)
    bars = layout.systems[system]
    top, bottom = layout.top(system), layout.top(system) + layout.system_height
    right = layout.x(system, bars[-1].end_tick)
    for pitch in range(layout.lowest, layout.highest + 1):
        if pitch % 12 in _BLACK_KEYS:
            y = layout.y(system, pitch)
            pen.rectangle((LEFT, y, right, y + layout.semitone - 1), BLACK_KEY)
    for bar in bars:
        beat = bar.time_signature.beat_ticks
        for tick in range(bar.start_tick + beat, bar.end_tick, beat):
            if beat * layout.pixels_per_tick >= 8:
                x = layout.x(system, tick)
                pen.line((x, top, x, bottom - 1), BEAT)
    for pitch in range(layout.lowest, layout.highest + 1):
        if pitch % 12 == 0:
            y = layout.y(system, pitch) + layout.semitone - 1
            pen.line((LEFT, y, right, y), OCTAVE)
            pen.text((LEFT - 8, y), f"C{pitch // 12 - 1}", FAINT, font, anchor="rm")
    for tick in [*(bar.start_tick for bar in bars), bars[-1].end_tick]:
        x = layout.x(system, tick)
        pen.line((x, top - 5, x, bottom - 1), BAR_LINE)


def _draw_notes(pen: ImageDraw, layout: Layout, system: int, parts: Sequence[Sequence[Note]]) -> None:
    """Draw the notes of a system, the last part first, so that the first one is on top."""
    start, end = layout.systems[system][0].start_tick, layout.systems[system][-1].end_tick
    for number, part in reversed(list(enumerate(parts))):
        colour = PARTS[number % len(PARTS)]
        for note in part:
            if note.start_tick >= end or note.end_tick <= start:
                continue
            x = layout.x(system, max(note.start_tick, start))
            # Leave a pixel of paper between notes of one pitch.
            right = max(x + 1, layout.x(system, min(note.end_tick, end)) - 2)
            y = layout.y(system, note.pitch)
            fill = shade(colour, note.velocity)
            pen.rectangle((x, y, right, y + layout.semitone - 1), fill, _darker(fill))


def _draw_head(pen: ImageDraw, layout: Layout, system: int, tempos: Sequence[tuple[int, float]]) -> None:
    """Draw bar numbers, and time signatures and tempos at each change and at the beginning."""
    from PIL import ImageFont

    font = ImageFont.load_default(13)
    bars = layout.systems[system]
    number = layout.first_number + sum(len(earlier) for earlier in layout.systems[:system])
    earlier = layout.systems[system - 1][-1] if system else None
    step = _number_step(layout, bars)
    top = layout.top(system)
    for bar in bars:
        x = layout.x(system, bar.start_tick)
        is_change = earlier is None or earlier.time_signature != bar.time_signature
        if (number - layout.first_number) % step == 0 or bar is bars[0]:
            pen.text((x + 3, top - 19), str(number), FAINT, font)
        if is_change:
            pen.text((x + 3, top - 34), str(bar.time_signature), INK, font)
        earlier, number = bar, number + 1
    free_x = 0.0
    for tick, text in _tempo_texts(tempos, bars, is_first=system == 0):
        # Leave room for a time signature. If tempos are crowded, as in a ritardando, draw only the first.
        x = layout.x(system, tick) + 40
        if x >= free_x and x + pen.textlength(text, font) <= WIDTH:
            pen.text((x, top - 34), text, INK, font)
            free_x = x + pen.textlength(text, font) + 12


def _number_step(layout: Layout, bars: Sequence[Bar]) -> int:
    """Return the smallest step between numbered bars (1, 2, 4, ...) that leaves room for the numbers."""
    narrowest = min(bar.end_tick - bar.start_tick for bar in bars) * layout.pixels_per_tick
    step = 1
    while step * narrowest < NUMBER_WIDTH and step < 64:
        step *= 2
    return step


def _tempo_texts(tempos: Sequence[tuple[int, float]], bars: Sequence[Bar], *, is_first: bool) -> list[tuple[int, str]]:
    """Return the ticks and texts of the tempos in a system: its changes, and the present tempo in the first system."""
    start, end = bars[0].start_tick, bars[-1].end_tick
    shown = [(tick, bpm) for tick, bpm in tempos if start < tick < end]
    until_start = [bpm for tick, bpm in tempos if tick <= start]
    changes_at_start = any(tick == start for tick, _ in tempos)
    if is_first or changes_at_start:
        shown.insert(0, (start, until_start[-1]))
    return [(tick, f"{bpm:.0f} BPM") for tick, bpm in shown]
