"""The piano roll: positions and colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import MidiMusic
from musicgen_live.midi.piano_roll import (
    BAR_LINE,
    BEAT,
    BLACK_KEY,
    INK,
    OCTAVE,
    PAPER,
    PARTS,
    choose_layout,
    draw,
    draw_file,
    shade,
)
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature

BAR = 4 * PPQ


def music_of(
    *parts: list[Note],
    time_signatures: tuple[TimeSignatureChange, ...] = (),
    tempos: tuple[tuple[int, float], ...] = (),
) -> MidiMusic:
    score = Score(tuple(tuple(sorted(part)) for part in parts), time_signatures)
    return MidiMusic(score, ("",) * len(parts), tempos or ((0, 120.0),))


def bars_of_music(count: int) -> MidiMusic:
    """Return bars with one C4 each, a whole note."""
    return music_of([Note(bar * BAR, BAR, 60, 127) for bar in range(count)])


# 16 quarters of 95 pixels in 1600 - 56 - 24; a system begins at 76 + 34; 7 pixels a semitone.
# C4 alone gets 24 semitones around it, 49 (C#3) to 72 (C5), so C4 is 12 semitones below the top.
C4_TOP = 110 + 12 * 7


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    colour = image.getpixel((x, y))
    assert isinstance(colour, tuple)
    return colour


def test_a_note_is_drawn_at_its_time_and_pitch() -> None:
    image = draw(music_of([Note(PPQ, PPQ, 60, 127)]), "one.mid")
    blue = PARTS[0]
    # From the second beat at 56 + 95 to the third, less a pixel.
    assert pixel(image, 56 + 95 + 40, C4_TOP + 3) == blue
    assert pixel(image, 56 + 95, C4_TOP + 3) != blue  # its edge
    assert pixel(image, 56 + 96, C4_TOP + 1) == blue
    assert pixel(image, 56 + 190 - 3, C4_TOP + 3) == blue
    assert pixel(image, 56 + 195, C4_TOP + 3) == PAPER
    assert pixel(image, 56 + 90, C4_TOP + 3) == PAPER
    # Neither above nor below.
    assert pixel(image, 56 + 95 + 40, C4_TOP - 3) == BLACK_KEY
    assert pixel(image, 56 + 95 + 40, C4_TOP + 7 + 3) == PAPER


def test_keys_octaves_beats_and_bar_lines() -> None:
    image = draw(bars_of_music(2), "two.mid")
    # C#4 is a black key above C4; D4 is none.
    assert pixel(image, 300, C4_TOP - 4) == BLACK_KEY
    assert pixel(image, 300, C4_TOP - 10) == PAPER
    # A line below C5, the highest pitch.
    assert pixel(image, 300, 110 + 6) == OCTAVE
    assert pixel(image, 56 + 95, C4_TOP - 10) == BEAT
    assert pixel(image, 56, C4_TOP - 10) == BAR_LINE
    assert pixel(image, 56 + 4 * 95, C4_TOP - 10) == BAR_LINE
    assert pixel(image, 56 + 8 * 95, C4_TOP - 10) == BAR_LINE
    # The paper is empty after the last bar.
    assert pixel(image, 56 + 8 * 95 + 20, C4_TOP - 4) == PAPER


def test_softer_notes_are_paler() -> None:
    image = draw(music_of([Note(0, PPQ, 60, 127), Note(PPQ, PPQ, 60, 64), Note(2 * PPQ, PPQ, 60, 1)]), "soft.mid")
    loud, middle, soft = (pixel(image, 56 + 95 * beat + 40, C4_TOP + 3) for beat in range(3))
    assert (loud, middle, soft) == ((33, 102, 172), (110, 155, 201), (187, 208, 230))


def test_the_shade_of_a_velocity() -> None:
    assert shade((0, 100, 200), 127) == (0, 100, 200)
    assert shade((0, 100, 200), 0) == (178, 208, 238)


def test_parts_have_their_colours_and_the_first_is_on_top() -> None:
    right, left = [Note(0, PPQ, 60, 127)], [Note(0, 3 * PPQ, 60, 127)]
    image = draw(music_of(right, left), "hands.mid")
    assert pixel(image, 56 + 40, C4_TOP + 3) == PARTS[0]
    assert pixel(image, 56 + 2 * 95, C4_TOP + 3) == PARTS[1]


def test_a_note_continues_in_the_next_system() -> None:
    image = draw(music_of([Note(3 * BAR, 2 * BAR, 60, 127)]), "long.mid")
    # The second system begins 34 + 24 * 7 + 14 pixels lower.
    assert pixel(image, 1560, C4_TOP + 3) == PARTS[0]
    assert pixel(image, 56 + 200, C4_TOP + 216 + 3) == PARTS[0]
    assert pixel(image, 56 + 500, C4_TOP + 216 + 3) == PAPER


@pytest.mark.parametrize(
    ("bars", "systems", "in_a_system", "semitone", "height"),
    # The height: 76 and 20 around all, and 34 and 14 around each system of 24 semitones.
    [(1, 1, 4, 7, 312), (16, 4, 4, 7, 960), (32, 8, 4, 7, 1824), (33, 5, 8, 6, 1056), (200, 13, 16, 5, 2280)],
)
def test_more_bars_are_drawn_closer(bars: int, systems: int, in_a_system: int, semitone: int, height: int) -> None:
    layout = choose_layout(bars_of_music(bars))
    assert len(layout.systems) == systems
    assert len(layout.systems[0]) == min(bars, in_a_system)
    assert (layout.semitone, layout.height) == (semitone, height)
    assert draw(bars_of_music(bars), "x").size == (1600, height)


def test_systems_break_at_bars_of_any_time_signature() -> None:
    music = music_of(
        [Note(0, 12 * BAR, 60, 80)],
        time_signatures=(
            TimeSignatureChange(0, TimeSignature(3, 4)),
            TimeSignatureChange(9 * PPQ, TimeSignature(5, 4)),
            TimeSignatureChange(24 * PPQ, TimeSignature(7, 8)),
        ),
    )
    systems = choose_layout(music).systems
    assert [bar.time_signature for bar in systems[0]] == [(3, 4)] * 3 + [(5, 4)]
    assert [bar.time_signature for bar in systems[1]] == [(5, 4)] * 2 + [(7, 8)]
    assert systems[1][0].start_tick == 14 * PPQ


def test_systems_that_bars_do_not_fill_are_stretched() -> None:
    six_eight = (TimeSignatureChange(0, TimeSignature(6, 8)),)
    layout = choose_layout(music_of([Note(0, 10 * 3 * PPQ, 60, 80)], time_signatures=six_eight))
    assert [len(system) for system in layout.systems] == [5, 5]
    assert layout.x(1, layout.systems[1][-1].end_tick) == 1600 - 24
    # A single system is as long as its music.
    layout = choose_layout(music_of([Note(0, 2 * 3 * PPQ, 60, 80)], time_signatures=six_eight))
    assert layout.x(0, layout.systems[0][-1].end_tick) == 56 + 6 * 95


def test_a_bar_wider_than_a_system_makes_the_system_wider() -> None:
    layout = choose_layout(
        music_of([Note(0, PPQ, 60, 80)], time_signatures=(TimeSignatureChange(0, TimeSignature(152, 4)),))
    )
    assert layout.pixels_per_tick * PPQ == 10


def test_all_pitches_fit_into_the_picture() -> None:
    layout = choose_layout(music_of([Note(0, PPQ, 0, 80), Note(0, PPQ, 127, 80)]))
    assert (layout.lowest, layout.highest) == (0, 127)
    layout = choose_layout(music_of([Note(0, PPQ, 30, 80), Note(0, PPQ, 90, 80)]))
    assert (layout.lowest, layout.highest) == (28, 92)


def test_time_signature_and_tempo_are_shown_at_each_change() -> None:
    def ink(image: Image.Image, x: int, system: int) -> bool:
        """Return True if there is text above a system at this position."""
        top = 76 + system * 216
        head = image.crop((x, top, x + 60, top + 14))
        return INK in {colour for _, colour in head.getcolors(1000) or []}

    notes = [Note(0, 12 * BAR, 60, 80)]
    plain = draw(music_of(notes), "x")
    assert [ink(plain, 56, system) for system in range(3)] == [True, False, False]
    changed = draw(music_of(notes, time_signatures=(TimeSignatureChange(8 * BAR, TimeSignature(2, 4)),)), "x")
    assert [ink(changed, 56, system) for system in range(3)] == [True, False, True]
    faster = draw(music_of(notes, tempos=((0, 100.0), (5 * BAR, 140.0))), "x")
    assert [ink(faster, 56 + 4 * 95 + 40, system) for system in range(3)] == [False, True, False]


def test_some_bars_alone() -> None:
    music = bars_of_music(40)
    layout = choose_layout(music, (9, 12))
    assert layout.first_number == 9
    assert [bar.start_tick for bar in layout.systems[0]] == [8 * BAR, 9 * BAR, 10 * BAR, 11 * BAR]
    assert sum(map(len, choose_layout(music, (39, 99)).systems)) == 2


def test_missing_or_too_many_bars_are_named() -> None:
    with pytest.raises(TakeError, match="--bars begins with 41; there are bars 1 to 40"):
        choose_layout(bars_of_music(40), (41, 44))
    with pytest.raises(TakeError, match=r"bars 1 to 1000 are too many for one picture; .* such as --bars 1-768"):
        choose_layout(bars_of_music(1000))
    assert len(choose_layout(bars_of_music(1000), (1, 768)).systems) == 48
    with pytest.raises(TakeError, match="there are more than 20,000 bars"):
        choose_layout(music_of([Note(0, PPQ, 60, 80), Note(30_000 * BAR, PPQ, 60, 80)]))


def test_a_picture_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    import mido

    midi = tmp_path / "some.mid"
    track = mido.MidiTrack([mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)])
    mido.MidiFile(tracks=[track]).save(midi)
    draw_file(midi, tmp_path / "new" / "roll.png")
    assert (tmp_path / "new" / "roll.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(TakeError, match=r"the picture .*roll\.png cannot be written"):
        draw_file(midi, midi / "roll.png")


def test_repeated_notes_are_drawn_apart() -> None:
    image = draw(music_of([Note(0, PPQ, 60, 127), Note(PPQ, PPQ, 60, 127)]), "x")
    # The second beat begins at 56 + 95 with a pixel of its edge; the pixel before is paper.
    row = [pixel(image, 56 + 95 + offset, C4_TOP + 3) for offset in (-3, -1, 1)]
    assert row == [PARTS[0], PAPER, PARTS[0]]
