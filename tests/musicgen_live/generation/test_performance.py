"""A model, a plan and a way to choose, joined: whole takes of networks that know nothing, however hot."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from musicgen_live.config.library import model_path
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.bar_tokens import KINDS, VOCABULARY
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import for_file
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key, parse_key
from tests.support.cycles import most_rounds
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bars_bundle, toy_bundle

BARS = toy_bars_bundle()


def notes_of(settings: Settings, seed: int = 1) -> list[Note]:
    bundle = toy_bundle() if settings.steps else BARS
    return [note for step in Composer(Performance.of(settings, bundle, seed)).steps() for note in step.notes]


def test_a_performance_has_its_settings_from_its_plan() -> None:
    requested = Settings(decode="sample", style="baroque")
    performance = Performance.of(requested, BARS, seed=0)
    assert performance.settings == replace(requested, bars=16, meter="3/4", remind=16, variation=0.3)
    shorter = replace(performance.plan, settings=replace(performance.settings, bars=2))
    assert Performance(shorter, BARS, seed=0).settings.bars == 2
    assert performance.settings.bars == 16


@pytest.mark.parametrize("encoding", ["bars", "bars-hands"])
@pytest.mark.parametrize("decode", ["sample", "argmax", "pure-argmax"])
def test_a_model_in_bars_plays_whole_bars_however_hot(decode: str, encoding: str) -> None:
    bundle = toy_bars_bundle(encoding)
    settings = Settings(decode=decode, temperature=20.0, bars=4, velocity=bar_tokens.DEFAULT_VELOCITY, meter="3/4")
    performance = Performance.of(settings, bundle, seed=1)
    # A greedy network that knows nothing may stay in its first bar for ever.
    steps = list(islice(Composer(performance).steps(), 3000))
    tokens = VOCABULARY.decode(step.token_id for step in steps)
    whole = max(i for i, token in enumerate(tokens) if token.startswith("bar ")) or len(tokens)
    written = [*tokens[:whole], "end"]
    if decode == "sample":
        assert [token for token in tokens if KINDS[token] == "bar"] == ["bar 3/4"] * 5
        assert bars.encode(bars.decode(written), hands=encoding == "bars-hands") == written
    heard = sorted(note for step in steps for note in step.notes)
    score = bars.decode(tokens[:whole])
    assert heard == sorted(replace(n, duration_ticks=min(n.end_tick, 4 * 1440) - n.start_tick) for n in score.notes)


@pytest.mark.parametrize(("meter", "bar_ticks"), [("4/4", 1920), ("3/4", 1440), ("6/8", 1440), ("5/16", 600)])
def test_a_take_begins_on_one_and_ends_on_a_bar_line(meter: str, bar_ticks: int) -> None:
    settings = Settings(decode="sample", temperature=5.0, bars=6, meter=meter)
    steps = list(Composer(Performance.of(settings, BARS, seed=2)).steps())
    assert VOCABULARY.tokens[steps[0].token_id] == f"bar {meter}"
    assert (steps[0].until_tick, steps[-1].until_tick) == (0, 6 * bar_ticks)
    notes = [note for step in steps for note in step.notes]
    # Some rang over the end, and were cut there.
    assert max(note.end_tick for note in notes) == 6 * bar_ticks
    assert steps[-1].notes == ()


def test_the_metre_of_the_opening_is_that_of_the_take() -> None:
    performance = Performance.of(Settings(decode="sample", style="baroque"), BARS, seed=0)
    assert performance.settings.time_signature == (3, 4)
    tokens = VOCABULARY.decode(step.token_id for step in Composer(performance).steps())
    assert {token for token in tokens if KINDS[token] == "bar"} == {"bar 3/4"}


HOT = Settings(decode="sample", temperature=5.0, bars=40)


def test_all_limits_hold_in_a_hot_take() -> None:
    settings = HOT.changed(
        {
            "key": "E phrygian",
            "low": "E2",
            "high": "E5",
            "polyphony": 3,
            "max_onsets": 2.0,
            "shortest": "1/16",
            "bars": 120,
        }
    )
    notes = notes_of(settings)
    assert len(notes) > 100
    assert [note for note in notes if note.pitch % 12 not in parse_key("E phrygian").classes] == []
    assert [note for note in notes if not 40 <= note.pitch <= 76] == []
    assert [n for n in notes if sum(o.start_tick <= n.start_tick < o.end_tick for o in notes) > 3] == []
    onsets = {note.start_tick for note in notes}
    assert [at for at in onsets if sum(at <= other < at + 480 for other in onsets) > 2] == []
    assert [note for note in notes if note.start_tick % 120] == []
    end_tick = Performance.of(settings, BARS, 1).settings.bar_ticks * 120
    assert [note for note in notes if note.duration_ticks < 120 and note.end_tick != end_tick] == []


def test_swing_and_chance_leave_polyphony_as_it_is() -> None:
    settings = HOT.changed({"polyphony": 1, "swing": 0.66, "humanize": 30.0, "bars": 300})
    notes = sorted(notes_of(settings))
    assert len(notes) > 100
    assert [a for a, b in pairwise(notes) if a.end_tick > b.start_tick] == []


@pytest.mark.parametrize("prompt", range(5))
def test_argmax_in_bars_never_repeats_a_cycle_a_fourth_time(prompt: int) -> None:
    settings = Settings(decode="argmax", bars=1000, prompt=prompt, key="C major", low="C3", high="C5", polyphony=4)
    steps = list(islice(Composer(Performance.of(settings, BARS, seed=0)).steps(), 200))
    assert len(steps) == 200
    assert most_rounds([step.token_id for step in steps]) <= 3


@pytest.mark.parametrize(("remind", "headers"), [(0, 0), (2, 3), (None, 0), (100, 0)])
def test_the_network_is_told_again_what_was_asked_for(
    remind: int | None, headers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from musicgen_live.model.lstm import CarriedState
    from musicgen_live.model.state import Floats

    read: list[int] = []
    step = CarriedState.step

    def reading(self: CarriedState, token_id: int) -> Floats:
        read.append(token_id)
        return step(self, token_id)

    monkeypatch.setattr(CarriedState, "step", reading)
    settings = Settings(decode="sample", bars=8, style="ragtime", mode="minor", prompt=0, remind=remind)
    list(Composer(Performance.of(settings, BARS, seed=0)).steps())
    tokens = VOCABULARY.decode(read)
    assert tokens[:3] == ["style ragtime", "mode minor", "bar 4/4"]
    again = [i for i, token in enumerate(tokens[1:], start=1) if token == "style ragtime"]
    assert len(again) == headers
    for i in again:
        assert tokens[i : i + 3] == ["style ragtime", "mode minor", "bar 4/4"]
        assert sum(token == "bar 4/4" for token in tokens[:i]) % 2 == 0


def test_the_same_seed_is_the_same_take() -> None:
    takes = [notes_of(HOT.changed({"humanize": 20.0, "style": "ragtime"}), seed) for seed in (5, 5, 6)]
    assert takes[0] == takes[1] != takes[2]


CHORDS = Settings(decode="sample", temperature=5.0, steps=400)


@pytest.mark.parametrize(
    "limits",
    [
        {"key": "C major"},
        {"key": "A minor pentatonic", "low": "C3"},
        {"low": "C3", "high": "C5"},
        {"low": "C6"},
        {"high": "E3"},
        {"polyphony": 1},
        {"polyphony": 2, "key": "F major", "low": "C4"},
    ],
)
def test_limits_hold_for_chords_too(limits: dict[str, Any]) -> None:
    settings = CHORDS.changed(limits)
    notes = notes_of(settings)
    assert len(notes) >= 400
    assert {note.pitch for note in notes} <= set(settings.pitches)
    if "polyphony" in limits:
        at_once = [sum(other.start_tick == note.start_tick for other in notes) for note in notes]
        assert max(at_once) == limits["polyphony"]


def test_where_a_model_has_no_note_for_the_limits_it_says_so() -> None:
    with pytest.raises(SettingsError, match=r"nothing the model classic knows fits key, low, high.*; loosen one"):
        Performance.of(Settings(steps=1, key="F# major pentatonic", low="C#4", high="D#4"), toy_bundle(), seed=0)


def test_a_model_of_another_version_of_the_encoding_says_so() -> None:
    bundle = replace(BARS, vocabulary=Vocabulary(VOCABULARY.tokens[:-1]))
    with pytest.raises(ModelError, match=r"cannot be played: its vocabulary is not that of the encoding 'bars'"):
        Performance.of(Settings(), bundle, seed=1)


CHORDS_IN_BARS = "Dm7 G7 | Cmaj7 | F#7 B7/D#"


def share_in_chords(notes: list[Note], settings: Settings) -> float:
    progression = settings.progression
    assert progression
    inside = 0
    for note in notes:
        bar, at = divmod(note.start_tick, settings.bar_ticks)
        row, number = progression.place(bar, at, settings.bar_ticks)
        chord = progression.bars[row][number]
        assert chord
        inside += note.pitch % 12 in chord.classes
    return inside / len(notes)


# A network that knows nothing has all pitch classes alike: under chords of four notes, a third.
@pytest.mark.parametrize(("strength", "least", "most"), [(0.0, 0.25, 0.45), (10.0, 0.45, 0.95), (100.0, 0.95, 1.0)])
@pytest.mark.parametrize("encoding", ["bars", "bars-hands"])
def test_notes_are_drawn_to_the_chords(encoding: str, strength: float, least: float, most: float) -> None:
    settings = HOT.changed({"chords": CHORDS_IN_BARS, "chord_strength": strength, "meter": "4/4", "bars": 30})
    bundle = toy_bars_bundle(encoding)
    notes = [note for step in Composer(Performance.of(settings, bundle, 3)).steps() for note in step.notes]
    assert len(notes) > 100
    assert least <= share_in_chords(notes, settings) <= most


def test_drawn_notes_are_about_as_many() -> None:
    settings = HOT.changed({"meter": "4/4", "bars": 60, "temperature": 1.0})
    free, drawn = (
        len(notes_of(settings.changed({"chords": chords, "chord_strength": 100.0}))) for chords in (None, "C")
    )
    assert free > 200
    assert drawn == pytest.approx(free, rel=0.2)


@pytest.mark.parametrize("settings", [HOT, Settings(decode="argmax", steps=60), Settings(decode="argmax", bars=3)])
def test_chords_without_strength_change_nothing(settings: Settings) -> None:
    silent = settings.changed({"chords": CHORDS_IN_BARS, "chord_strength": 0.0})
    nowhere = settings.changed({"chords": "N.C.", "chord_strength": 50.0})
    takes = [
        list(islice(Composer(Performance.of(s, toy_bundle() if s.steps else BARS, 4)).steps(), 300))
        for s in (settings, silent, nowhere)
    ]
    assert takes[0] == takes[1] == takes[2]


def test_limits_hold_under_chords_as_well() -> None:
    settings = HOT.changed({"chords": "Dm7 E7", "chord_strength": 100.0, "key": "A minor", "high": "C5"})
    notes = notes_of(settings.changed({"meter": "4/4"}))
    assert len(notes) > 200
    assert share_in_chords(notes, settings) > 0.95
    # The G# of E7 is not in the key.
    assert {note.pitch % 12 for note in notes} <= parse_key("A minor").classes
    assert max(note.pitch for note in notes) <= 72


def test_chords_draw_music_without_bars_too() -> None:
    settings = CHORDS.changed({"chords": "C | Dm", "chord_strength": 100.0, "step": "1/4", "meter": "3/4"})
    notes = notes_of(settings)
    assert len(notes) > 400
    assert share_in_chords(notes, settings) > 0.95
    assert {note.pitch % 12 for note in notes if note.start_tick % 2880 < 1440} == {0, 4, 7}
    assert {note.pitch % 12 for note in notes if note.start_tick % 2880 >= 1440} == {2, 5, 9}


@pytest.mark.parametrize("encoding", ["bars", "bars-hands"])
def test_notes_are_drawn_to_a_key_and_its_triad(encoding: str) -> None:
    settings = HOT.changed({"near_key": "Eb major", "meter": "4/4", "bars": 30})
    bundle = toy_bars_bundle(encoding)
    shares = []
    for strength in (0.0, 10.0, 100.0):
        performance = Performance.of(settings.changed({"key_strength": strength}), bundle, 3)
        notes = [note for step in Composer(performance).steps() for note in step.notes]
        assert len(notes) > 100
        in_scale = [note for note in notes if note.pitch % 12 in {3, 5, 7, 8, 10, 0, 2}]
        in_triad = [note for note in notes if note.pitch % 12 in {3, 7, 10}]
        shares += [len(in_scale) / len(notes), len(in_triad) / len(notes)]
    # A network that knows nothing has all pitch classes alike: 7 of 12, and 3 of 12.
    assert 0.45 < shares[0] < 0.7
    assert 0.15 < shares[1] < 0.35
    assert shares[0] < shares[2] < shares[4]
    assert shares[1] < shares[3] < shares[5]
    assert shares[5] > 0.95


def test_a_key_that_nothing_is_drawn_to_changes_nothing() -> None:
    for settings, others in ((HOT, {"chords": "C | Dm"}), (HOT, {"key": "C major"}), (CHORDS, {"key": "C major"})):
        without = settings.changed(others)
        assert notes_of(without) == notes_of(without.changed({"near_key": "F# minor", "key_strength": 50.0}))


def test_music_without_bars_is_drawn_to_a_key_too() -> None:
    free, drawn = (notes_of(CHORDS.changed({"near_key": "C major", "key_strength": s})) for s in (0.0, 100.0))
    assert {note.pitch % 12 for note in drawn} == {0, 4, 7}
    assert {note.pitch % 12 for note in free} > {0, 4, 7}


def test_a_take_that_goes_on_from_a_file_begins_in_the_bar_after_it(tmp_path: Path) -> None:
    path = str(write_midi(tmp_path / "a.mid", [[Note(0, 240, 60, 80), Note(1300, 240, 64, 80)]], metres=[(0, 3, 4)]))
    settings = HOT.changed({"prompt_midi": path, "bars": 4})
    for bundle in (BARS, toy_bars_bundle("bars-hands")):
        performance = Performance.of(settings, bundle, seed=2)
        steps = list(Composer(performance).steps())
        assert performance.settings.time_signature == (3, 4)
        assert VOCABULARY.tokens[steps[0].token_id] == "bar 3/4"
        assert (steps[0].until_tick, steps[-1].until_tick) == (0, 4 * 1440)
    others = HOT.changed({"bars": 4, "meter": "3/4", "prompt": 0})
    assert notes_of(settings) != notes_of(others)


def in_e_major(folder: Path) -> str:
    """Four bars of melody and broken chords, without a key signature."""
    melody = [(0, 2, 71), (2, 2, 76), (4, 1, 75), (5, 1, 76), (6, 1, 78), (7, 1, 71), (8, 2, 80), (10, 1, 78)]
    melody += [(11, 1, 76), (12, 2, 75), (14, 2, 71), (16, 2, 73), (18, 1, 76), (19, 1, 73), (20, 2, 71), (22, 2, 68)]
    melody += [(24, 1, 69), (25, 1, 71), (26, 1, 69), (27, 1, 66), (28, 2, 68), (30, 2, 64)]
    right = [Note(at * 240, eighths * 240, pitch, 88) for at, eighths, pitch in melody]
    chords = [(52, 59, 56, 59)] * 2 + [(54, 59, 57, 59)] * 2 + [(49, 56, 52, 56)] * 2
    chords += [(47, 54, 57, 51), (40, 52, 56, 59)]
    left = [Note(i * 240, 240, chords[i // 4][i % 4], 72) for i in range(32)]
    return str(write_midi(folder / "e.mid", [right, left], tempos=[(0, 96.0)]))


@pytest.mark.parametrize("preset", ["sonatina", "stream"])
def test_takes_of_the_models_that_ship_stay_in_the_key_of_a_file(preset: str, tmp_path: Path) -> None:
    settings = for_file(load_preset(preset).settings, in_e_major(tmp_path))
    assert (settings.near_key, settings.tempo) == ("E major", 96.0)
    settings = settings.changed({"steps": 60} if preset == "stream" else {"bars": 5})
    bundle = Bundle.load(model_path(settings.model))
    shares: dict[float, list[float]] = {}
    for strength in (0.0, settings.key_strength):
        for seed in range(6):
            performance = Performance.of(replace(settings, key_strength=strength), bundle, seed)
            notes = [note for step in Composer(performance).steps() for note in step.notes]
            in_scale = [note for note in notes if note.pitch % 12 in {4, 6, 8, 9, 11, 1, 3}]
            shares.setdefault(strength, []).append(len(in_scale) / len(notes))
    # There are accidentals, as in all music, but fewer than the network would make.
    assert mean(shares[0.5]) > 0.88
    assert min(shares[0.5]) > 0.7
    assert 1 - mean(shares[0.5]) < 0.8 * (1 - mean(shares[0.0]))


def test_a_take_stays_near_its_key_when_something_else_is_steered(tmp_path: Path) -> None:
    settings = for_file(HOT, in_e_major(tmp_path))
    composer = Composer(Performance.of(settings, BARS, 1))
    composer.compose()
    composer.change(settings.changed({"temperature": 2.0}))
    assert composer.settings.effective_near_key == Key(4, "major")
    bar = composer.compose()
    composer = Composer(Performance.of(settings, BARS, 1))
    composer.compose()
    composer.change(settings.changed({"temperature": 2.0, "key_strength": 0.0}))
    free = composer.compose()
    assert bar is not None
    assert free is not None
    assert bar.notes != free.notes


def test_a_number_of_steps_ends_a_take_in_bars_too() -> None:
    given = Performance.of(Settings(decode="sample", steps=30), toy_bars_bundle(), seed=0)
    assert (given.settings.bars, len(list(Composer(given).steps()))) == (None, 30)
    both = Performance.of(Settings(decode="sample", steps=10_000, bars=2), toy_bars_bundle(), seed=0)
    assert list(Composer(both).steps())[-1].until_tick == 2 * both.settings.bar_ticks
