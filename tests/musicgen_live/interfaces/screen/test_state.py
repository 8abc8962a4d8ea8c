from __future__ import annotations

from typing import get_args

from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Event,
    Granted,
    Kept,
    MessagesSent,
    MeterChanged,
    Opened,
    Planned,
    Played,
    Refused,
    UserMessage,
)
from musicgen_live.interfaces.screen.state import _HANDLERS, ScreenState, ValueFromBar
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature

OPENED = Opened(
    ("synth",), ("keys",), "takes/a.mid", TimeSignature(3, 4), "internal", (("tempo", 120.0), ("top-p", 0.95))
)


def state_after(*events: Event) -> ScreenState:
    state = ScreenState()
    for event in events:
        state.handle(event)
    return state


def test_before_the_first_event_nothing_is_known() -> None:
    state = ScreenState()
    assert state.opened is None
    assert state.tick_at(10.0) is None
    assert state.late_ms is None
    assert state.values == {}


def test_opened_brings_the_values_and_the_time_signature() -> None:
    state = state_after(OPENED)
    assert state.opened == OPENED
    assert state.values == {"tempo": 120.0, "top-p": 0.95}
    assert (state.meters.at(0).time_signature.beat_ticks, state.meters.at(0).time_signature.bar_ticks) == (480, 1440)


def test_a_beat_is_what_the_time_signature_counts() -> None:
    state = state_after(Opened((), (), None, TimeSignature(6, 8), "internal", ()))
    assert (state.meters.at(0).time_signature.beat_ticks, state.meters.at(0).time_signature.bar_ticks) == (240, 1440)
    assert state.meters.at(0).time_signature.bar_and_beat(0) == (1, 1)
    assert state.meters.at(0).time_signature.bar_and_beat(1440 + 3 * 240) == (2, 4)
    assert state.meters.at(0).time_signature.bar_and_beat(1439) == (1, 6)


def test_between_two_positions_the_music_moves_at_the_tempo() -> None:
    state = state_after(Position(960, 100.0, 120.0, runs=True))
    assert state.tick_at(100.0) == 960
    assert state.tick_at(100.5) == 960 + 480
    assert state.tick_at(101.0) == 960 + 960


def test_before_its_first_position_the_music_is_counted_in() -> None:
    state = state_after(Position(0, 100.0, 60.0, runs=True))
    assert state.tick_at(99.0) == -480


def test_stopped_music_stays_at_its_position() -> None:
    state = state_after(Position(0, 100.0, 120.0, runs=True), Position(700, 101.0, 120.0, runs=False))
    assert state.tick_at(150.0) == 700


def test_a_tempo_published_early_holds_from_its_time_on() -> None:
    state = state_after(Position(0, 100.0, 120.0, runs=True), Position(960, 101.0, 60.0, runs=True))
    assert state.tick_at(100.5) == 480
    assert state.position_at(100.5) == Position(0, 100.0, 120.0, runs=True)
    assert state.tick_at(102.0) == 960 + 480


def test_a_position_replaces_those_for_later_times() -> None:
    state = state_after(
        Position(0, 100.0, 120.0, runs=True),
        Position(960, 101.0, 60.0, runs=True),
        Position(720, 100.75, 240.0, runs=True),
    )
    assert state.tick_at(101.75) == 720 + 1920


def test_music_that_jumps_back_is_there_at_once() -> None:
    state = state_after(Position(7680, 100.0, 120.0, runs=True), Position(0, 100.2, 120.0, runs=True))
    assert state.tick_at(100.7) == 480


def test_planned_and_own_notes_are_stored_by_tick() -> None:
    note = Note(0, 480, 60, 80)
    state = state_after(Planned(0, 1920, (note,)), Played(10, 72, 90), Played(250, 72, 0))
    assert state.planned.between(0, 1920) == [note]
    assert state.own.between(0, 1920, 300) == [Note(10, 240, 72, 90)]


def test_lateness_is_the_median_of_the_last_hundred_notes() -> None:
    state = state_after(
        MessagesSent(0, (b"\x90\x3c\x50",), (9.0,), 0),
        MessagesSent(0, (), (0.5,) * 99, 2),
        MessagesSent(480, (), (0.25,), 0),
    )
    assert state.late_ms == 0.5
    assert (state.notes, state.dropped) == (101, 2)
    state.handle(MessagesSent(960, (), (0.25,) * 60, 1))
    assert state.late_ms == 0.25
    assert (state.notes, state.dropped) == (161, 3)


def test_a_change_is_pending_until_it_takes_effect() -> None:
    state = state_after(OPENED, Granted("top-p", 0.9, 12))
    assert state.values["top-p"] == 0.95
    assert state.pending == {"top-p": ValueFromBar(0.9, 12)}
    state.handle(Changed("top-p", 0.9, 12))
    assert state.values["top-p"] == 0.9
    assert state.pending == {}
    assert state.changed == {"top-p": ValueFromBar(0.9, 12)}


def test_a_newer_request_stays_pending_at_the_first_change() -> None:
    state = state_after(OPENED, Granted("top-p", 0.9, 12), Granted("top-p", 0.8, 13), Changed("top-p", 0.9, 12))
    assert state.values["top-p"] == 0.9
    assert state.pending == {"top-p": ValueFromBar(0.8, 13)}


def test_what_is_switched_off_is_none() -> None:
    assert state_after(OPENED, Changed("key", None, 3)).values["key"] is None


def test_an_action_is_pending_and_done_like_a_value() -> None:
    state = state_after(Granted("reroll", None, 8))
    assert state.pending == {"reroll": ValueFromBar(None, 8)}
    state.handle(Changed("reroll", None, 8))
    assert state.pending == {}
    assert state.changed == {"reroll": ValueFromBar(None, 8)}


def test_a_refused_change_is_not_pending_and_is_reported_once() -> None:
    state = state_after(OPENED, Granted("top-p", 0.9, 12), Refused("top-p", "no"), Refused("key", "no"))
    assert state.pending == {}
    assert state.values["top-p"] == 0.95
    assert list(state.words) == ["no"]


def test_messages_and_kept_files_are_shown_in_order() -> None:
    state = state_after(UserMessage("The keyboard is back."), Kept("kept/b.mid", 5, 8), Kept("kept/c.mid", 13, 1))
    assert list(state.words) == ["The keyboard is back.", "Kept bars 5 to 12: kept/b.mid", "Kept bar 13: kept/c.mid"]


def test_a_key_press_steps_from_the_latest_request() -> None:
    state = state_after(OPENED)
    assert state.aim("top-p", 1.0) == 0.95
    state.request("top-p", 0.94, 1.0)
    assert state.aim("top-p", 1.1) == 0.94
    state.request("top-p", 0.93, 1.2)
    # The answer to the first press does not undo the second.
    state.handle(Granted("top-p", 0.94, 12))
    assert state.aim("top-p", 1.3) == 0.93
    state.handle(Granted("top-p", 0.93, 12))
    assert state.aim("top-p", 1.4) == 0.93


def test_a_request_for_off_is_a_request() -> None:
    state = state_after(Opened((), (), None, TimeSignature(4, 4), "internal", (("polyphony", 8),)))
    state.request("polyphony", None, 1.0)
    assert state.aim("polyphony", 1.1) is None


def test_an_unanswered_request_is_forgotten() -> None:
    state = state_after(OPENED)
    state.request("top-p", 0.5, 1.0)
    assert state.aim("top-p", 2.5) == 0.95


def test_a_refused_request_is_forgotten() -> None:
    state = state_after(OPENED)
    state.request("top-p", 0.5, 1.0)
    state.handle(Refused("top-p", "no"))
    assert state.aim("top-p", 1.0) == 0.95


def test_bars_and_the_end_are_stored() -> None:
    state = state_after(BarBegan(7), Ended())
    assert state.bar == 7
    assert state.has_ended


def test_every_kind_of_event_has_a_handler() -> None:
    assert set(_HANDLERS) == set(get_args(Event))


def test_another_time_signature_is_shown_where_it_begins() -> None:
    state = state_after(
        Opened((), ("keys",), None, TimeSignature(4, 4), "internal", ()),
        Position(3360, 103.5, 120.0, runs=True),
        Planned(1920, 5760, (Note(1920, 480, 60, 80), Note(3840, 480, 62, 80))),
        Played(1900, 72, 80),
        MeterChanged(TimeSignature(3, 4), 3840, 3),
        Planned(3840, 5280, (Note(3840, 480, 64, 80),), ((3840, "B"),)),
    )
    assert [state.meters.bar_and_beat(tick) for tick in (3360, 3839, 3840, 5279, 5280)] == [
        (2, 4), (2, 4), (3, 1), (3, 3), (4, 1),
    ]  # fmt: skip
    assert state.tick_at(104.0) == 3840
    assert state.sections == {3: "B"}
    assert [(note.start_tick, note.pitch) for note in state.planned.between(0, 9999)] == [(1920, 60), (3840, 64)]
