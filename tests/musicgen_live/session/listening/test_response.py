"""The properties of a phrase that its answer has too."""

from __future__ import annotations

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key
from musicgen_live.session.listening.response import Loudness, Response, response_to

BAR = 1920
D_MAJOR = (62, 66, 69, 74, 73, 69, 66, 64, 62)
PHRASE = tuple(Note(480 * i, 480, pitch, 30 + i) for i, pitch in enumerate(D_MAJOR))
RESPONSE = Response(Key(2, "major"), 62, 74, 34.0)


def test_a_phrase_has_a_key_a_range_and_a_loudness() -> None:
    assert response_to(PHRASE, BAR, None) == RESPONSE


def test_the_latest_eight_bars_of_a_long_phrase_count() -> None:
    early = (Note(0, 480, 24, 127), *(Note(note.start_tick + 7 * BAR, 480, note.pitch, 30) for note in PHRASE))
    assert response_to(early, BAR, None) == Response(Key(2, "major"), 62, 74, 30.0)


def test_a_phrase_that_leaves_its_key_open_has_the_one_before() -> None:
    assert response_to(PHRASE[:1], BAR, RESPONSE) == Response(Key(2, "major"), 62, 62, 30.0)
    assert response_to(PHRASE[:1], BAR, None) == Response(None, 62, 62, 30.0)
    assert response_to((), BAR, RESPONSE) == RESPONSE


@pytest.mark.parametrize(
    ("freedom", "low", "high", "strength"),
    # An octave around 62 to 74, and three octaves at most; on every fourth pitch.
    [(0.0, "E3", "C6", 2.0), (0.25, "E3", "C6", 1.5), (0.5, "E3", "C6", 1.0), (0.75, "E2", "C7", 0.5)],
)
def test_the_settings_are_drawn_to_the_phrase(freedom: float, low: str, high: str, strength: float) -> None:
    settings = RESPONSE.settings(Settings(), freedom)
    assert (settings.low, settings.high, settings.near_key, settings.key_strength) == (low, high, "D major", strength)


def test_free_settings_and_those_of_the_user_stay() -> None:
    assert RESPONSE.settings(Settings(), 1.0) == Settings()
    own = Settings(low="C1", high="C2", near_key="F minor")
    assert RESPONSE.settings(own, 0.0) == own
    # A range that would leave no note of a key.
    narrow = Settings(high="C1", key="C major")
    assert RESPONSE.settings(narrow, 0.0).low is None


@pytest.mark.parametrize(
    ("freedom", "shifts"), [(0.0, [-40, -35]), (0.5, [-40, -35]), (0.75, [-20, -18]), (1.0, [0, 0])]
)
def test_the_mean_velocity_is_that_of_the_phrase(freedom: float, shifts: list[int]) -> None:
    loudness = Loudness(40.0, freedom)
    bars = [[Note(BAR, 480, 60, 70), Note(BAR, 480, 64, 90)], [Note(2 * BAR, 480, 60, 60), Note(2 * BAR, 480, 60, 80)]]
    loudness.add(BAR, bars[0])
    loudness.add(2 * BAR, bars[1])
    sent = loudness([Note(0, 480, 60, 80), *bars[0], *bars[1]])
    assert [note.velocity for note in sent] == [
        80,
        70 + shifts[0],
        90 + shifts[0],
        60 + shifts[1],
        80 + shifts[1],
    ]


def test_a_bar_that_is_composed_again_counts_once_and_velocities_stay_in_range() -> None:
    loudness = Loudness(120.0, 0.0)
    for velocity in (20, 60):
        loudness.add(BAR, [Note(BAR, 480, 60, velocity)])
    assert [note.velocity for note in loudness([Note(BAR, 480, 60, 60), Note(BAR, 480, 60, 100)])] == [120, 127]
