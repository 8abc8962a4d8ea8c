"""Chord symbols of lead sheets as pitch classes, and progressions of them that repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.errors import SettingsError
from musicgen_live.music.chord_symbols import ALTERATIONS, QUALITIES, chord_of, parse_chord, parse_chords


@pytest.mark.parametrize(
    ("symbols", "classes"),
    [
        ("C CM Cmaj", {0, 4, 7}),
        ("Cm C- Cmin Cmi", {0, 3, 7}),
        ("Cdim C° Co", {0, 3, 6}),
        ("Caug C+ C+5 C(#5)", {0, 4, 8}),
        ("Csus2", {0, 2, 7}),
        ("Csus4 Csus", {0, 5, 7}),
        ("C5", {0, 7}),
        ("C6", {0, 4, 7, 9}),
        ("Cm6 C-6 Cmin6", {0, 3, 7, 9}),
        ("C69 C6/9", {0, 2, 4, 7, 9}),
        ("C7", {0, 4, 7, 10}),
        ("Cmaj7 CM7 Cma7 CMaj7 CΔ CΔ7 C^7 Cj7", {0, 4, 7, 11}),
        ("Cm7 C-7 Cmin7 Cmi7", {0, 3, 7, 10}),
        ("CmM7 Cm(maj7) C-Δ7 CminMaj7", {0, 3, 7, 11}),
        ("Cdim7 C°7 Co7", {0, 3, 6, 9}),
        ("Cø Cø7 Cm7b5 C-7b5 Cm7(b5) Cm7♭5 Cm7-5", {0, 3, 6, 10}),
        ("C+7 Caug7 C7#5 C7+5", {0, 4, 8, 10}),
        ("C7sus4 C7sus", {0, 5, 7, 10}),
        ("Cadd9 C(add9) Cadd2", {0, 2, 4, 7}),
        ("Cmadd9 Cm(add9)", {0, 2, 3, 7}),
        ("C9", {0, 2, 4, 7, 10}),
        ("Cmaj9 CΔ9", {0, 2, 4, 7, 11}),
        ("Cm9", {0, 2, 3, 7, 10}),
        ("C11 C9sus4", {0, 2, 5, 7, 10}),
        ("Cm11", {0, 2, 3, 5, 7, 10}),
        ("C13", {0, 2, 4, 7, 9, 10}),
        ("Cmaj13", {0, 2, 4, 7, 9, 11}),
        ("C7b9 C7(b9) C7-9", {0, 1, 4, 7, 10}),
        ("C7b9#11 C7(b9,#11) C7(b9)(♯11)", {0, 1, 4, 6, 7, 10}),
        ("C13b9", {0, 1, 4, 7, 9, 10}),
        ("C7alt Calt", {0, 1, 3, 4, 8, 10}),
        ("F#m7b5 Gbø", {6, 9, 0, 4}),
        ("Bb B♭ A#", {10, 2, 5}),
        ("Cb", {11, 3, 6}),
    ],
)
def test_every_spelling_of_a_symbol_has_the_same_pitch_classes(symbols: str, classes: set[int]) -> None:
    for symbol in symbols.split():
        chord = parse_chord(symbol)
        assert (set(chord.classes), chord.symbol) == (classes, symbol)


@pytest.mark.parametrize(("symbol", "bass"), [("C", 0), ("Dm7", 2), ("Bb7b9", 10), ("F#ø", 6)])
def test_the_bass_is_the_root_where_the_symbol_names_no_other(symbol: str, bass: int) -> None:
    assert parse_chord(symbol).bass == bass


@pytest.mark.parametrize(
    ("symbol", "classes", "bass"),
    [("C/E", {0, 4, 7}, 4), ("Am7/G", {9, 0, 4, 7}, 7), ("C/D", {0, 2, 4, 7}, 2), ("F6/9/Bb", {5, 7, 9, 0, 2, 10}, 10)],
)
def test_a_bass_after_a_slash_is_one_of_the_pitch_classes(symbol: str, classes: set[int], bass: int) -> None:
    assert (set(parse_chord(symbol).classes), parse_chord(symbol).bass) == (classes, bass)


def test_any_chord_can_be_written_as_its_notes() -> None:
    (bar,) = parse_chords("(C F Bb) Dm7 ( C  Eb )/G (C#  D)").bars
    assert [(chord.symbol, set(chord.classes), chord.bass) for chord in bar if chord] == [
        ("(C F Bb)", {0, 5, 10}, 0),
        ("Dm7", {2, 5, 9, 0}, 2),
        ("(C Eb)/G", {0, 3, 7}, 7),
        ("(C# D)", {1, 2}, 1),
    ]
    for wrong in ("(C)", "(C C)", "()", "(C H)", "(C E G", "C E)", "(C4 E4)", "(C E) G)"):
        with pytest.raises(SettingsError, match=r"by its notes|the notes of a chord in brackets"):
            parse_chords(wrong)


@pytest.mark.parametrize(
    ("held", "symbol"),
    [
        ("0 4 7", "C"),
        ("4 7 0", "C/E"),
        ("0 4 7 9", "C6"),
        ("9 0 4 7", "Am7"),
        ("10 2 5 8 0", "Bb9"),
        ("0 2 4 7", "Cadd9"),
        ("5 0 4 7", "C/F"),
        ("11 5 7 2", "G7/B"),
        ("7 2", "G5"),
        ("4 8 0", "Eaug"),
        ("0 4", "(C E)"),
        ("1 2 0", "(C# D C)"),
    ],
)
def test_a_held_chord_has_the_symbol_of_a_lead_sheet(held: str, symbol: str) -> None:
    classes = [int(pitch_class) for pitch_class in held.split()]
    assert chord_of(classes, classes[0]).symbol == symbol


def test_every_held_chord_has_a_symbol_that_reads_back() -> None:
    for mask in range(1 << 12):
        classes = {pitch_class for pitch_class in range(12) if mask >> pitch_class & 1}
        if len(classes) < 2:
            continue
        for bass in (min(classes), max(classes)):
            chord = chord_of(classes, bass)
            assert chord.classes == classes
            assert parse_chords(f"{chord.symbol} | C").bars[0] == (chord,)
    with pytest.raises(ValueError, match=r"\[3\] with 3 as the lowest is no chord"):
        chord_of({3}, 3)


@pytest.mark.parametrize(
    "symbol", ["H7", "c", "am", "7", "Cfoo", "C/", "C/9", "C/h", "C7b", "C(", "C)", "Cmajor", "C##", "C#b", "C77", "%"]
)
def test_an_unknown_symbol_is_named_with_the_known_ones(symbol: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_chords(f"Dm7 {symbol} | G7")
    assert f"chords has {symbol!r}, which is no chord known here; write a root from A to G" in str(error.value)
    for known in (*filter(None, QUALITIES), *ALTERATIONS, "N.C."):
        assert f" {known}" in str(error.value)


def test_bars_contain_chords() -> None:
    bars = parse_chords("Dm7 G7 | Cmaj7 | % | N.C. NC").bars
    assert [[chord and chord.symbol for chord in bar] for bar in bars] == [
        ["Dm7", "G7"],
        ["Cmaj7"],
        ["Cmaj7"],
        [None, None],
    ]
    assert parse_chords("| C | G |").bars == parse_chords("C|G").bars


@pytest.mark.parametrize(("text", "bar"), [("", 1), ("  ", 1), ("C || G", 2), ("C | G | | D", 3), ("||", 1)])
def test_an_empty_bar_is_named(text: str, bar: int) -> None:
    with pytest.raises(SettingsError, match=rf"where bar {bar} is empty; write N\.C\. for a bar without a chord"):
        parse_chords(text)


@given(st.text(alphabet="ACHabgm#♯♭79135-+°øΔMjdinsu()/,|% .N\n\0", max_size=20))
def test_any_text_gives_chords_or_a_settings_error(text: str) -> None:
    try:
        progression = parse_chords(text)
    except SettingsError:
        return
    for chord in (chord for bar in progression.bars for chord in bar if chord):
        assert chord.classes <= set(range(12))
        assert len(chord.classes) >= 2


def test_chords_share_their_bar_and_the_progression_repeats() -> None:
    progression = parse_chords("Dm7 G7 | C | A B C#")
    assert [progression.place(0, beat, 4) for beat in range(4)] == [(0, 0), (0, 0), (0, 1), (0, 1)]
    assert [progression.place(1, beat, 4) for beat in (0, 3)] == [(1, 0), (1, 0)]
    assert [progression.place(5, eighth, 6) for eighth in range(6)] == [(2, 0)] * 2 + [(2, 1)] * 2 + [(2, 2)] * 2
    assert progression.place(300, 1919, 1920) == (0, 1)


@pytest.mark.parametrize("symbol", ["C" + "#" * 12_000, "Cm" + "add9" * 3000, "C/" * 6000, "(" + "C " * 6000 + ")"])
def test_a_far_too_long_text_is_refused_briefly(symbol: str) -> None:
    with pytest.raises(SettingsError, match="at most") as error:
        parse_chords(symbol)
    assert len(str(error.value)) < 200


def test_the_longest_symbol_is_a_long_list_of_notes() -> None:
    assert parse_chord("(C C# D D# E F F# G G# A A# B)/C").bass == 0
    with pytest.raises(
        SettingsError, match=r"chords has 'Cadd9add9add9add9add'\.\.\., a chord of 65 characters; one can"
    ):
        parse_chord("C" + "add9" * 16)
