"""Options of listening, and waiting decisions: work that the last one cancels is left out."""

from __future__ import annotations

import random

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.call_and_response import listener_of
from musicgen_live.session.listening.decisions import (
    Decision,
    EndTurn,
    ListenOptions,
    Read,
    Recompose,
    StartTurn,
    joined,
    later_by,
)

C, D, E = Note(0, 60, 60, 80), Note(120, 60, 62, 80), Note(240, 60, 64, 80)


@pytest.mark.parametrize("values", [{"answer_bars": 0}, {"rest_ticks": -1}, {"lead_ticks": -1}])
def test_options_out_of_range_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"can be from 1|are from 0"):
        ListenOptions("answer", **values)  # type: ignore[arg-type]


def all_joined(*decisions: Decision) -> tuple[Decision, ...]:
    waiting: tuple[Decision, ...] = ()
    for decision in decisions:
        waiting = joined(waiting, decision)
    return waiting


def test_a_first_decision_stays() -> None:
    assert all_joined(EndTurn(0)) == (EndTurn(0),)
    assert all_joined(Read((C,), 0, 1920), StartTurn(1920, None)) == (Read((C,), 0, 1920), StartTurn(1920, None))


def test_a_turn_cancelled_while_it_waits_is_not_started() -> None:
    staccato = Read((C,), 0, 1920), StartTurn(1920, None), EndTurn(120), Read((D,), 120, 1920), StartTurn(1920, None)
    assert all_joined(*staccato) == (Read((C, D), 0, 1920), StartTurn(1920, None))
    assert all_joined(*staccato, EndTurn(240)) == (Read((C, D), 0, 240),)
    assert all_joined(*staccato, EndTurn(0)) == ()


def test_an_interruption_of_a_turn_stays() -> None:
    assert all_joined(EndTurn(120), Read((D,), 120, 480), Read((E,), 240, 480)) == (
        EndTurn(120),
        Read((D, E), 120, 480),
    )
    assert all_joined(StartTurn(480, None), EndTurn(960)) == (StartTurn(480, None), EndTurn(960))


def test_music_already_read_is_taken_back() -> None:
    assert all_joined(Read((D,), 120, 1920), StartTurn(1920, 2), EndTurn(60)) == (Read((D,), 120, 1920), EndTurn(60))
    assert all_joined(StartTurn(1920, 2), EndTurn(60)) == (EndTurn(60),)


class _Model:
    """The notes that a model has read and the start of its turn, after decisions."""

    def __init__(self) -> None:
        self.notes: set[Note] = set()
        self.until_tick = 0
        self.enters: int | None = None

    def apply(self, *decisions: Decision) -> None:
        for decision in decisions:
            if isinstance(decision, EndTurn):
                self.notes = {note for note in self.notes if note.start_tick < decision.from_tick}
                self.until_tick, self.enters = min(self.until_tick, decision.from_tick), None
            elif isinstance(decision, Read):
                assert decision.from_tick >= self.until_tick
                self.notes |= set(decision.notes)
                self.until_tick = decision.until_tick
            elif isinstance(decision, StartTurn):
                assert decision.at_tick >= self.until_tick
                self.enters = decision.at_tick


def test_joined_decisions_have_the_same_result() -> None:
    for seed in range(200):
        rng = random.Random(seed)
        listener = listener_of(
            ListenOptions(rng.choice(["continue", "answer"]), rng.choice(["bar", "beat"])), TimeSignature(4, 4)
        )
        at_once, later, tick = _Model(), _Model(), 0
        waiting: tuple[Decision, ...] = ()
        for _ in range(60):
            tick += rng.choice([1, 10, 40, 120, 300, 2000])
            message = bytes((rng.choice([0x90, 0x80]), rng.randrange(60, 64), 64))
            for decision in listener.receive(tick, message):
                at_once.apply(decision)
                waiting = joined(waiting, decision)
            if rng.random() < 0.3:
                later.apply(*waiting)
                waiting = ()
                assert (later.notes, later.enters) == (at_once.notes, at_once.enters)


def test_decisions_are_counted_later_where_another_time_signature_begins() -> None:
    note, later = Note(0, 480, 60, 80), Note(960, 480, 60, 80)
    assert later_by(960, EndTurn(480, ends_notes=True)) == EndTurn(1440, ends_notes=True)
    assert later_by(960, Read((note,), 0, 480)) == Read((later,), 960, 1440)
    assert later_by(960, Recompose((note,), 0, 1920)) == Recompose((later,), 960, 2880)
    turn = later_by(960, StartTurn(1920, 2, is_guess=True, phrase=(note,)))
    assert turn == StartTurn(2880, 2, is_guess=True)
    assert isinstance(turn, StartTurn)
    assert turn.phrase == (later,)
