"""Whole takes of untrained networks, at any temperature, under all limits."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.bar_tokens import KINDS, VOCABULARY
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.density_bias import DensityBias
from musicgen_live.generation.line_bias import ClashBias, RepetitionBias
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.register_bias import RegisterBias
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import parse_key
from tests.support.composers import BARS, FREE, FREE_STEPS, STEPS, notes_of, read_by
from tests.support.cycles import most_rounds
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bars_bundle, toy_bundle


def test_a_performance_has_its_settings_from_its_plan() -> None:
    requested = Settings(decode="sample", style="baroque")
    performance = Performance.of(requested, BARS, seed=0)
    filled = {"bars": 16, "meter": "3/4", "remind": 8, "variation": 0.3, "dissonance": 0.85, "repetition": 0.3}
    assert performance.settings == requested.changed(filled)
    shorter = replace(performance.plan, settings=replace(performance.settings, bars=2))
    assert Performance(shorter, BARS, seed=0).settings.bars == 2
    assert performance.settings.bars == 16


def test_draws_in_bars_alone_are_shaped() -> None:
    shaping = Performance.of(Settings(decode="sample", density="dense"), BARS, seed=0).shaping()
    assert [type(bias) for bias in shaping] == [DensityBias, ClashBias, RepetitionBias, RegisterBias]
    plain = Performance.of(Settings(decode="sample", dissonance=1, repetition=1), BARS, seed=0).shaping()
    assert [type(bias) for bias in plain] == [RegisterBias]
    for settings, bundle in ((Settings(decode="argmax", density="dense"), BARS), (Settings(decode="sample"), STEPS)):
        assert Performance.of(settings, bundle, seed=0).shaping() == ()


@pytest.mark.parametrize("encoding", ["bars", "bars-hands"])
@pytest.mark.parametrize("decode", ["sample", "argmax", "pure-argmax"])
def test_a_model_in_bars_plays_whole_bars_at_any_temperature(decode: str, encoding: str) -> None:
    bundle = toy_bars_bundle(encoding)
    settings = Settings(decode=decode, temperature=20.0, bars=4, velocity=bar_tokens.DEFAULT_VELOCITY, meter="3/4")
    performance = Performance.of(settings, bundle, seed=1)
    # An untrained network with a greedy sampler may stay in its first bar for ever.
    steps = list(islice(Composer(performance).steps(), 3000))
    tokens = VOCABULARY.decode(step.token_id for step in steps)
    whole = max(i for i, token in enumerate(tokens) if token.startswith("bar ")) or len(tokens)
    written = [*tokens[:whole], "end"]
    if decode == "sample":
        assert [token for token in tokens if KINDS[token] == "bar"] == ["bar 3/4"] * 5
        assert bars.encode(bars.decode(written), hands=encoding == "bars-hands") == written
    played = sorted(note for step in steps for note in step.notes)
    score = bars.decode(tokens[:whole])
    assert played == sorted(replace(n, duration_ticks=min(n.end_tick, 4 * 1440) - n.start_tick) for n in score.notes)


@pytest.mark.parametrize(("meter", "bar_ticks"), [("4/4", 1920), ("3/4", 1440), ("6/8", 1440), ("5/16", 600)])
def test_a_take_begins_and_ends_on_bar_lines(meter: str, bar_ticks: int) -> None:
    settings = Settings(decode="sample", temperature=5.0, bars=6, meter=meter)
    steps = list(Composer(Performance.of(settings, BARS, seed=2)).steps())
    assert VOCABULARY.tokens[steps[0].token_id] == f"bar {meter}"
    assert (steps[0].until_tick, steps[-1].until_tick) == (0, 6 * bar_ticks)
    notes = [note for step in steps for note in step.notes]
    # The last notes were cut at the end.
    assert max(note.end_tick for note in notes) == 6 * bar_ticks
    assert steps[-1].notes == ()


def test_a_take_has_the_time_signature_of_its_prompt() -> None:
    performance = Performance.of(Settings(decode="sample", style="baroque"), BARS, seed=0)
    assert performance.settings.time_signature == (3, 4)
    tokens = VOCABULARY.decode(step.token_id for step in Composer(performance).steps())
    assert {token for token in tokens if KINDS[token] == "bar"} == {"bar 3/4"}


def test_all_limits_hold_at_a_high_temperature() -> None:
    settings = FREE.changed(
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


def test_swing_and_humanizing_keep_the_polyphony() -> None:
    settings = FREE.changed({"polyphony": 1, "swing": 0.66, "humanize": 30.0, "bars": 300})
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
def test_the_network_reads_the_requested_header_again(
    remind: int | None, headers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(decode="sample", bars=8, style="ragtime", key="A minor", prompt=0, remind=remind, loop=True)
    performance = Performance.of(settings, BARS, seed=0)
    tokens = read_by(lambda: list(Composer(performance).steps()), monkeypatch)
    assert tokens[:3] == ["style ragtime", "key A minor", "bar 4/4"]
    again = [i for i, token in enumerate(tokens[1:], start=1) if token == "style ragtime"]
    assert len(again) == headers
    for i in again:
        assert tokens[i : i + 3] == ["style ragtime", "key A minor", "bar 4/4"]
        assert sum(token == "bar 4/4" for token in tokens[:i]) % 2 == 0


def test_the_same_seed_is_the_same_take() -> None:
    takes = [notes_of(FREE.changed({"humanize": 20.0, "style": "ragtime"}), seed) for seed in (5, 5, 6)]
    assert takes[0] == takes[1] != takes[2]


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
    settings = FREE_STEPS.changed(limits)
    notes = notes_of(settings)
    assert len(notes) >= 400
    assert {note.pitch for note in notes} <= set(settings.pitches)
    if "polyphony" in limits:
        at_once = [sum(other.start_tick == note.start_tick for other in notes) for note in notes]
        assert max(at_once) == limits["polyphony"]


def test_limits_that_leave_a_model_no_note_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"nothing the model classic knows fits key, low, high.*; loosen one"):
        Performance.of(Settings(steps=1, key="F# major pentatonic", low="C#4", high="D#4"), toy_bundle(), seed=0)


def test_a_model_of_another_version_of_the_encoding_is_refused() -> None:
    bundle = replace(BARS, vocabulary=Vocabulary(VOCABULARY.tokens[:-1]))
    with pytest.raises(ModelError, match=r"cannot be played: its vocabulary is not that of the encoding 'bars'"):
        Performance.of(Settings(), bundle, seed=1)


def test_a_take_with_a_file_as_prompt_begins_in_the_next_bar(tmp_path: Path) -> None:
    path = str(
        write_midi(tmp_path / "a.mid", [[Note(0, 240, 60, 80), Note(1300, 240, 64, 80)]], time_signatures=[(0, 3, 4)])
    )
    settings = FREE.changed({"prompt_midi": path, "bars": 4})
    for bundle in (BARS, toy_bars_bundle("bars-hands")):
        performance = Performance.of(settings, bundle, seed=2)
        steps = list(Composer(performance).steps())
        assert performance.settings.time_signature == (3, 4)
        assert VOCABULARY.tokens[steps[0].token_id] == "bar 3/4"
        assert (steps[0].until_tick, steps[-1].until_tick) == (0, 4 * 1440)
    others = FREE.changed({"bars": 4, "meter": "3/4", "prompt": 0})
    assert notes_of(settings) != notes_of(others)


def test_a_number_of_steps_ends_a_take_in_bars_too() -> None:
    counted = Performance.of(Settings(decode="sample", steps=30), toy_bars_bundle(), seed=0)
    assert (counted.settings.bars, len(list(Composer(counted).steps()))) == (None, 30)
    both = Performance.of(Settings(decode="sample", steps=10_000, bars=2), toy_bars_bundle(), seed=0)
    assert list(Composer(both).steps())[-1].until_tick == 2 * both.settings.bar_ticks
