"""Taking a reroll back, comparing two continuations, scenes and quantised changes, on the manual clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.config.scenes import load_user_scenes
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.interfaces.events import Granted, Refused, SceneStored, UserMessage
from tests.support.rehearsal import Rehearsal

BAR = 1920
BAR_S = 2.0
"""A bar of 4/4 at 120."""

SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 8})


def played(*script: tuple[float, Change]) -> Rehearsal:
    """Play with changes at times in bars."""
    return Rehearsal(SONATINA, [(bars * BAR_S, change) for bars, change in script], 3)


def bar(rehearsal: Rehearsal, number: int) -> list[tuple[int, int, int]]:
    """Return tick in the bar, pitch and velocity of the notes of a bar, from 1."""
    return [
        (note.start_tick % BAR, note.pitch, note.velocity)
        for note in rehearsal.notes()
        if note.start_tick // BAR == number - 1
    ]


PLAIN = played()
PLAIN_3 = bar(PLAIN, 3)
REROLLED = played((2.5, Change("reroll")))


def test_a_reroll_is_taken_back_before_it_is_heard() -> None:
    undone = played((2.5, Change("reroll")), (2.6, Change("undo")))
    assert bar(REROLLED, 4) != bar(PLAIN, 4)
    assert [bar(undone, number) for number in range(1, 6)] == [bar(PLAIN, number) for number in range(1, 6)]
    assert [(e.name, e.bar) for e in undone.published(Granted) if e.name != "variant"] == [("reroll", 4), ("undo", 4)]


def test_a_reroll_is_taken_back_after_it_is_heard() -> None:
    undone = played((2.5, Change("reroll")), (4.5, Change("undo")))
    assert [bar(undone, number) for number in (4, 5)] == [bar(REROLLED, number) for number in (4, 5)]
    # What was planned before the reroll begins at the next line.
    assert [bar(undone, number) for number in (6, 7)] == [bar(PLAIN, number) for number in (4, 5)]
    assert bar(undone, 8)


def test_in_the_last_bar_it_is_too_late_to_take_a_reroll_back() -> None:
    late = played((2.5, Change("reroll")), (7.5, Change("undo")))
    assert late.published(Refused) == [Refused("undo", "the music comes to its end before the next bar line")]
    assert late.notes() == REROLLED.notes()


def test_two_continuations_are_compared() -> None:
    compared = played((2.5, Change("reroll")), (4.5, Change("variant", "a")), (6.5, Change("variant", "b")))
    assert [bar(compared, number) for number in (6, 7)] == [bar(PLAIN, number) for number in (4, 5)]
    assert bar(compared, 8) == bar(REROLLED, 4)
    assert [(e.value, e.bar) for e in compared.published(Granted) if e.name == "variant"] == [
        ("b", 4),
        ("a", 6),
        ("b", 8),
    ]


NOTHING_TO_UNDO = "there is no reroll to take back; undo is for these alone, and a stored scene brings values back"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change("undo"), NOTHING_TO_UNDO),
        (Change("variant", "b"), "there is no reroll to compare with that was not taken back; reroll first"),
    ],
)
def test_without_a_reroll_nothing_changes(change: Change, reason: str) -> None:
    refused = played((2.5, change))
    assert refused.published(Refused) == [Refused(change.name, reason)]
    assert refused.notes() == PLAIN.notes()


def test_frozen_bars_are_not_taken_back() -> None:
    frozen = played((2.5, Change("reroll")), (4.5, Change("freeze", 1)), (5.5, Change("undo")))
    assert frozen.published(Refused) == [Refused("undo", "bars are frozen; end the freeze first")]
    assert bar(frozen, 6) == bar(frozen, 7) == bar(REROLLED, 5)


def test_frozen_bars_are_not_replaced_by_others() -> None:
    frozen = played((4.5, Change("freeze", 1)), (5.5, Change("reroll")), (6.5, Change("freeze", 0)))
    assert frozen.published(Refused) == [Refused("reroll", "bars are frozen; end the freeze first")]
    assert [event.name for event in frozen.published(Granted)] == ["freeze", "freeze"]


def test_a_reroll_that_comes_with_the_end_of_a_freeze_is_done() -> None:
    thawed = played((4.5, Change("freeze", 1)), (5.5, Change("freeze", 0)), (5.5, Change("reroll")))
    assert thawed.published(Refused) == []
    assert [event.name for event in thawed.published(Granted)] == ["freeze", "freeze", "variant", "reroll"]


def test_changes_wait_for_a_line_of_four_bars() -> None:
    late = played((0.1, Change("quantise", "4 bars")), (1.2, Change("transpose", 12)), (1.3, Change("gate", 50.0)))
    assert [(e.name, e.bar) for e in late.published(Granted)] == [("quantise", 1), ("transpose", 5), ("gate", 5)]
    assert [bar(late, number) for number in range(1, 5)] == [bar(PLAIN, number) for number in range(1, 5)]
    assert bar(late, 5) == [(tick, pitch + 12, velocity) for tick, pitch, velocity in bar(PLAIN, 5)]


@pytest.mark.parametrize(("quantise", "tick"), [("beat", 960), ("now", 600)])
def test_changes_take_effect_within_a_bar(quantise: str, tick: int) -> None:
    early = played((0.1, Change("quantise", quantise)), (1.27, Change("key", "C# major")))
    before = [note for note in PLAIN.notes() if note.start_tick < BAR + tick]
    assert [note for note in early.notes() if note.start_tick < BAR + tick] == before
    pitches = {note.pitch % 12 for note in early.notes() if note.start_tick >= BAR + tick}
    assert pitches <= {0, 1, 3, 5, 6, 8, 10}
    assert any(BAR + tick <= note.start_tick < 2 * BAR for note in early.notes())


def test_a_change_may_name_its_own_line() -> None:
    own = played(
        (0.1, Change("quantise", "4 bars")),
        (1.2, Change("transpose", 12, "bar")),
        (2.2, Change("reroll", quantise="beat")),
        (4.2, Change("gate", 50.0)),
    )
    assert [(e.name, e.bar) for e in own.published(Granted) if e.name not in ("quantise", "variant")] == [
        ("transpose", 3),
        ("reroll", 3),
        ("gate", 9),
    ]
    assert bar(own, 3)[0] == (0, PLAIN_3[0][1] + 12, PLAIN_3[0][2])


def test_changes_of_one_moment_go_to_their_own_lines_in_order() -> None:
    both = played(
        (1.2, Change("transpose", 12, "beat")), (1.2, Change("gate", 50.0)), (1.2, Change("octave", 1, "4 bars"))
    )
    assert [(e.name, e.bar) for e in both.published(Granted)] == [("transpose", 2), ("gate", 3), ("octave", 5)]


def test_no_change_overtakes_one_that_waits() -> None:
    played_ = played(
        (0.1, Change("quantise", "4 bars")), (1.2, Change("key", "C minor")), (1.4, Change("quantise", "bar")),
        (1.5, Change("transpose", 1)),
    )  # fmt: skip
    assert [(e.name, e.bar) for e in played_.published(Granted) if e.name != "quantise"] == [
        ("key", 5),
        ("transpose", 5),
    ]


def test_a_scene_brings_all_values_back_at_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    called = played(
        (0.1, Change("store", "1")),
        (1.3, Change("transpose", 3)),
        (1.3, Change("low", "C6")),
        (1.3, Change("tempo", 150.0)),
        (1.5, Change("mute", True)),
        (3.3, Change("scene", "1")),
    )
    assert called.published(Refused) == []
    assert [event.text for event in called.published(UserMessage)] == ["Scene 1 is stored."]
    granted = {event.name: (event.value, event.bar) for event in called.published(Granted)}
    line = granted["scene"][1]
    assert {name: granted[name] for name in ("transpose", "low", "tempo", "mute")} == {
        "transpose": (0, line), "low": (None, line), "tempo": (120.0, line), "mute": (False, line),
    }  # fmt: skip
    assert not any(bar(called, number) for number in range(3, line))
    assert bar(called, line)
    assert load_user_scenes()["1"]["tempo"] == 120.0
    assert called.published(SceneStored) == [SceneStored("1")]


def test_a_scene_that_is_not_stored_is_refused() -> None:
    refused = played((1.2, Change("scene", "7")))
    assert refused.published(Refused) == [
        Refused("scene", "there is no scene '7'; none is stored yet; store one first")
    ]
    assert refused.notes() == PLAIN.notes()
