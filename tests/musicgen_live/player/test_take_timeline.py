"""The map from the music to the take, and the take's tempo map."""

from __future__ import annotations

import random

import pytest

from musicgen_live.player.reports import TakeTempo
from musicgen_live.player.take_timeline import TakeTempoMap, TakeTimeline

BAR, BEAT = 1920, 480


def test_music_from_bar_1_is_the_take() -> None:
    timeline = TakeTimeline(BAR)
    timeline.jump(0)
    assert [timeline.of(tick) for tick in (-480, 0, 480)] == [-480, 0, 480]


@pytest.mark.parametrize(
    ("reached", "jump_to", "continues_at"),
    [
        (0, 4 * BAR, 0),  # the music begins in bar 5
        (0, 4 * BAR + BEAT, BEAT),  # or on its second beat
        (1000, 0, BAR),  # started again in bar 1
        (BAR, 0, BAR),  # exactly at its end
        (BAR + 30, 0, BAR),  # a pulse and a half later: a loop
        (BAR + 60, 0, 2 * BAR),  # later than that
        (1100, 8 * BAR + 2 * BEAT, 2 * BEAT + BAR),  # located, in the next bar at the same position
        (700, 8 * BAR + 2 * BEAT, 2 * BEAT),  # which the take has not reached yet
        (1900, 9 * BAR, BAR),
        (5 * BAR + 77, -2 * BAR, 6 * BAR),  # started again after a count-in
    ],
)
def test_after_a_jump_the_take_keeps_the_position_in_the_bar(reached: int, jump_to: int, continues_at: int) -> None:
    timeline = TakeTimeline(BAR)
    timeline.reach(reached)
    timeline.jump(jump_to)
    assert timeline.of(max(0, jump_to)) == continues_at
    assert (timeline.of(max(0, jump_to)) - jump_to) % BAR == 0


def test_a_jump_to_the_present_position_changes_nothing() -> None:
    timeline = TakeTimeline(BAR, music_tick=0, take_tick=7 * BAR)
    timeline.reach(8 * BAR + 100)
    timeline.jump(BAR + 120)
    assert timeline.of(BAR + 120) == 8 * BAR + 120


def tempo_map(beats_s: list[float], tempo: float) -> list[TakeTempo]:
    reports: list[TakeTempo] = []
    take_tempo = TakeTempoMap(reports.append)
    for beat, at_s in enumerate(beats_s):
        take_tempo.reach(beat * BEAT, at_s, tempo)
    return reports


def test_a_steady_tempo_is_one_number() -> None:
    (report,) = tempo_map([10 + beat * 60 / 97.3 for beat in range(40)], 97.3)
    assert (report.take_tick, round(report.tempo, 6)) == (0, 97.3)


def test_a_tempo_near_a_whole_number_is_rounded() -> None:
    rng = random.Random(2)
    beats_s = [beat * 0.5 + rng.gauss(0, 0.0005) for beat in range(400)]
    assert tempo_map(beats_s, 120.07) == [TakeTempo(0, 120.0)]


def test_a_tempo_jump_is_reported_at_its_beat() -> None:
    beats_s = [beat * 0.5 for beat in range(9)] + [4 + beat * 0.6 for beat in range(1, 9)]
    # The clock's filter has not followed yet.
    assert tempo_map(beats_s, 120) == [TakeTempo(0, 120.0), TakeTempo(8 * BEAT, 100.0)]


def test_a_creeping_deviation_is_reported_as_the_mean() -> None:
    # The filter reports 120.5 BPM; the beats are at 121 BPM, 2.06 ms per beat shorter.
    reports = tempo_map([beat * 60 / 121.0 for beat in range(40)], 120.5)
    assert (reports[0].take_tick, round(reports[0].tempo, 6)) == (0, 120.5)
    assert reports[1].tempo == pytest.approx(121, abs=0.6)
    assert abs(reports[-1].tempo - 121) <= 0.5


@pytest.mark.parametrize("seed", range(5))
def test_the_beats_of_the_file_stay_where_they_were(seed: int) -> None:
    # A wandering tempo: the deviation of the file's beats is at most the sum of the drifts.
    rng = random.Random(seed)
    tempo, at_s, beats_s, reports = 120.0, 0.0, [0.0], list[TakeTempo]()
    take_tempo = TakeTempoMap(reports.append)
    take_tempo.reach(0, 0.0, tempo)
    for beat in range(1, 200):
        tempo = min(200, max(60, tempo + rng.uniform(-3, 3)))
        at_s += 60 / tempo
        beats_s.append(at_s)
        take_tempo.reach(beat * BEAT, at_s, tempo)
    tempos = {report.take_tick // BEAT: report.tempo for report in reports}
    file_s, now = 0.0, tempos[0]
    for beat in range(199):
        now = tempos.get(beat, now)
        file_s += 60 / now
    assert file_s == pytest.approx(beats_s[-1], rel=0.005)


def test_a_stop_is_no_slow_beat() -> None:
    reports: list[TakeTempo] = []
    take_tempo = TakeTempoMap(reports.append)
    for tick, at_s in ((0, 0.0), (480, 0.5)):
        take_tempo.reach(tick, at_s, 120)
    take_tempo.interrupt()
    for tick, at_s in ((1920, 60.0), (2400, 60.5)):
        take_tempo.reach(tick, at_s, 120)
    assert reports == [TakeTempo(0, 120.0)]
