"""Another time signature together with other changes: all of them or none, and none before one that waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.interfaces.events import Granted, MeterChanged, Refused
from musicgen_live.player.reports import TakeMeter
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.rehearsal import Rehearsal

SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 6})
TO_WALTZ = Change("meter", "3/4")
IMPOSSIBLE = Change("meter", "31/32")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))


def played(*script: tuple[float, Change], bars: int = 6) -> Rehearsal:
    """Play bars with changes at times in seconds."""
    return Rehearsal(SONATINA.changed({"bars": bars}), script, 3)


def granted(rehearsal: Rehearsal) -> list[tuple[str, object, int]]:
    return [(event.name, event.value, event.bar) for event in rehearsal.published(Granted)]


def reasons(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    return [(event.name, event.reason.partition(";")[0]) for event in rehearsal.published(Refused)]


# --- all or none ----------------------------------------------------------------------------------------------------


def test_a_scene_that_comes_too_near_the_end_changes_nothing() -> None:
    # Bar 6 of 3/4 begins at 8 s.
    refused = played((0.2, Change("store", "1")), (0.5, TO_WALTZ), (2.5, Change("transpose", 12)), (8.5, scene("1")))
    assert granted(refused) == [("meter", "3/4", 2), ("transpose", 12, 3)]
    assert reasons(refused) == [("scene", "the music comes to its end before")]
    assert refused.session.values["transpose"] == 12


def scene(name: str, quantise: str | None = None) -> Change:
    return Change("scene", name, quantise)


def test_a_reroll_is_done_once_beside_an_impossible_time_signature() -> None:
    both = played((2.5, Change("reroll")), (2.5, IMPOSSIBLE))
    assert [(name, bar) for name, _, bar in granted(both) if name == "reroll"] == [("reroll", 3)]
    assert [name for name, _ in reasons(both)] == ["meter"]
    assert both.notes() == played((2.5, Change("reroll"))).notes()


def test_a_scene_brings_a_model_that_cannot_have_the_time_signature_before() -> None:
    called = played(
        (0.2, Change("store", "1")),
        (0.5, Change("model", "classic")),
        (2.5, Change("meter", "31/32")),
        (4.5, scene("1")),
        bars=8,
    )
    assert reasons(called) == []
    assert [entry for entry in granted(called) if entry[0] in ("model", "meter", "scene")] == [
        ("model", "classic", 2), ("meter", "31/32", 3), ("model", "piano", 4), ("scene", "1", 4), ("meter", "4/4", 4),
    ]  # fmt: skip
    assert called.session.values["meter"] == "4/4"


def test_a_take_ends_after_its_bars_of_any_time_signature() -> None:
    # Bar 2 of 4/4, bars 3 and 4 of 2/4, the last two of 3/4.
    changed = played((2.5, Change("meter", "2/4")), (5.2, TO_WALTZ))
    assert [(event.tick, event.bar) for event in changed.published(MeterChanged)] == [(3840, 3), (5760, 5)]
    end_tick = 5760 + 2 * 1440
    assert end_tick - 1440 <= max(note.start_tick for note in changed.notes()) < end_tick


def test_an_end_keeps_its_bars_in_another_time_signature() -> None:
    # The close of four bars begins with bar 3; bars 4, 5 and 6 are of 3/4.
    ended = played((2.5, Change("end")), (4.5, TO_WALTZ), bars=64)
    assert granted(ended) == [("end", None, 3), ("meter", "3/4", 4)]
    end_tick = 3 * 1920 + 3 * 1440
    assert end_tick - 1440 <= max(note.start_tick for note in ended.notes()) < end_tick


# --- lines ----------------------------------------------------------------------------------------------------------


def test_no_time_signature_comes_before_a_change_that_waits() -> None:
    waits = Change("temperature", 0.5, "4 bars")
    assert granted(played((0.5, waits), (0.9, TO_WALTZ), bars=8)) == [("temperature", 0.5, 5), ("meter", "3/4", 5)]


def test_a_scene_with_another_time_signature_waits_for_its_line() -> None:
    called = played((0.2, Change("store", "1")), (0.5, TO_WALTZ), (2.5, scene("1", "4 bars")), bars=10)
    assert granted(called) == [("meter", "3/4", 2), ("scene", "1", 5), ("meter", "4/4", 5)]


@pytest.mark.parametrize(("quantise", "bar"), [("now", 2), ("beat", 2), ("bar", 2), ("4 bars", 5)])
def test_a_time_signature_begins_on_the_bar_line_that_its_change_names(quantise: str, bar: int) -> None:
    assert granted(played((0.5, Change("meter", "3/4", quantise)))) == [("meter", "3/4", bar)]


def test_every_fourth_bar_is_counted_through_time_signatures() -> None:
    script = [(0.5, TO_WALTZ), (2.5, Change("meter", "2/4")), (4.9, Change("transpose", 5, "4 bars"))]
    # Bar 2 of 3/4 from 2 s on, from bar 3 at 3.5 s bars of 2/4: bar 5 begins at 5.5 s.
    assert granted(played(*script, bars=12)) == [("meter", "3/4", 2), ("meter", "2/4", 3), ("transpose", 5, 5)]


def test_a_change_behind_a_mid_bar_one_waits_for_the_line_of_its_own() -> None:
    script = [(2.1, Change("transpose", 12, "now")), (2.1, TO_WALTZ)]
    assert granted(played(*script)) == [("transpose", 12, 2), ("meter", "3/4", 3)]


# --- plans that change ----------------------------------------------------------------------------------------------


def test_a_planned_time_signature_is_replaced_by_another_one() -> None:
    replaced = played((2.1, TO_WALTZ), (2.6, Change("meter", "6/8")))
    assert granted(replaced) == [("meter", "3/4", 3), ("meter", "6/8", 3)]
    assert replaced.notes() == played((2.6, Change("meter", "6/8"))).notes()
    assert [report for report in replaced.reported if isinstance(report, TakeMeter)] == [TakeMeter(3840, "6/8")]


def test_a_planned_time_signature_is_taken_back_by_the_one_before() -> None:
    back = played((2.1, TO_WALTZ), (2.6, Change("meter", "4/4")))
    assert granted(back) == [("meter", "3/4", 3), ("meter", "4/4", 3)]
    assert [report.meter for report in back.reported if isinstance(report, TakeMeter)] == ["4/4"]
    lines = {note.start_tick for note in back.notes() if note.start_tick >= 3840}
    assert max(lines) >= 5 * 1920


def test_an_impossible_one_leaves_the_planned_one() -> None:
    kept = played((2.1, TO_WALTZ), (2.6, IMPOSSIBLE))
    assert granted(kept) == [("meter", "3/4", 3)]
    assert kept.notes() == played((2.1, TO_WALTZ)).notes()


def test_a_reroll_holds_from_the_planned_time_signature_on() -> None:
    rerolled = played((2.1, TO_WALTZ), (2.6, Change("reroll")))
    assert granted(rerolled) == [("meter", "3/4", 3), ("variant", "b", 3), ("reroll", None, 3)]
    waltz = played((2.1, TO_WALTZ))
    assert [n for n in rerolled.notes() if n.start_tick < 3840] == [n for n in waltz.notes() if n.start_tick < 3840]
    assert rerolled.notes() != waltz.notes()


def test_a_reroll_in_it_is_taken_back_and_one_before_it_is_not() -> None:
    script = [(2.1, Change("reroll")), (4.1, TO_WALTZ), (4.6, Change("undo")), (6.1, Change("reroll"))]
    undone = played(*script, (8.0, Change("undo")), bars=10)
    assert reasons(undone) == [("undo", "there is no reroll to take back")]
    assert [(name, bar) for name, _, bar in granted(undone) if name in ("reroll", "meter", "undo")] == [
        ("reroll", 3), ("meter", 4), ("reroll", 5), ("undo", 6),
    ]  # fmt: skip


def test_a_freeze_goes_round_in_bars_of_its_time_signature() -> None:
    frozen = played((2.5, TO_WALTZ), (5.6, Change("freeze", 4)), bars=10)
    # Of the four bars before bar 5, two are of 3/4.
    assert granted(frozen)[-1] == ("freeze", 4, 5)
    bars: list[list[tuple[int, int]]] = [[] for _ in range(8)]
    for note in frozen.notes():
        bar, tick = divmod(note.start_tick - 3840, 1440)
        if bar >= 0:
            bars[bar].append((tick, note.pitch))
    assert bars[2:4] == bars[4:6] == bars[6:8] == bars[0:2] != [[], []]


# --- listening -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at_s", "freedom"), [(4.0, 0.25), (8.5, 0.75)])
def test_a_scene_that_is_refused_leaves_the_values_of_listening(at_s: float, freedom: float) -> None:
    # Bar 6 of 3/4, the last one, begins at 8 s.
    script = [(0.2, Change("store", "1")), (0.4, Change("freedom", 0.75)), (0.5, TO_WALTZ), (at_s, scene("1"))]
    called = Rehearsal(SONATINA, script, 3, listen_options=ListenOptions("follow", freedom=0.25))
    assert [name for name, _ in reasons(called)] == (["scene"] if at_s > 8 else [])
    assert called.session.values["freedom"] == freedom
