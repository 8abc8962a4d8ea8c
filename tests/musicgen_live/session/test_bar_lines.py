"""The bar line at which a change takes effect: the next one if its bar can be ready in time, or else one later.

On the manual clock; each test sets how long composing takes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.interfaces.events import BarBegan, Changed, Granted, Planned, Refused
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.player.commands import Command, Stop
from musicgen_live.session.lead_time import LEAST_S
from musicgen_live.session.listening.decisions import ListenMode, ListenOptions
from tests.support.musician import keys
from tests.support.random_scripts import random_change, random_script
from tests.support.rehearsal import Rehearsal, Script

BAR = 1920
BAR_S = 2.0
"""A bar of 4/4 at 120."""
SONATINA = load_preset("sonatina").settings.changed(
    {"tempo": 120.0, "meter": "4/4", "bars": 8, "key": "C major", "density": "dense"}
)
FOUR_BARS = SONATINA.changed({"bars": 4})
SHARPS = {1, 3, 6, 8, 10}


class Slow(Rehearsal):
    """Composing a bar takes `composing_s(now_s)` seconds, and reading a model from disk `loading_s`."""

    def __init__(
        self,
        script: Script,
        composing_s: Callable[[float], float] = lambda _: 0.0,
        *,
        loading_s: float = 0.0,
        listen_options: ListenOptions | None = None,
        settings: Settings = SONATINA,
    ) -> None:
        rehearsal, self._loading_s = self, loading_s

        class SlowComposer(Composer):
            def compose(self) -> Bar | None:
                rehearsal.advance(composing_s(rehearsal.now_s()))
                return super().compose()

        self.composer_type = SlowComposer
        super().__init__(settings, script, 3, listen_options=listen_options)

    def advance(self, seconds: float) -> None:
        self._now_s += seconds

    def load(self, model: str) -> Bundle:
        self.advance(self._loading_s)
        return super().load(model)

    def bar(self, number: int) -> list[Note]:
        """Return the notes that begin in a bar, from 1."""
        return [note for note in self.notes() if note.start_tick // BAR == number - 1]


def between(from_s: float, until_s: float, takes_s: float) -> Callable[[float], float]:
    """Composing takes `takes_s` if it begins from one moment to before another, and otherwise no time."""
    return lambda now_s: takes_s if from_s <= now_s < until_s else 0.0


PLAIN = Slow(())


@pytest.mark.parametrize(("before_s", "bar"), [(1.0, 4), (LEAST_S + 0.002, 4), (LEAST_S - 0.002, 5), (0.0, 5)])
def test_an_idle_machine_needs_40_ms_before_the_bar_line(before_s: float, bar: int) -> None:
    steered = Slow([(3 * BAR_S - before_s, Change("polyphony", 1))])
    assert steered.published(Granted) == [Granted("polyphony", 1, bar)]
    assert steered.published(Changed) == [Changed("polyphony", 1, bar)]
    assert steered.bar(bar - 1) == PLAIN.bar(bar - 1)
    assert len(steered.bar(bar)) == len({note.start_tick for note in steered.bar(bar)}) < len(PLAIN.bar(bar))


def change_bars(before_s: float, *, again_after_bars: int = 0) -> list[int]:
    """Return the bars at which changes take effect; composing takes 0.2 s, and from the fourth bar line on no time."""
    at_s = [3 * BAR_S - before_s + again_after_bars * BAR_S * i for i in range(2 if again_after_bars else 1)]
    script = [(when_s, Change("velocity", 60 + i)) for i, when_s in enumerate(at_s)]
    slow = Slow(script, between(1.0, 4 * BAR_S - 0.5, 0.2), settings=SONATINA.changed({"bars": 18}))
    assert slow.published(Position) == [Position(0, 0.0, 120.0, runs=True)]
    return [event.bar for event in slow.published(Granted)]


def test_the_lead_time_follows_slow_composing_and_recovers() -> None:
    # A hundredth of a second more than a bar takes.
    assert change_bars(0.22) == [4]
    assert change_bars(0.19) == [5]
    # Two bars later it is as far away as ever, ten bars later it is near.
    assert change_bars(0.19, again_after_bars=2) == [5, 7]
    assert change_bars(0.19, again_after_bars=12) == [5, 16]


LATE = between(3 * BAR_S - 0.2, 3 * BAR_S, 0.3)
"""A bar begun a little before the line after bar 3 is ready a little after it, which no measurement predicts."""
CHANGE_S = 3 * BAR_S - 0.1


@pytest.mark.parametrize("change", [Change("key", "C# major"), Change("reroll"), Change("restart")])
def test_a_bar_ready_too_late_delays_the_change_by_a_bar(change: Change) -> None:
    steered = Slow([(CHANGE_S, change)], LATE)
    # A reroll changes the variant too.
    granted, changed = steered.published(Granted), steered.published(Changed)
    assert [event for event in granted if event.name != "variant"] == [Granted(change.name, change.value, 5)]
    assert [event for event in changed if event.name != "variant"] == [Changed(change.name, change.value, 5)]
    # The plan for bar 4 is played as without the change, each note of it once.
    assert [steered.bar(bar) for bar in (1, 2, 3)] == [PLAIN.bar(bar) for bar in (1, 2, 3)]
    assert [(n.start_tick, n.pitch) for n in steered.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    assert steered.bar(5) != PLAIN.bar(5)
    if change.name == "restart":
        # The network knows how near the end is: a take begins so that has four bars alone.
        first = [(note.start_tick + 4 * BAR, note.pitch) for note in Slow((), settings=FOUR_BARS).bar(1)]
        assert [(note.start_tick, note.pitch) for note in steered.bar(5)] == first
    elif change.name == "key":
        assert {note.pitch % 12 for note in steered.notes() if note.start_tick >= 4 * BAR} & SHARPS
    assert max(note.start_tick for note in steered.notes()) // BAR == 7
    assert [event.bar for event in steered.published(BarBegan)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_late_end_of_a_freeze_repeats_the_loop_once_more() -> None:
    frozen = Slow([(BAR_S - 0.5, Change("freeze", 1)), (CHANGE_S, Change("freeze", 0))], LATE)
    assert [event.bar for event in frozen.published(Changed)] == [2, 5]
    bars = [[(note.start_tick % BAR, note.pitch) for note in frozen.bar(bar)] for bar in range(1, 9)]
    assert bars[:4] == [bars[0]] * 4
    assert bars[0] not in bars[4:]


def test_music_in_steps_changes_at_bar_lines_within_a_step() -> None:
    # Steps of 600 ticks, which do not meet the line after bar 3.
    steps = Settings(model="classic", decode="sample", steps=32, step="5/16", tempo=120.0)
    plain, moved = Slow((), settings=steps), Slow([(CHANGE_S, Change("transpose", 1))], settings=steps)
    assert [(n.start_tick, n.pitch + (n.start_tick >= 3 * BAR)) for n in plain.notes()] == [
        (n.start_tick, n.pitch) for n in moved.notes()
    ]
    late = Slow([(CHANGE_S, Change("reroll"))], LATE, settings=steps)
    assert Granted("reroll", None, 5) in late.published(Granted)
    until = [[(n.start_tick, n.pitch) for n in take.notes() if n.start_tick < 4 * BAR] for take in (plain, late)]
    assert until[0] == until[1]
    assert late.bar(5)


def test_a_late_model_and_its_tempo_come_a_bar_later() -> None:
    steered = Slow([(3 * BAR_S - 0.19, Change("model", "stream"))], LATE)
    assert [event for event in steered.published(Granted) if event.name == "model"] == [Granted("model", "stream", 5)]
    assert [(n.start_tick, n.pitch) for n in steered.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    nocturne = load_preset("nocturne").settings.tempo
    steered = Slow([(3 * BAR_S - 0.19, Change("preset", "nocturne"))], LATE)
    assert [(place.tick, place.tempo) for place in steered.published(Position)] == [(0, 120.0), (4 * BAR, nocturne)]


def test_a_refusal_leaves_the_plan_unchanged_on_a_slow_machine() -> None:
    steered = Slow([(3 * BAR_S - 0.1, Change("style", "jazz"))], LATE)
    assert [event.name for event in steered.published(Refused)] == ["style"]
    assert steered.published(Granted) == []
    assert [(n.start_tick, n.pitch) for n in steered.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    assert len(steered.bar(5)) > 0


def test_a_change_too_late_for_the_last_bar_changes_nothing() -> None:
    steered = Slow([(7 * BAR_S - 0.1, Change("key", "C# major"))], between(7 * BAR_S - 0.2, 7 * BAR_S, 0.3))
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in PLAIN.notes()]
    assert steered.published(Granted) == [Granted("key", "C# major", 9)]
    assert steered.now_s() == pytest.approx(8 * BAR_S)


def test_a_model_is_loaded_before_a_bar_line_is_chosen() -> None:
    script = [(2 * BAR_S + 1.0, Change("model", "stream"))]
    in_time, late = Slow(script, loading_s=0.8), Slow(script, loading_s=0.9)
    assert [[event.bar for event in take.published(Granted) if event.name == "model"] for take in (in_time, late)] == [
        [4],
        [5],
    ]


# --- follow --------------------------------------------------------------------------------------------------------


def followed(composing_s: Callable[[float], float]) -> Slow:
    """A note on at 5.6 s changes the bar at 6 s; the model reads it three sixteenths before that, at 5.8125 s."""
    script = [*keys((5.6, 5.9, 73)), (8 * BAR_S - 0.1, Stop())]
    return Slow(script, composing_s, listen_options=ListenOptions("follow"))


def first_recomposed(take: Slow) -> int:
    """Return the first bar, from 1, that is planned a second time."""
    ticks = [event.tick for event in take.published(Planned)]
    return next(later for before, later in pairwise(ticks) if later <= before) // BAR + 1


def test_follow_composes_the_next_bar_again() -> None:
    take = followed(lambda _: 0.0)
    assert first_recomposed(take) == 4
    assert take.bar(3) == PLAIN.bar(3)
    assert take.bar(4) != PLAIN.bar(4)


@pytest.mark.parametrize("composing_s", [between(1.0, 5.0, 0.2), between(5.8, 6.0, 0.3)])
def test_follow_composes_the_bar_after_if_the_next_is_too_near(composing_s: Callable[[float], float]) -> None:
    take = followed(composing_s)
    assert first_recomposed(take) == 5
    assert [(n.start_tick, n.pitch) for n in take.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    assert take.bar(5) != PLAIN.bar(5)
    assert all(take.bar(bar) for bar in range(1, 9))


@pytest.mark.parametrize("mode", [None, "continue", "follow"])
def test_random_composing_times_leave_no_hanging_note(
    mode: ListenMode | None,
) -> None:
    rng = random.Random(5)
    takes_s = random.Random(6)
    script: list[tuple[float, Change | Command]] = random_script(rng, 80) if mode else []
    for i in range(0 if mode else 80):
        script.append((0.5 * i, random_change(rng)))
    take = Slow(
        [*script, (script[-1][0] + 10.0, Stop())],
        lambda _: takes_s.choice([0.0, 0.0, 0.01, 0.03, 0.1, 0.3]),
        listen_options=ListenOptions(mode) if mode else None,
        settings=SONATINA.changed({"bars": 1000}),
    )
    assert take.notes()
    assert take.changes_agree()
    assert all(one.bar < other.bar for one, other in pairwise(take.published(BarBegan)))


def test_after_a_long_delay_the_music_goes_on_in_time() -> None:
    # A bar takes 12 s, for which this clock makes the player wait too. The bars that are over by then are left out.
    slow = Slow((), between(2 * BAR_S, 2 * BAR_S + 0.1, 12.0), settings=SONATINA.changed({"bars": 14}))
    sounding = [bool(slow.bar(bar)) for bar in range(1, 15)]
    assert sounding == [True] * 3 + [False] * 6 + [True] * 5
    assert max(note.start_tick for note in slow.notes()) // BAR == 13
