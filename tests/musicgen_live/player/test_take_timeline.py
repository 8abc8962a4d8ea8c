"""Where in the take the music is, and the tempo map of the take."""

from __future__ import annotations

import random

import pytest

from musicgen_live.player.protocol import TakeTempo
from musicgen_live.player.take_timeline import TakeTempoMap, TakeTimeline

BAR, BEAT = 1920, 480


def test_music_from_bar_1_is_the_take() -> None:
    place = TakeTimeline(BAR)
    place.jump(0)
    assert [place.of(tick) for tick in (-480, 0, 480)] == [-480, 0, 480]


@pytest.mark.parametrize(
    ("reached", "jump_to", "goes_on_at"),
    [
        (0, 4 * BAR, 0),  # the first thing played is bar 5
        (0, 4 * BAR + BEAT, BEAT),  # or its second beat
        (1000, 0, BAR),  # begun again in bar 1
        (BAR, 0, BAR),  # just at its end
        (BAR + 30, 0, BAR),  # a pulse and a half later: a loop
        (BAR + 60, 0, 2 * BAR),  # later than that
        (1100, 8 * BAR + 2 * BEAT, 2 * BEAT + BAR),  # located, with its place in the bar
        (700, 8 * BAR + 2 * BEAT, 2 * BEAT),  # which the take has still to come to
        (1900, 9 * BAR, BAR),
        (5 * BAR + 77, -2 * BAR, 6 * BAR),  # begun again after a count-in
    ],
)
def test_after_a_jump_the_take_goes_on_where_its_bar_has_the_same_place_next(
    reached: int, jump_to: int, goes_on_at: int
) -> None:
    place = TakeTimeline(BAR)
    place.reach(reached)
    place.jump(jump_to)
    assert place.of(max(0, jump_to)) == goes_on_at
    assert (place.of(max(0, jump_to)) - jump_to) % BAR == 0


def test_a_jump_to_where_the_music_is_anyway_changes_nothing() -> None:
    place = TakeTimeline(BAR, music_tick=0, take_tick=7 * BAR)
    place.reach(8 * BAR + 100)
    place.jump(BAR + 120)
    assert place.of(BAR + 120) == 8 * BAR + 120


def tempo_map(beats_s: list[float], tempo: float) -> list[TakeTempo]:
    told: list[TakeTempo] = []
    take_tempo = TakeTempoMap(told.append)
    for beat, at_s in enumerate(beats_s):
        take_tempo.reach(beat * BEAT, at_s, tempo)
    return told


def test_a_steady_tempo_is_one_number() -> None:
    (told,) = tempo_map([10 + beat * 60 / 97.3 for beat in range(40)], 97.3)
    assert (told.take_tick, round(told.tempo, 6)) == (0, 97.3)


def test_a_whole_number_is_taken_where_one_is_near() -> None:
    chance = random.Random(2)
    beats_s = [beat * 0.5 + chance.gauss(0, 0.0005) for beat in range(400)]
    assert tempo_map(beats_s, 120.07) == [TakeTempo(0, 120.0)]


def test_a_jump_is_told_at_the_beat_where_it_was() -> None:
    beats_s = [beat * 0.5 for beat in range(9)] + [4 + beat * 0.6 for beat in range(1, 9)]
    # The clock's loop does not know it yet.
    assert tempo_map(beats_s, 120) == [TakeTempo(0, 120.0), TakeTempo(8 * BEAT, 100.0)]


def test_what_creeps_in_is_told_as_the_mean() -> None:
    # The loop says 120; it is 120.5, so 2.07 ms a beat.
    told = tempo_map([beat * 60 / 121.0 for beat in range(40)], 120.5)
    assert (told[0].take_tick, round(told[0].tempo, 6)) == (0, 120.5)
    assert told[1].tempo == pytest.approx(121, abs=0.6)
    assert abs(told[-1].tempo - 121) <= 0.5


@pytest.mark.parametrize("seed", range(5))
def test_the_beats_of_the_file_stay_where_they_were(seed: int) -> None:
    # A tempo that wanders: no beat of the file is out by more than each tempo's drift, added up.
    chance = random.Random(seed)
    tempo, at_s, beats_s, told = 120.0, 0.0, [0.0], list[TakeTempo]()
    take_tempo = TakeTempoMap(told.append)
    take_tempo.reach(0, 0.0, tempo)
    for beat in range(1, 200):
        tempo = min(200, max(60, tempo + chance.uniform(-3, 3)))
        at_s += 60 / tempo
        beats_s.append(at_s)
        take_tempo.reach(beat * BEAT, at_s, tempo)
    tempos = {was.take_tick // BEAT: was.tempo for was in told}
    file_s, now = 0.0, tempos[0]
    for beat in range(199):
        now = tempos.get(beat, now)
        file_s += 60 / now
    assert file_s == pytest.approx(beats_s[-1], rel=0.005)


def test_a_halt_is_no_slow_beat() -> None:
    told: list[TakeTempo] = []
    take_tempo = TakeTempoMap(told.append)
    for tick, at_s in ((0, 0.0), (480, 0.5)):
        take_tempo.reach(tick, at_s, 120)
    take_tempo.interrupt()
    for tick, at_s in ((1920, 60.0), (2400, 60.5)):
        take_tempo.reach(tick, at_s, 120)
    assert told == [TakeTempo(0, 120.0)]
