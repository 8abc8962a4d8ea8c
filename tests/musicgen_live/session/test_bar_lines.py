"""From which bar line on a change is heard: the next one, if the music of it can be there in time; else one later.

On the manual clock, where composing takes as long as a test says.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from musicgen_live.config.parameters import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.interfaces.events import Asked, BarBegan, Changed, Planned, Refused
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.player.protocol import Command, Stop
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
SHARPS = {1, 3, 6, 8, 10}


class Slow(Rehearsal):
    """Composing a bar takes `composing_s(now_s)` seconds, and to read a model from disk `loading_s`."""

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

        class Taking(Composer):
            def compose(self) -> Bar | None:
                rehearsal.passes(composing_s(rehearsal.now_s()))
                return super().compose()

        self.composer_type = Taking
        super().__init__(settings, script, 3, listen_options=listen_options)

    def passes(self, seconds: float) -> None:
        self._now_s += seconds

    def load(self, model: str) -> Bundle:
        self.passes(self._loading_s)
        return super().load(model)

    def bar(self, number: int) -> list[Note]:
        """What was struck in a bar, from 1."""
        return [note for note in self.notes() if note.start_tick // BAR == number - 1]


def between(from_s: float, until_s: float, takes_s: float) -> Callable[[float], float]:
    """Composing takes so long if it is begun from one moment to before another, and nothing else does."""
    return lambda now_s: takes_s if from_s <= now_s < until_s else 0.0


PLAIN = Slow(())


@pytest.mark.parametrize(("before_s", "bar"), [(1.0, 4), (LEAST_S + 0.002, 4), (LEAST_S - 0.002, 5), (0.0, 5)])
def test_on_an_idle_machine_only_a_wish_right_before_the_line_waits_for_the_next_one(before_s: float, bar: int) -> None:
    steered = Slow([(3 * BAR_S - before_s, Change("polyphony", 1))])
    assert steered.told(Asked) == [Asked("polyphony", 1, bar)]
    assert steered.told(Changed) == [Changed("polyphony", 1, bar)]
    assert steered.bar(bar - 1) == PLAIN.bar(bar - 1)
    assert len(steered.bar(bar)) == len({note.start_tick for note in steered.bar(bar)}) < len(PLAIN.bar(bar))


def asked_in(before_s: float, *, again_after_bars: int = 0) -> list[int]:
    """The bars from which on wishes are heard; composing takes 0.2 s, and from the fourth bar line on nothing."""
    at_s = [3 * BAR_S - before_s + again_after_bars * BAR_S * i for i in range(2 if again_after_bars else 1)]
    script = [(when_s, Change("velocity", 60 + i)) for i, when_s in enumerate(at_s)]
    slow = Slow(script, between(1.0, 4 * BAR_S - 0.5, 0.2), settings=SONATINA.changed({"bars": 18}))
    assert slow.told(Position) == [Position(0, 0.0, 120.0, runs=True)]
    return [event.bar for event in slow.told(Asked)]


def test_where_composing_is_slow_a_wish_waits_from_further_away_and_not_for_ever() -> None:
    # A hundredth of a second more than a bar takes.
    assert asked_in(0.22) == [4]
    assert asked_in(0.19) == [5]
    # Two bars later it is as far away as ever, ten bars later it is near.
    assert asked_in(0.19, again_after_bars=2) == [5, 7]
    assert asked_in(0.19, again_after_bars=12) == [5, 16]


LATE = between(3 * BAR_S - 0.2, 3 * BAR_S, 0.3)
"""What is begun a little before the line behind bar 3 is ready a little behind it, which nobody could know."""
WISHED_S = 3 * BAR_S - 0.1


@pytest.mark.parametrize("change", [Change("key", "C# major"), Change("reroll"), Change("restart")])
def test_what_is_ready_too_late_is_heard_a_bar_later_and_told_so(change: Change) -> None:
    steered = Slow([(WISHED_S, change)], LATE)
    assert steered.told(Asked) == [Asked(change.name, change.value, 5)]
    assert steered.told(Changed) == [Changed(change.name, change.value, 5)]
    # What was planned for bar 4 is played as if nobody had asked, each note of it once.
    assert [steered.bar(bar) for bar in (1, 2, 3)] == [PLAIN.bar(bar) for bar in (1, 2, 3)]
    assert [(n.start_tick, n.pitch) for n in steered.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    assert steered.bar(5) != PLAIN.bar(5)
    if change.name == "restart":
        first = [(note.start_tick + 4 * BAR, note.pitch) for note in PLAIN.bar(1)]
        assert [(note.start_tick, note.pitch) for note in steered.bar(5)] == first
    elif change.name == "key":
        assert {note.pitch % 12 for note in steered.notes() if note.start_tick >= 4 * BAR} & SHARPS
    assert max(note.start_tick for note in steered.notes()) // BAR == 7
    assert [event.bar for event in steered.told(BarBegan)] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_goes_round_goes_round_once_more_where_what_comes_behind_it_is_late() -> None:
    frozen = Slow([(BAR_S - 0.5, Change("freeze", 1)), (WISHED_S, Change("freeze", 0))], LATE)
    assert [event.bar for event in frozen.told(Changed)] == [2, 5]
    bars = [[(note.start_tick % BAR, note.pitch) for note in frozen.bar(bar)] for bar in range(1, 9)]
    assert bars[:4] == [bars[0]] * 4
    assert bars[0] not in bars[4:]


def test_music_without_bars_is_changed_at_a_bar_line_within_a_step_and_where_that_is_late_at_the_next() -> None:
    # Steps of 600 ticks, which do not meet the line behind bar 3.
    steps = Settings(model="classic", decode="sample", steps=32, step="5/16", tempo=120.0)
    plain, moved = Slow((), settings=steps), Slow([(WISHED_S, Change("transpose", 1))], settings=steps)
    assert [(n.start_tick, n.pitch + (n.start_tick >= 3 * BAR)) for n in plain.notes()] == [
        (n.start_tick, n.pitch) for n in moved.notes()
    ]
    late = Slow([(WISHED_S, Change("reroll"))], LATE, settings=steps)
    assert late.told(Asked) == [Asked("reroll", None, 5)]
    until = [[(n.start_tick, n.pitch) for n in take.notes() if n.start_tick < 4 * BAR] for take in (plain, late)]
    assert until[0] == until[1]
    assert late.bar(5)


def test_another_model_and_its_tempo_come_a_bar_later_too_where_they_come_late() -> None:
    steered = Slow([(3 * BAR_S - 0.19, Change("model", "stream"))], LATE)
    assert [event for event in steered.told(Asked) if event.name == "model"] == [Asked("model", "stream", 5)]
    assert [(n.start_tick, n.pitch) for n in steered.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    nocturne = load_preset("nocturne").settings.tempo
    steered = Slow([(3 * BAR_S - 0.19, Change("preset", "nocturne"))], LATE)
    assert [(place.tick, place.tempo) for place in steered.told(Position)] == [(0, 120.0), (4 * BAR, nocturne)]


def test_what_cannot_be_is_refused_and_what_was_planned_stays_though_it_is_composed_too_late_again() -> None:
    steered = Slow([(3 * BAR_S - 0.1, Change("style", "jazz"))], LATE)
    assert [event.name for event in steered.told(Refused)] == ["style"]
    assert steered.told(Asked) == []
    assert [(n.start_tick, n.pitch) for n in steered.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    assert len(steered.bar(5)) > 0


def test_what_comes_too_late_for_the_last_bar_leaves_the_take_as_it_is() -> None:
    steered = Slow([(7 * BAR_S - 0.1, Change("key", "C# major"))], between(7 * BAR_S - 0.2, 7 * BAR_S, 0.3))
    assert [(n.start_tick, n.pitch) for n in steered.notes()] == [(n.start_tick, n.pitch) for n in PLAIN.notes()]
    assert steered.told(Asked) == [Asked("key", "C# major", 9)]
    assert steered.now_s() == pytest.approx(8 * BAR_S)


def test_reading_a_model_from_disk_is_over_before_a_bar_line_is_chosen() -> None:
    script = [(2 * BAR_S + 1.0, Change("model", "stream"))]
    in_time, late = Slow(script, loading_s=0.8), Slow(script, loading_s=0.9)
    assert [[event.bar for event in take.told(Asked) if event.name == "model"] for take in (in_time, late)] == [
        [4],
        [5],
    ]


# --- follow --------------------------------------------------------------------------------------------------------


def bent(composing_s: Callable[[float], float]) -> Slow:
    """A key is struck at 5.6 s; it bends the bar at 6 s, and three sixteenths before that, at 5.8125 s, it is read."""
    script = [*keys((5.6, 5.9, 73)), (8 * BAR_S - 0.1, Stop())]
    return Slow(script, composing_s, listen_options=ListenOptions("follow"))


def first_bent(take: Slow) -> int:
    """The first bar, from 1, that is planned a second time."""
    ticks = [event.tick for event in take.told(Planned)]
    return next(later for before, later in pairwise(ticks) if later <= before) // BAR + 1


def test_a_bend_counts_for_the_bar_it_comes_before() -> None:
    take = bent(lambda _: 0.0)
    assert first_bent(take) == 4
    assert take.bar(3) == PLAIN.bar(3)
    assert take.bar(4) != PLAIN.bar(4)


@pytest.mark.parametrize("composing_s", [between(1.0, 5.0, 0.2), between(5.8, 6.0, 0.3)])
def test_a_bend_that_would_be_late_or_is_counts_for_the_bar_behind(composing_s: Callable[[float], float]) -> None:
    take = bent(composing_s)
    assert first_bent(take) == 5
    assert [(n.start_tick, n.pitch) for n in take.bar(4)] == [(n.start_tick, n.pitch) for n in PLAIN.bar(4)]
    assert take.bar(5) != PLAIN.bar(5)
    assert all(take.bar(bar) for bar in range(1, 9))


@pytest.mark.parametrize("mode", [None, "continue", "follow"])
def test_however_long_composing_takes_nothing_is_left_on_and_all_that_is_told_comes_true(
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
    assert take.comes_true()
    assert all(one.bar < other.bar for one, other in pairwise(take.told(BarBegan)))
