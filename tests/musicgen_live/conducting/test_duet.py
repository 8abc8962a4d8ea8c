"""A musician beside the model on the manual clock: when it goes on, answers, bends, and is silent."""

from __future__ import annotations

import random
from itertools import pairwise
from queue import SimpleQueue

import pytest

from musicgen_live.conducting.conductor import Conductor, Hands
from musicgen_live.conducting.duet import Duet
from musicgen_live.conducting.setup import Setup
from musicgen_live.conducting.timekeeper import Timekeeper
from musicgen_live.generation.composer import Composer
from musicgen_live.live.events import Asked, BarBegan, Changed, Event, Place, Planned, Played
from musicgen_live.live.messages import Began, Command, Feed, Followed, Heard, Incoming, InputGone, Stop
from musicgen_live.live.turns import Manner, Mode
from musicgen_live.notes import Note
from musicgen_live.performance import Performance
from musicgen_live.shipped import load_preset
from musicgen_live.steering import Steer
from tests.musicgen_live.conducting.rehearsal import Rehearsal, Script
from tests.musicgen_live.conducting.test_conductor import random_wish

BAR = 1920
BAR_S = 2.0
"""A bar of 4/4 at 120."""

SONATINA = load_preset("sonatina").settings.changed(
    {"tempo": 120.0, "meter": "4/4", "bars": 1000, "key": "C major", "density": "dense"}
)
SCALE = {0, 2, 4, 5, 7, 9, 11}

CONTINUE = Manner("continue")


def message(at_s: float, text: str, source: str = "input", *, thru: bool = False) -> tuple[float, Command]:
    """A musician's message, in hex, as the ports put it into the player's mailbox."""
    port = ("input", "chords").index(source)
    return at_s, Incoming(port, source, thru, at_s, bytes.fromhex(text))


def keys(*notes: tuple[float, float, int], source: str = "input") -> list[tuple[float, Command]]:
    """Keys that are struck and released, as (from, until, pitch)."""
    struck = [message(from_s, f"90{pitch:02x}50", source) for from_s, _, pitch in notes]
    released = [message(until_s, f"80{pitch:02x}00", source) for _, until_s, pitch in notes]
    return sorted(struck + released, key=lambda each: each[0])


def phrase(from_s: float, bars: int = 1) -> list[tuple[float, Command]]:
    """Quarter notes of 120, each held for 0.4 s: the last one is released 0.1 s before the bar line."""
    pitches = (60, 64, 67, 72) * bars
    return keys(*((from_s + 0.5 * i, from_s + 0.5 * i + 0.4, pitch) for i, pitch in enumerate(pitches)))


def played(manner: Manner | None, *script: Script, until_s: float, hears_chords: bool = False) -> Rehearsal:
    events = sorted((event for part in script for event in part), key=lambda event: event[0])
    return Rehearsal(SONATINA, [*events, (until_s, Stop())], 3, manner=manner, hears_chords=hears_chords)


def struck(rehearsal: Rehearsal) -> list[tuple[int, int]]:
    """Tick and pitch of all that the model struck."""
    return [(note.start_tick, note.pitch) for note in rehearsal.notes()]


def bars_struck(rehearsal: Rehearsal) -> list[int]:
    """The bars, from 0, in which the model struck something."""
    return sorted({tick // BAR for tick, _ in struck(rehearsal)})


def first_planned(rehearsal: Rehearsal, at_tick: int) -> tuple[tuple[int, int], ...]:
    """The notes of the latest plan that begins at a tick."""
    return next(
        tuple((n.start_tick, n.pitch) for n in p.notes) for p in reversed(rehearsal.told(Planned)) if p.tick == at_tick
    )


# --- the beginning -----------------------------------------------------------------------------------------------


def test_nothing_begins_before_the_first_strike_and_that_is_beat_one_of_bar_one() -> None:
    rehearsal = played(CONTINUE, [message(0.5, "b00140"), message(0.6, "803c00")], phrase(1.25), until_s=4.0)
    # A release that belongs to no strike is not even told; the wheel is no beginning.
    assert rehearsal.heard()[:3] == [(-1, "b0 01 40"), (-1, "90 3c 50"), (384, "80 3c 00")]
    assert rehearsal.told(Place) == [Place(0, 1.25, 120.0, runs=True)]
    assert [(e.tick, e.pitch) for e in rehearsal.told(Played) if e.velocity] == [
        (0, 60),
        (480, 64),
        (960, 67),
        (1440, 72),
    ]
    assert [event.bar for event in rehearsal.told(BarBegan)] == [1, 2]


def test_all_keys_of_a_chord_that_begins_the_music_are_heard() -> None:
    # They come in before the player can have been told that the first of them began the music.
    rehearsal = played(CONTINUE, keys((1.0, 1.8, 60), (1.0, 1.8, 64), (1.0, 1.8, 67)), until_s=6.0)
    assert rehearsal.heard()[:3] == [(-1, "90 3c 50"), (-1, "90 40 50"), (-1, "90 43 50")]
    assert [(e.tick, e.pitch) for e in rehearsal.told(Played)] == [
        (0, 60),
        (0, 64),
        (0, 67),
        (768, 60),
        (768, 64),
        (768, 67),
    ]


# --- continue ------------------------------------------------------------------------------------------------------


def test_it_goes_on_at_the_next_bar_line_in_the_key_and_plays_until_the_musician_does() -> None:
    rehearsal = played(CONTINUE, phrase(1.0), until_s=1.0 + 8 * BAR_S)
    # Released at 1824; an eighth of silence is over at 2064.
    assert struck(rehearsal)[0][0] == 2 * BAR
    assert bars_struck(rehearsal) == [2, 3, 4, 5, 6, 7]
    assert {pitch % 12 for _, pitch in struck(rehearsal)} <= SCALE


def test_it_goes_on_at_the_next_beat() -> None:
    rehearsal = played(Manner("continue", "beat"), phrase(1.0), until_s=1.0 + 4 * BAR_S)
    assert struck(rehearsal)[0][0] == BAR + 480
    assert bars_struck(rehearsal) == [1, 2, 3]


def test_a_pause_that_is_shorter_than_an_eighth_ends_no_phrase() -> None:
    rehearsal = played(CONTINUE, phrase(1.0, bars=4), until_s=1.0 + 4 * BAR_S)
    assert struck(rehearsal) == []


def test_what_it_plays_depends_on_what_was_played() -> None:
    other = keys(*((1.0 + 0.25 * i, 1.2 + 0.25 * i, 72 - i) for i in range(7)))
    one, another = (played(CONTINUE, script, until_s=7.0) for script in (phrase(1.0), other))
    assert first_planned(one, 2 * BAR) != first_planned(another, 2 * BAR)


def test_a_strike_during_the_models_turn_silences_it_at_once_and_a_second_phrase_is_gone_on_from() -> None:
    # Its turn begins at 3840, which is 5 s; the musician comes in at 7.1 s, tick 5856.
    alone = played(CONTINUE, phrase(1.0), until_s=1.0 + 8 * BAR_S)
    rehearsal = played(CONTINUE, phrase(1.0), keys((7.1, 7.5, 60), (7.6, 8.0, 62)), until_s=1.0 + 8 * BAR_S)
    assert [note for note in struck(rehearsal) if note[0] < 5856] == [note for note in struck(alone) if note[0] < 5856]
    assert [tick for tick, _ in struck(rehearsal) if 5856 <= tick < 4 * BAR] == []
    assert any(5856 <= tick < 4 * BAR for tick, _ in struck(alone))
    # Released at 8 s, tick 6720: the next bar line is 7680.
    assert struck(rehearsal)[[tick >= 5856 for tick, _ in struck(rehearsal)].index(True)][0] == 4 * BAR


def test_nothing_is_planned_anew_before_the_musician_has_stopped() -> None:
    rehearsal = played(CONTINUE, phrase(1.0), keys((7.1, 15.0, 60)), until_s=15.0)
    assert max(tick for tick, _ in struck(rehearsal)) < 5856


def test_a_knob_that_is_turned_before_its_turn_has_come_does_not_bring_that_forward() -> None:
    # Released at tick 1700, so that its turn begins at 3840; the change could be made at 1920.
    script = keys((1.0, 1.4, 60), (1.5, 1.9, 64), (2.0, 2.4, 67), (2.5, 1.0 + 1700 / 960, 72))
    rehearsal = played(CONTINUE, script, [(2.8, Steer("polyphony", 1))], until_s=1.0 + 5 * BAR_S)
    assert struck(rehearsal)[0][0] == 2 * BAR
    assert rehearsal.told(Changed) == [Changed("polyphony", 1, 3)]
    assert len(struck(rehearsal)) == len({tick for tick, _ in struck(rehearsal)})


def test_a_preset_of_another_tempo_that_is_chosen_while_the_musician_plays_counts_from_the_next_bar_line_on() -> None:
    script = phrase(1.0, 3), [(2.0, Steer("preset", "nocturne"))]
    rehearsal = played(CONTINUE, *script, until_s=16.0)
    tempo = load_preset("nocturne").settings.tempo
    assert [(place.tick, place.tempo) for place in rehearsal.told(Place)] == [(0, 120.0), (BAR, tempo)]
    # 5 bars later than tick 0, the last four and a half seconds of the phrase in the new tempo.
    strikes = [event.tick for event in rehearsal.told(Played) if event.velocity]
    assert strikes == sorted(strikes)
    assert strikes[:5] == [0, 480, 960, 1440, 1920]
    assert strikes[5] == 1920 + int(480 * tempo / 120)


# --- answer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bars", "asked", "answer"), [(1, None, [2]), (2, None, [3, 4]), (1, 4, [2, 3, 4, 5])])
def test_an_answer_has_as_many_bars_as_were_played_or_asked_for_then_it_is_silent(
    bars: int, asked: int | None, answer: list[int]
) -> None:
    rehearsal = played(Manner("answer", answer_bars=asked), phrase(1.0, bars), until_s=1.0 + 10 * BAR_S)
    assert bars_struck(rehearsal) == answer
    assert struck(rehearsal)[0][0] == answer[0] * BAR
    assert max(note.end_tick for note in rehearsal.notes()) <= (answer[-1] + 2) * BAR


def test_each_phrase_is_answered() -> None:
    script = phrase(1.0), phrase(1.0 + 4 * BAR_S, 2), phrase(1.0 + 20 * BAR_S)
    rehearsal = played(Manner("answer"), *script, until_s=1.0 + 30 * BAR_S)
    assert bars_struck(rehearsal) == [2, 7, 8, 22]


# --- follow --------------------------------------------------------------------------------------------------------

FOLLOW = Manner("follow")


def test_in_follow_it_plays_all_the_time_and_what_is_played_bends_it_from_the_next_bar_line_on() -> None:
    alone = played(FOLLOW, until_s=8 * BAR_S)
    rehearsal = played(FOLLOW, keys((4.5, 4.9, 73), (5.0, 5.4, 75), (5.5, 5.7, 78)), until_s=8 * BAR_S)
    line = 3 * BAR
    assert alone.told(Place) == [Place(0, 0.0, 120.0, runs=True)]
    assert [n for n in rehearsal.notes() if n.end_tick < line] == [n for n in alone.notes() if n.end_tick < line]
    assert [n for n in struck(rehearsal) if n[0] >= line] != [n for n in struck(alone) if n[0] >= line]
    assert bars_struck(rehearsal) == bars_struck(alone) == list(range(8))
    assert {tick % 20 for tick, _ in struck(rehearsal)} == {0}


def test_in_follow_what_is_played_in_two_bars_bends_it_twice() -> None:
    once = played(FOLLOW, keys((4.5, 4.9, 73)), until_s=8 * BAR_S)
    twice = played(FOLLOW, keys((4.5, 4.9, 73), (8.5, 8.9, 61)), until_s=8 * BAR_S)
    line = 5 * BAR
    assert [n for n in once.notes() if n.end_tick < line] == [n for n in twice.notes() if n.end_tick < line]
    assert [n for n in struck(once) if n[0] >= line] != [n for n in struck(twice) if n[0] >= line]


# --- chords that are held ------------------------------------------------------------------------------------------


def test_a_chord_that_is_held_is_in_force_from_the_next_bar_line_on_and_stays() -> None:
    first = keys((4.5, 5.0, 57), (4.51, 5.0, 60), (4.52, 5.0, 64), source="chords")
    second = keys((12.5, 13.0, 55), (12.5, 13.0, 59), (12.5, 13.0, 62), (12.5, 13.0, 65), source="chords")
    rehearsal = played(
        None, [(0.5, Steer("chord-strength", 20.0))], first, second, until_s=12 * BAR_S, hears_chords=True
    )
    changed = [event for event in rehearsal.told(Changed) if event.name == "chords"]
    assert changed == [Changed("chords", "Am", 4), Changed("chords", "G7", 8)]
    assert {pitch % 12 for tick, pitch in struck(rehearsal) if 3 * BAR <= tick < 7 * BAR} <= {9, 0, 4}
    assert {pitch % 12 for tick, pitch in struck(rehearsal) if tick >= 7 * BAR} <= {7, 11, 2, 5}
    assert rehearsal.told(Played) == []


def test_a_single_key_of_the_chord_keyboard_changes_nothing() -> None:
    rehearsal = played(None, keys((4.5, 5.0, 57), source="chords"), until_s=6 * BAR_S, hears_chords=True)
    assert rehearsal.told(Asked) == []
    assert struck(rehearsal) == struck(played(None, until_s=6 * BAR_S))


# --- all of it together --------------------------------------------------------------------------------------------


def random_script(rng: random.Random, events: int) -> list[tuple[float, Steer | Command]]:
    """Strikes, releases, pedals and chords, keyboards that are unplugged, and wishes, in bursts and with pauses."""
    script: list[tuple[float, Steer | Command]] = []
    held: list[int] = []
    at_s, thru = 0.1, rng.random() < 0.5
    for _ in range(events):
        at_s += rng.choice([0.0, 0.0, 0.002, 0.03, 0.1, 0.25, 0.5]) if rng.random() < 0.98 else rng.uniform(1, 12)
        what = rng.random()
        if what < 0.35:
            held.append(rng.randrange(30, 100))
            script.append(message(at_s, f"90{held[-1]:02x}{rng.randrange(1, 128):02x}", thru=thru))
        elif what < 0.7 and held:
            script.append(message(at_s, f"80{held.pop(rng.randrange(len(held))):02x}00", thru=thru))
        elif what < 0.75:
            script.append(message(at_s, f"b040{rng.choice(('00', '7f'))}", thru=thru))
        elif what < 0.76:
            script.append((at_s, InputGone(0)))
            held.clear()
        elif what < 0.85:
            script.append(message(at_s, f"{rng.choice(('80', '90'))}{rng.randrange(40, 70):02x}50", "chords"))
        elif (wish := random_wish(rng)).name != "mute":
            script.append((at_s, wish))
    return script


@pytest.mark.parametrize("mode", ["continue", "answer", "follow"])
@pytest.mark.parametrize("enter", ["bar", "beat"])
def test_hundreds_of_strikes_and_changes_in_any_order_break_nothing_and_leave_nothing_on(
    mode: Mode, enter: str
) -> None:
    rng = random.Random(f"{mode} {enter}")
    script = random_script(rng, 400)
    manner = Manner(mode, enter)  # type: ignore[arg-type]
    rehearsal = Rehearsal(SONATINA, [*script, (script[-1][0] + 20.0, Stop())], 3, manner=manner, hears_chords=True)
    notes: list[Note] = rehearsal.notes()
    assert len(notes) > 50
    assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 for n in notes)
    assert all(one.bar < other.bar for one, other in pairwise(rehearsal.told(BarBegan)))
    assert len(rehearsal.told(Changed)) > 20


@pytest.mark.parametrize("manner", [CONTINUE, Manner("continue", "beat"), Manner("answer"), Manner("follow")])
def test_a_daw_that_locates_into_a_bar_and_a_musician_who_plays_on_at_once(manner: Manner) -> None:
    performance = Performance.of(SONATINA, 3)
    now_s, sent = [0.0], SimpleQueue[Command]()
    time = Timekeeper(120.0, BAR, follows=True)
    hands = Hands(sent.put, lambda _: None, lambda: now_s[0], lambda _: performance.bundle)
    plays = manner.mode == "follow"
    conductor = Conductor(Composer(performance), Setup(performance.settings), time, 3, hands, plays=plays)
    duet = Duet(manner, (4, 4), conductor, time, hands, begins=False)

    def work() -> None:
        duet.work()
        while conductor.work():
            pass

    def follow(tick: int, take_tick: int) -> None:
        before = time.tick_at(now_s[0])
        conductor.hear(Followed(tick, take_tick, now_s[0], 120.0, runs=True))
        duet.place_told(before, time.tick_at(now_s[0]))
        work()

    follow(0, 0)
    now_s[0] = 1.0
    follow(2 * BAR + 480, BAR + 480)
    for now_s[0], tick, message in ((1.5, 960, "903c50"), (1.8, 1248, "803c00")):
        duet.hear(Heard("input", 2 * BAR + tick, now_s[0], bytes.fromhex(message)))
        work()
    now_s[0] = 2.9
    work()
    assert [event for event in drained(sent) if isinstance(event, Feed) and event.notes][-1].notes[
        0
    ].start_tick >= 3 * BAR


def drained(queue: SimpleQueue[Command]) -> list[Command]:
    found = []
    while not queue.empty():
        found.append(queue.get())
    return found


def test_a_first_beat_that_is_struck_a_little_early_after_the_count_in_is_heard() -> None:
    heard = [
        Heard("input", tick, 0.0, bytes.fromhex(text))
        for tick, text in ((-300, "903c50"), (-20, "904050"), (200, "804000"))
    ]
    performance = Performance.of(SONATINA, 3)
    told: list[Event] = []
    time = Timekeeper(120.0, BAR, follows=False)
    time.hear(Began(1.0))
    hands = Hands(lambda _: None, told.append, lambda: 0.98, lambda _: performance.bundle)
    conductor = Conductor(Composer(performance), Setup(performance.settings), time, 3, hands, plays=False)
    duet = Duet(CONTINUE, (4, 4), conductor, time, hands, begins=False)
    for message in heard:
        duet.hear(message)
    assert told == [Played(0, 64, 80), Played(200, 64, 0)]
