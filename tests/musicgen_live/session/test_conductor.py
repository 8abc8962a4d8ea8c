"""Changing a take on the manual clock: changes take effect at the next bar line, and no note hangs."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.plan import for_file
from musicgen_live.interfaces.events import BarBegan, Changed, Granted, Refused
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from tests.support.light import light_performance
from tests.support.midi_writing import write_midi
from tests.support.random_scripts import random_change
from tests.support.rehearsal import Rehearsal, ShippedRehearsal

BAR_S = 2.0
"""A bar of 4/4 at 120."""

SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 8})


def played(settings: Settings, *script: tuple[float, Change], seed: int = 3) -> Rehearsal:
    return Rehearsal(settings, script, seed)


PLAIN = played(SONATINA)


def test_without_changes_it_plays_the_performance() -> None:
    steps = Composer(light_performance(SONATINA, 3)).steps()
    expected = sorted((n.start_tick, n.pitch, n.velocity) for step in steps for n in step.notes)
    assert [(n.start_tick, n.pitch, n.velocity) for n in PLAIN.notes()] == expected
    assert [event.bar for event in PLAIN.published(BarBegan)] == list(range(1, 9))


def test_a_change_takes_effect_at_the_next_bar_line() -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("key", "C minor")))
    line = 3 * 1920
    assert [n for n in steered.notes() if n.end_tick < line] == [n for n in PLAIN.notes() if n.end_tick < line]
    assert {n.pitch % 12 for n in steered.notes() if n.start_tick >= line} <= {0, 2, 3, 5, 7, 8, 10}
    assert steered.published(Granted) == [Granted("key", "C minor", 4)]
    assert steered.published(Changed) == [Changed("key", "C minor", 4)]
    expected = [Granted("key", "C minor", 4), BarBegan(4), Changed("key", "C minor", 4)]
    assert [event for event in steered.events if event in expected] == expected
    assert max(n.start_tick for n in steered.notes()) >= 7 * 1920


def test_transpose_and_octave_move_the_same_music() -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("transpose", 3)), (4.5 * BAR_S, Change("octave", -1)))
    moved = [
        (n.start_tick, n.pitch + (0 if n.start_tick < 3 * 1920 else 3 if n.start_tick < 5 * 1920 else -9), n.velocity)
        for n in PLAIN.notes()
    ]
    assert [(n.start_tick, n.pitch, n.velocity) for n in steered.notes()] == sorted(moved)


def test_mute_acts_at_once_and_the_music_continues() -> None:
    steered = played(SONATINA, (2.55 * BAR_S, Change("mute", True)), (4.55 * BAR_S, Change("mute", False)))
    from_tick, until_tick = 2.55 * 1920, 4.55 * 1920
    expected = [n for n in PLAIN.notes() if not from_tick < n.start_tick < until_tick]
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in expected]
    assert not any(n.start_tick < from_tick < n.end_tick - 1 for n in steered.notes())
    assert [(e.value, e.bar) for e in steered.published(Changed) if e.name == "mute"] == [(True, 3), (False, 5)]


def test_mute_waits_for_the_bar_line_if_asked_so() -> None:
    steered = played(
        SONATINA,
        (0.1, Change("mute-at", "bar")),
        (2.5 * BAR_S, Change("mute", True)),
        (4.5 * BAR_S, Change("mute", False)),
    )
    expected = [n for n in PLAIN.notes() if not 3 * 1920 <= n.start_tick < 5 * 1920]
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in expected]
    assert [(e.value, e.bar) for e in steered.published(Changed) if e.name == "mute"] == [(True, 4), (False, 6)]


def test_a_pause_changes_nothing_but_the_moments() -> None:
    steered = played(SONATINA, (2.55 * BAR_S, Change("pause", True)), (9.5 * BAR_S, Change("pause", False)))
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in PLAIN.notes()]
    positions = [(event.tick, round(event.at_s, 3), event.runs) for event in steered.published(Position)]
    assert positions == [(0, 0.0, True), (4896, 5.1, False), (4896, 19.0, True)]


def test_a_change_in_a_pause_takes_effect_at_the_next_bar_line() -> None:
    pause, go_on = (2.55 * BAR_S, Change("pause", True)), (9.5 * BAR_S, Change("pause", False))
    steered = played(SONATINA, pause, (10.0, Change("octave", 2)), go_on)
    moved = [(n.start_tick, n.pitch + (24 if n.start_tick >= 3 * 1920 else 0)) for n in PLAIN.notes()]
    assert sorted((n.start_tick, n.pitch) for n in steered.notes()) == sorted(moved)


def test_freeze_repeats_the_latest_bars_until_it_ends() -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("freeze", 2)), (6.5 * BAR_S, Change("freeze", 0)))
    bars = [
        [(n.start_tick % 1920, n.pitch) for n in steered.notes() if n.start_tick // 1920 == bar] for bar in range(8)
    ]
    assert bars[1:3] == bars[3:5] == bars[5:7]
    assert bars[7] not in bars[:7]


def test_a_take_frozen_to_the_end_still_ends() -> None:
    steered = played(SONATINA, (0.5 * BAR_S, Change("freeze", 4)))
    bars = [
        [(n.start_tick % 1920, n.pitch) for n in steered.notes() if n.start_tick // 1920 == bar] for bar in range(9)
    ]
    assert bars == [bars[0]] * 8 + [[]]


def test_reroll_gives_other_but_repeatable_music() -> None:
    script = (2.5 * BAR_S, Change("reroll"))
    once, again = played(SONATINA, script).notes(), played(SONATINA, script).notes()
    assert once == again
    assert [n for n in once if n.end_tick < 5760] == [n for n in PLAIN.notes() if n.end_tick < 5760]
    assert [n for n in once if n.start_tick >= 5760] != [n for n in PLAIN.notes() if n.start_tick >= 5760]


def test_restart_begins_the_same_music_again() -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("restart"))).notes()
    # The network knows how near the end is: so begins a take of the five bars that are left.
    first = [(n.start_tick, n.pitch) for n in played(SONATINA.changed({"bars": 5})).notes() if n.start_tick < 1920]
    assert [(n.start_tick - 5760, n.pitch) for n in steered if 5760 <= n.start_tick < 7680] == first


def test_a_restart_from_a_file_goes_on_as_a_take_from_it_begins(tmp_path: Path) -> None:
    scale = [Note(480 * number, 480, pitch, 80) for number, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72) * 2)]
    path = str(write_midi(tmp_path / "song.mid", [scale]))
    steered = played(SONATINA, (2.5 * BAR_S, Change("restart", path)))
    assert steered.published(Refused) == []
    # The network knows how near the end is: so begins a take of the five bars that are left.
    from_file = replace(for_file(SONATINA, path), meter=SONATINA.meter, bars=5)
    first = [(n.start_tick, n.pitch) for n in played(from_file).notes() if n.start_tick < 1920]
    assert [(n.start_tick - 5760, n.pitch) for n in steered.notes() if 5760 <= n.start_tick < 7680] == first


def test_a_restart_from_a_file_that_is_gone_leaves_the_music_as_it_is(tmp_path: Path) -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("restart", str(tmp_path / "gone.mid"))))
    assert [refused.name for refused in steered.published(Refused)] == ["restart"]
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in PLAIN.notes()]


def test_the_tempo_changes_at_the_next_beat() -> None:
    steered = played(SONATINA, (2.6, Change("tempo", 60.0)))
    assert [(p.tick, p.at_s, p.tempo) for p in steered.published(Position)] == [(0, 0.0, 120.0), (2880, 3.0, 60.0)]
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in PLAIN.notes()]
    assert steered.now_s() == pytest.approx(3.0 + (8 * 4 - 6) * 1.0)


def test_the_channel_changes_at_once_without_hanging_notes() -> None:
    steered = played(SONATINA, (3.1, Change("channel", 5)))
    channels = [message[0] & 0x0F for _, message in steered.output.messages if message[0] & 0xF0 == 0x90]
    assert channels == sorted(channels)
    assert set(channels) == {0, 4}
    assert len(steered.notes()) == len(PLAIN.notes())


def test_a_preset_keeps_the_time_signature_and_the_length() -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("preset", "sparse-motif")))
    changed = {event.name: event.value for event in steered.published(Changed)}
    assert changed["preset"] == "sparse-motif"
    assert changed["key"] == "D dorian"
    assert {event.bar for event in steered.published(Changed)} == {4}
    assert {n.pitch % 12 for n in steered.notes() if n.start_tick >= 5760} <= {2, 4, 5, 7, 9, 11, 0}
    assert 7 * 1920 <= max(n.start_tick for n in steered.notes()) < 8 * 1920


@pytest.mark.parametrize("model", ["stream", "classic"])
def test_another_model_continues_without_a_gap(model: str) -> None:
    changes = ((2.5 * BAR_S, Change("model", model)), (4.5 * BAR_S, Change("model", "piano")))
    steered = ShippedRehearsal(SONATINA, changes, 3)
    assert steered.published(Refused) == []
    starts = [n.start_tick for n in steered.notes()]
    assert max(later - earlier for earlier, later in pairwise(starts)) <= 960


def test_impossible_changes_are_refused_with_a_reason() -> None:
    changes = (Change("model", "nobody"), Change("style", "ragtime-no"), Change("low", "C9"), Change("nothing", 1))
    steered = played(SONATINA, *((2.5 * BAR_S, change) for change in changes), (2.6 * BAR_S, Change("high", "C1")))
    assert {event.name for event in steered.published(Refused)} >= {"model", "style", "nothing"}
    assert all(event.reason for event in steered.published(Refused))


def test_the_last_of_many_changes_at_once_holds() -> None:
    changes = [Change("temperature", 0.5 + i / 100) for i in range(50)]
    steered = played(SONATINA, *((2.2 * BAR_S, change) for change in changes))
    assert steered.published(Changed) == [Changed("temperature", 0.99, 4)]
    assert steered.session.values["temperature"] == 0.99


def test_ten_thousand_random_changes_leave_no_hanging_note() -> None:
    rng = random.Random(11)
    script, at_s = [], 0.0
    for i in range(10_000):
        if i % 40 == 0:
            at_s += rng.choice([0.01, 0.5, 2.0])
        script.append((at_s, random_change(rng)))
    steered = Rehearsal(SONATINA.changed({"bars": 400}), script, 3)
    notes = steered.notes()
    assert len(notes) > 500
    assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 for n in notes)
    assert steered.changes_agree()
    assert len(steered.published(Changed)) > 500
    assert max(event.bar for event in steered.published(BarBegan)) == 400


def test_the_later_change_for_a_bar_line_replaces_the_earlier() -> None:
    steered = Rehearsal(SONATINA, [(4.1, Change("velocity", 20)), (4.6, Change("velocity", 100))], 3)
    assert steered.published(Granted) == [Granted("velocity", 20, 4), Granted("velocity", 100, 4)]
    assert steered.published(Changed) == [Changed("velocity", 100, 4)]


def test_a_refused_change_leaves_others_of_its_moment_alone() -> None:
    changes = [(4.1, Change("temperature", 0.5)), (4.1, Change("style", "jazz")), (4.1, Change("velocity", 33))]
    steered = Rehearsal(SONATINA, changes, 3)
    assert [event.name for event in steered.published(Refused)] == ["style"]
    assert steered.published(Changed) == [Changed("temperature", 0.5, 4), Changed("velocity", 33, 4)]


def test_changes_apply_in_the_order_of_the_requests() -> None:
    changes = [
        (4.1, Change("temperature", 0.5)),
        (4.1, Change("preset", "nocturne")),
        (4.1, Change("temperature", 0.9)),
    ]
    steered = Rehearsal(SONATINA, changes, 3)
    assert steered.session.values["temperature"] == 0.9
    assert steered.session.values["style"] == "chopin"


def test_a_tempo_requested_after_a_preset_holds() -> None:
    steered = Rehearsal(SONATINA, [(4.1, Change("preset", "nocturne")), (4.1, Change("tempo", 90.0))], 3)
    assert steered.session.values["tempo"] == 90
    assert [(place.tick, place.tempo) for place in steered.published(Position)][1:] == [(3 * 1920, 90)]


def test_a_restart_ends_a_freeze() -> None:
    steered = played(SONATINA, (2.5 * BAR_S, Change("freeze", 1)), (4.5 * BAR_S, Change("restart")))
    assert steered.published(Changed) == [Changed("freeze", 1, 4), Changed("freeze", 0, 6), Changed("restart", None, 6)]
    bars = [[(n.start_tick % 1920, n.pitch) for n in steered.notes() if n.start_tick // 1920 == i] for i in range(8)]
    assert bars[2] == bars[3] == bars[4] != bars[5]
