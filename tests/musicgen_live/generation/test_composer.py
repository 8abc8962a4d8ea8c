"""Music bar by bar: gone back in, steered, given what others played; and always well-formed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest

from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens, bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import KEPT_BARS, Bar, Composer
from musicgen_live.generation.generator import generate
from musicgen_live.generation.sampling import chooser_for
from musicgen_live.generation.writer import MOST_BAR_IDS
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import CarriedState, Floats, predictor, read_all
from musicgen_live.notes import Note
from musicgen_live.performance import Performance
from musicgen_live.settings import Settings
from musicgen_live.shipped import load_preset, model_path, preset_names
from tests.toy import toy_bars_bundle, toy_bundle

BARS, HANDS, STEPS, WINDOW = toy_bars_bundle(), toy_bars_bundle("bars-hands"), toy_bundle(), toy_bundle("window")
HOT = Settings(decode="sample", temperature=3.0, bars=1000, meter="4/4")
BAR_TICKS = 1920


def composer_of(settings: Settings = HOT, bundle: Bundle = BARS, seed: int = 1) -> Composer:
    return Composer(Performance(settings, bundle, seed))


def composed(composer: Composer, count: int) -> list[Bar]:
    found = []
    for _ in range(count):
        bar = composer.compose()
        assert bar is not None
        found.append(bar)
    return found


@cache
def shipped_bundle(model: str) -> Bundle:
    return Bundle.load(model_path(model))


def shipped(preset: str, seed: int) -> Performance:
    settings = load_preset(preset).settings
    return Performance(settings, shipped_bundle(settings.model), seed)


@pytest.mark.parametrize("preset", preset_names())
def test_bars_are_what_the_plain_loop_gives_and_come_again_after_going_back(preset: str) -> None:
    performance = shipped(preset, seed=2)
    settings, vocabulary = performance.settings, performance.bundle.vocabulary
    composer = Composer(performance)
    first = composed(composer, 3)
    assert [bar.start_tick for bar in first] == [0, settings.bar_ticks, 2 * settings.bar_ticks]
    ids = [token_id for bar in first for token_id in bar.ids]
    chooser = chooser_for(settings, 2)
    loop = generate(
        performance.reader(2),
        chooser,
        vocabulary,
        performance.decoder(),
        performance.plan.prompt,
        None,
        performance.grammar(),
    )
    assert [step.token_id for step in islice(loop, len(ids))] == ids
    for back in (1, 3, 2):
        composer.rewind(first[-back].start_tick)
        assert composed(composer, back) == first[-back:]


@pytest.mark.parametrize("bundle", [BARS, STEPS, WINDOW])
def test_the_last_bar_says_so_and_nothing_follows(bundle: Bundle) -> None:
    settings = replace(HOT, bars=3) if bundle is BARS else Settings(decode="sample", steps=20, step="1/8")
    composer = composer_of(settings, bundle)
    last = composed(composer, 3)
    assert [bar.is_last for bar in last] == [False, False, True]
    assert last[-1].end_tick == (3 * BAR_TICKS if bundle is BARS else 20 * 240)
    assert composer.compose() is None
    assert max(note.end_tick for bar in last for note in bar.notes) <= 3 * BAR_TICKS
    composer.rewind(2 * BAR_TICKS)
    assert composer.compose() == last[-1]


def test_without_bars_a_step_may_cross_the_line() -> None:
    composer = composer_of(Settings(decode="sample", steps=100, step="5/16"), STEPS)
    found = composed(composer, 3)
    assert [(bar.start_tick, bar.end_tick) for bar in found] == [(0, 2400), (2400, 4200), (4200, 6000)]
    assert [len(bar.ids) for bar in found] == [4, 3, 3]


def test_how_far_back_it_goes() -> None:
    composer = composer_of()
    composed(composer, KEPT_BARS + 10)
    composer.rewind(10 * BAR_TICKS)
    with pytest.raises(ValueError, match="the tick 19201 cannot be gone back to"):
        composer.rewind(10 * BAR_TICKS + 1)
    composed(composer, KEPT_BARS + 1)
    with pytest.raises(ValueError, match="the tick 19200 cannot be gone back to"):
        composer.rewind(10 * BAR_TICKS)


def read_by(act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that the network reads meanwhile."""
    read: list[int] = []
    step = CarriedState.step

    def reading(self: CarriedState, token_id: int) -> Floats:
        read.append(token_id)
        return step(self, token_id)

    with monkeypatch.context() as patched:
        patched.setattr(CarriedState, "step", reading)
        act()
    return VOCABULARY.decode(read)


def test_what_is_asked_for_is_told_before_the_next_bar_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    composer = composer_of(replace(HOT, prompt=2))
    composed(composer, 2)
    composer.change(replace(composer.settings, density="dense"))
    read = read_by(lambda: composed(composer, 3), monkeypatch)
    # The style and the mode are those of the opening.
    assert read[:4] == ["style ragtime", "mode minor", "density dense", "bar 4/4"]
    assert sum(token.startswith("style") for token in read) == 1
    composer.change(replace(composer.settings, key="F major", density=None))
    assert read_by(composer.compose, monkeypatch)[:3] == ["style ragtime", "mode major", "bar 4/4"]
    composer.change(replace(composer.settings, temperature=2.0))
    assert read_by(composer.compose, monkeypatch)[0] == "bar 4/4"


def test_settings_that_change_hold_from_the_next_bar_on() -> None:
    composer = composer_of()
    before = composed(composer, 4)
    limits: dict[str, Any] = {"key": "D minor", "low": "C3", "high": "C5", "polyphony": 2, "velocity": 40}
    composer.change(replace(composer.settings, **limits))
    after = composed(composer, 30)
    assert len({note.pitch % 12 for bar in before for note in bar.notes}) > 7
    notes = [note for bar in after for note in bar.notes]
    assert {note.pitch for note in notes} <= set(Settings(**limits).pitches)
    assert max(note.velocity for note in notes) <= 40 + 120 - 88
    heard = [note for bar in before + after for note in bar.notes]
    assert max(sum(o.start_tick <= n.start_tick < o.end_tick for o in heard) for n in notes) <= 2
    assert composer.settings.key == "D minor"


def test_settings_stay_where_music_is_gone_back_in() -> None:
    composer = composer_of()
    composed(composer, 4)
    composer.change(replace(composer.settings, key="C major"))
    composed(composer, 1)
    composer.rewind(BAR_TICKS)
    assert {note.pitch % 12 for bar in composed(composer, 8) for note in bar.notes} <= {0, 2, 4, 5, 7, 9, 11}


def test_what_cannot_be_changes_nothing() -> None:
    composer, other = composer_of(), composer_of()
    composed(composer, 2)
    with pytest.raises(SettingsError, match="style is 'jazz'"):
        composer.change(replace(composer.settings, style="jazz"))
    with pytest.raises(SettingsError, match="remind is 16, which the model"):
        composer.change(composer.settings, STEPS)
    assert composer.settings == other.settings
    assert composed(composer, 2) == composed(other, 4)[2:]


def test_another_seed_is_another_bar_and_the_same_seed_the_same() -> None:
    composer = composer_of()
    planned = composed(composer, 4)
    found = []
    for seed in (7, 8, 7):
        composer.rewind(2 * BAR_TICKS)
        composer.reroll(seed)
        found.append(composed(composer, 2))
    assert found[0] == found[2] != found[1]
    assert planned[2:] not in found
    composer.rewind(2 * BAR_TICKS)
    assert composed(composer, 2) == found[2]


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_a_restart_is_how_a_take_begins(bundle: Bundle) -> None:
    settings = HOT if bundle is BARS else Settings(decode="sample", steps=1000)
    composer, other = composer_of(settings, bundle), composer_of(settings, bundle, seed=9)
    first = composed(composer, 3)
    composer.restart()
    again = composed(composer, 3)
    composer.restart(9)
    others = composed(composer, 3)
    for begun, later, after in ((first, again, 3), (composed(other, 3), others, 6)):
        moved = [replace(n, start_tick=n.start_tick + after * BAR_TICKS) for bar in begun for n in bar.notes]
        assert [note for bar in later for note in bar.notes] == moved
    assert composer.next_tick == 9 * BAR_TICKS


PHRASE = tuple(Note(240 * i, 240, pitch, 80) for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72, 74, 76)))


@pytest.mark.parametrize("bundle", [BARS, HANDS, STEPS])
def test_what_is_read_is_what_the_network_has_read(bundle: Bundle) -> None:
    settings = replace(HOT, variation=0.0, remind=0) if bundle is not STEPS else Settings(decode="sample", steps=1000)
    composer = composer_of(settings, bundle)
    composed(composer, 2)
    composer.read([replace(n, start_tick=n.start_tick + 2 * BAR_TICKS) for n in PHRASE], 3 * BAR_TICKS + 480)
    fresh = predictor(bundle.network())
    prompt = Performance(settings, bundle, 1).plan.prompt
    assert np.array_equal(composer.prediction(), read_all(fresh, (*prompt, *composer.ids)))
    assert np.array_equal(composer.prediction(), composer.prediction())
    if bundle is BARS:
        assert VOCABULARY.decode(composer.ids[-7:]) == [
            *["bar 4/4", "position 0", "pitch 74", "duration 12"],
            *["position 12", "pitch 76", "duration 12"],
        ]
    elif bundle is STEPS:
        # A4, B4, D5 and E5 this vocabulary has not.
        assert bundle.vocabulary.decode(composer.ids[-6:]) == ["C4", "D4", "E4", "F4", "G4", "C5"]


def test_the_rest_of_a_bar_that_was_read_begins_behind_it() -> None:
    composer = composer_of()
    composed(composer, 1)
    for beats in (1, 2, 3):
        until_tick = BAR_TICKS + 480 * beats
        composer.read([Note(until_tick - 470, 400, 60 + beats, 90)], until_tick)
        rest = composed(composer, 1)[0]
        assert (rest.start_tick, rest.end_tick) == (until_tick, 2 * BAR_TICKS)
        assert all(until_tick <= note.start_tick < 2 * BAR_TICKS for note in rest.notes)
        score = bars.decode(VOCABULARY.decode([*composer.ids[:-1], *VOCABULARY.encode(["end"])]))
        heard = [n for n in score.notes if BAR_TICKS <= n.start_tick < until_tick]
        assert [n.pitch for n in heard] == [60 + beat for beat in range(1, beats + 1)]
        composer.rewind(until_tick)


def test_a_note_just_before_the_bar_line_is_read_as_one_on_it() -> None:
    composer = composer_of()
    composed(composer, 1)
    composer.read([Note(2 * BAR_TICKS - 5, 480, 60, 80)], 2 * BAR_TICKS)
    assert VOCABULARY.decode(composer.ids[-4:]) == ["bar 4/4", "position 0", "pitch 60", "duration 24"]
    composer.read([Note(2 * BAR_TICKS, 480, 64, 80)], 2 * BAR_TICKS + 480)
    assert VOCABULARY.decode(composer.ids[-3:]) == ["duration 24", "pitch 64", "duration 24"]
    assert all(note.start_tick >= 2 * BAR_TICKS + 480 for note in composed(composer, 1)[0].notes)


def test_what_was_played_is_read_back_as_it_was_written() -> None:
    settings = replace(HOT, swing=0.6, velocity=60)
    composer = composer_of(settings)
    first = composed(composer, 3)
    ids = composer.ids
    composer.rewind(BAR_TICKS)
    notes = [note for bar in first[1:] for note in bar.notes]
    composer.read(notes, 3 * BAR_TICKS)
    decoded, again = (sorted(bars.decode([*VOCABULARY.decode(i[:-1]), "end"]).notes) for i in (ids, composer.ids))
    assert [replace(n, duration_ticks=0) for n in again] == [replace(n, duration_ticks=0) for n in decoded]


def test_what_is_not_ahead_cannot_be_read() -> None:
    composer = composer_of()
    composed(composer, 1)
    with pytest.raises(ValueError, match="music up to the tick 1920 already; 1920 is not behind it"):
        composer.read([], BAR_TICKS)
    with pytest.raises(ValueError, match="the tick 5 is not on a bar line of 4/4"):
        Composer(Performance(HOT, BARS, 1), 5)


def test_another_model_reads_the_latest_music(monkeypatch: pytest.MonkeyPatch) -> None:
    composer = composer_of(replace(HOT, style="ragtime"))
    composed(composer, 6)
    ids = VOCABULARY.decode(composer.ids)
    read = read_by(lambda: composer.change(composer.settings, toy_bars_bundle()), monkeypatch)
    music = next(at for at, token in enumerate(read) if token.startswith("bar"))
    assert read[0] == "style ragtime"
    assert read[music:] == ids[-1 - len(read[music:]) : -1]
    assert len(read) > 60
    assert composed(composer, 1)[0].start_tick == 6 * BAR_TICKS


def test_from_bars_to_steps_and_back() -> None:
    composer = composer_of()
    composed(composer, 1)
    composer.read([replace(n, start_tick=n.start_tick + BAR_TICKS) for n in PHRASE[:5]], 2 * BAR_TICKS)
    composer.change(Settings(decode="sample", step="3/16"), STEPS)
    assert STEPS.vocabulary.decode(composer.ids)[-4:] == ["D4", "E4", "F4", "G4"]
    steps = composed(composer, 2)
    assert [(bar.start_tick, bar.end_tick) for bar in steps] == [(2 * BAR_TICKS, 6000), (6000, 7800)]
    composer.change(HOT, BARS)
    rest = composed(composer, 1)[0]
    assert (rest.start_tick, rest.end_tick) == (7800, 5 * BAR_TICKS)
    assert all(note.start_tick >= 7800 for note in rest.notes)
    heard = sorted(bars.decode([*VOCABULARY.decode(composer.ids[:-1]), "end"]).notes)
    assert [n.pitch for n in heard][-len(rest.notes) :] == [n.pitch for n in rest.notes]


MODELS = {"bars": BARS, "bars-hands": HANDS, "steps": STEPS, "window": WINDOW}


class Fuzzed:
    """A composer that anything is done to, and what has to hold."""

    def __init__(self, model: str, seed: int) -> None:
        self.dice = random.Random(seed)
        self.meter = self.dice.choice(["4/4", "3/4", "6/8"])
        self.bundle = MODELS[model]
        length: dict[str, Any] = {"bars" if self.bundle.encoding in BAR_ENCODINGS else "steps": 1_000_000}
        self.composer = Composer(Performance(replace(self.settings(), **length), self.bundle, seed))
        self.ticks = [0]
        self.notes: list[Note] = []
        self.bars_since = self.frontier = 0

    def settings(self) -> Settings:
        pick = self.dice.choice
        shared: dict[str, Any] = {
            "temperature": pick([0.5, 1.0, 4.0]),
            "key": pick([None, "C major", "A minor pentatonic"]),
            "low": pick([None, "C3"]),
            "high": pick([None, "C5"]),
            "polyphony": pick([None, 1, 3]),
            "chords": pick([None, "C | Am G"]),
            "decode": pick(["sample", "argmax"]),
            "meter": self.meter,
        }
        if self.bundle.encoding in BAR_ENCODINGS:
            shared |= {
                "density": pick([None, "dense"]),
                "remind": pick([None, 0, 2]),
                "max_onsets": pick([None, 2.0]),
                "shortest": pick([None, "1/8"]),
            }
        else:
            shared["step"] = pick(["1/8", "3/16", "1/12"])
        return Settings(**shared)

    def act(self) -> None:
        pick, composer = self.dice.choice, self.composer
        others = ["change", "model", "reroll", "rewind", "rewind", "restart", "read", "read", "move"]
        do = pick(["compose"] * 6 + others)
        if do == "change":
            composer.change(self.settings())
        elif do == "model":
            if self.bundle.encoding not in BAR_ENCODINGS:
                self.bars_since = self.ticks[-1]
            self.bundle = MODELS[pick(list(MODELS))]
            composer.change(self.settings(), self.bundle)
        elif do == "reroll":
            composer.reroll(self.dice.randrange(99))
        elif do == "restart":
            composer.restart(pick([None, 5]))
        elif do == "rewind":
            self.frontier = max(self.frontier, self.ticks[-1])
            within = [tick for tick in self.ticks if tick > self.frontier - 6 * BAR_TICKS]
            composer.rewind(pick(within))
            self.ticks = [tick for tick in self.ticks if tick <= composer.next_tick]
            self.notes = [note for note in self.notes if note.start_tick < self.ticks[-1]]
        elif do == "read":
            self.read()
        elif do == "move":
            self.frontier = self.bars_since = self.dice.randrange(60) * Settings(meter=self.meter).bar_ticks
            composer.move(self.frontier)
            self.ticks, self.notes = [self.frontier], []
        else:
            self.compose()
        assert composer.next_tick == self.ticks[-1]

    def read(self) -> None:
        until_tick = self.ticks[-1] + self.dice.randrange(1, 10) * 240
        starts = [self.dice.randrange(self.ticks[-1], until_tick) // 120 * 120 for _ in range(self.dice.randrange(8))]
        notes = [Note(s, 120 * self.dice.choice([1, 2, 4]), self.dice.randrange(30, 90), 80) for s in sorted(starts)]
        self.composer.read(notes, until_tick)
        self.ticks.append(until_tick)
        self.notes += [note for note in notes if note.start_tick >= self.ticks[-2]]

    def compose(self) -> None:
        bar = self.composer.compose()
        assert bar is not None
        settings = self.composer.settings
        assert bar.start_tick == self.ticks[-1] < bar.end_tick == self.composer.next_tick
        assert all(bar.start_tick <= note.start_tick < bar.end_tick for note in bar.notes)
        assert {note.pitch for note in bar.notes} <= set(settings.pitches)
        self.ticks.append(bar.end_tick)
        self.notes += bar.notes
        if self.bundle.encoding in BAR_ENCODINGS:
            assert bar.end_tick % settings.bar_ticks == 0
            self.check_ids()
            self.check_polyphony(bar, settings.polyphony or 1000)

    def check_polyphony(self, bar: Bar, most: int) -> None:
        """What was made without bars counts as it is told in them, so not here; equal notes count once."""
        ends: dict[tuple[int, int], int] = {}
        for note in self.notes:
            if note.start_tick >= self.bars_since:
                at = note.start_tick, note.pitch
                ends[at] = max(ends.get(at, 0), note.end_tick)
        for note in bar.notes:
            assert sum(start <= note.start_tick < end for (start, _), end in ends.items()) <= most

    def check_ids(self) -> None:
        """What was heard is well-formed: it is what would be written for its notes."""
        tokens = [*VOCABULARY.decode(self.composer.ids[:-1]), "end"]
        begins = [at for at, token in enumerate(tokens) if token.startswith("bar ")][-6:]
        tokens = tokens[begins[0] :]
        assert bars.encode(bars.decode(tokens), hands=self.bundle is HANDS) == tokens
        assert self.composer.ids[-1] in bar_tokens.ids_of("bar")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_it_music_stays_in_order(seed: int) -> None:
    fuzzed = Fuzzed(list(MODELS)[seed], seed)
    for _ in range(150):
        fuzzed.act()


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_music_moved_is_the_same_music_elsewhere(bundle: Bundle) -> None:
    settings = HOT if bundle is BARS else Settings(decode="sample", steps=1000)
    moved, other = composer_of(settings, bundle), composer_of(settings, bundle)
    composed(moved, 2)
    composed(other, 2)
    moved.move(10 * BAR_TICKS)
    assert moved.next_tick == 10 * BAR_TICKS
    by = 8 * BAR_TICKS
    expected = [
        [replace(note, start_tick=note.start_tick + by) for note in bar.notes] for bar in composed(other, KEPT_BARS)
    ]
    found = composed(moved, KEPT_BARS)
    assert [list(bar.notes) for bar in found] == expected
    assert [bar.start_tick for bar in found[:2]] == [10 * BAR_TICKS, 11 * BAR_TICKS]
    moved.rewind(10 * BAR_TICKS)
    assert composed(moved, 2) == found[:2]
    moved.rewind(11 * BAR_TICKS)
    assert composed(moved, 1) == found[1:2]
    moved.move(2 * BAR_TICKS)
    assert composed(moved, 1)[0].start_tick == 2 * BAR_TICKS


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_behind_a_move_there_is_no_way_back(bundle: Bundle) -> None:
    settings = HOT if bundle is BARS else Settings(decode="sample", steps=1000)
    composer = composer_of(settings, bundle)
    composed(composer, 3)
    composer.move(5 * BAR_TICKS)
    assert composer.mark_before(5 * BAR_TICKS - 1) is None
    with pytest.raises(ValueError, match=f"the tick {2 * BAR_TICKS} cannot be gone back to: \\[{5 * BAR_TICKS}\\] can"):
        composer.rewind(2 * BAR_TICKS)
    with pytest.raises(ValueError, match="the tick 100 is not on a bar line"):
        composer.move(100)
    assert composer.next_tick == 5 * BAR_TICKS


@pytest.mark.parametrize("bundle", [BARS, HANDS, STEPS])
def test_what_was_read_in_part_of_a_bar_is_moved_past(bundle: Bundle) -> None:
    settings = Settings(decode="sample", steps=1000) if bundle is STEPS else HOT
    composer = composer_of(settings, bundle)
    composed(composer, 1)
    composer.read([Note(BAR_TICKS, 480, 60, 80)], BAR_TICKS + 960)
    composer.move(4 * BAR_TICKS)
    if bundle is not STEPS:
        assert VOCABULARY.decode(composer.ids[-1:]) == ["bar 4/4"]
        bar_ids = [at for at, token_id in enumerate(composer.ids) if token_id in bar_tokens.ids_of("bar")]
        read = VOCABULARY.decode(composer.ids[bar_ids[-2] :])
        assert [token for token in read if not token.startswith("hand")] == [
            *["bar 4/4", "position 0", "pitch 60", "duration 24"],
            "bar 4/4",
        ]
    bar = composed(composer, 1)[0]
    assert (bar.start_tick, bar.end_tick) == (4 * BAR_TICKS, 5 * BAR_TICKS)
    assert all(4 * BAR_TICKS <= note.start_tick < 5 * BAR_TICKS for note in bar.notes)


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_music_is_read_and_settings_change_behind_a_move(bundle: Bundle) -> None:
    settings = Settings(decode="sample", steps=1000) if bundle is STEPS else HOT
    composer = composer_of(settings, bundle)
    composed(composer, 2)
    composer.move(7 * BAR_TICKS)
    composer.read([Note(7 * BAR_TICKS, 480, 60, 80), Note(7 * BAR_TICKS + 480, 480, 64, 80)], 7 * BAR_TICKS + 960)
    rest = composed(composer, 1)[0]
    assert (rest.start_tick, rest.end_tick) == (7 * BAR_TICKS + 960, 8 * BAR_TICKS)
    assert all(rest.start_tick <= note.start_tick < rest.end_tick for note in rest.notes)
    composer.change(replace(composer.settings, key="C major"))
    after = composed(composer, 3)
    assert [bar.start_tick for bar in after] == [bar * BAR_TICKS for bar in (8, 9, 10)]
    assert {note.pitch % 12 for bar in after for note in bar.notes} <= {0, 2, 4, 5, 7, 9, 11}
    composer.rewind(7 * BAR_TICKS + 960)
    assert composed(composer, 1)[0].start_tick == rest.start_tick
    composer.change(Settings(decode="sample") if bundle is BARS else HOT, STEPS if bundle is BARS else BARS)
    assert composed(composer, 1)[0].start_tick == 8 * BAR_TICKS


def test_a_move_ahead_of_another_model_reading_the_music() -> None:
    composer = composer_of()
    composed(composer, 2)
    composer.move(50 * BAR_TICKS)
    composer.change(Settings(decode="sample"), STEPS)
    assert composed(composer, 1)[0].start_tick == 50 * BAR_TICKS
    composer.change(HOT, HANDS)
    composer.move(3 * BAR_TICKS)
    bar = composed(composer, 1)[0]
    assert (bar.start_tick, bar.end_tick) == (3 * BAR_TICKS, 4 * BAR_TICKS)


@pytest.mark.parametrize("bundle", [BARS, STEPS])
def test_a_take_that_is_moved_past_its_end_is_over_until_it_is_moved_back(bundle: Bundle) -> None:
    composer = composer_of(
        replace(HOT, bars=4) if bundle is BARS else Settings(decode="sample", steps=32, step="1/8"), bundle
    )
    composed(composer, 1)
    assert not composer.is_over
    composer.move(4 * BAR_TICKS)
    assert composer.is_over
    assert composer.compose() is None
    composer.move(2 * BAR_TICKS)
    assert not composer.is_over
    assert [bar.is_last for bar in composed(composer, 2)] == [False, True]
    assert composer.is_over
    composer.rewind(3 * BAR_TICKS)
    assert not composer.is_over


def test_where_the_last_place_to_go_back_to_is() -> None:
    composer = composer_of()
    assert composer.mark_before(0) == 0
    assert composer.mark_before(-1) is None
    composed(composer, 3)
    assert composer.mark_before(2 * BAR_TICKS - 1) == BAR_TICKS
    assert composer.mark_before(2 * BAR_TICKS) == 2 * BAR_TICKS
    assert composer.mark_before(99 * BAR_TICKS) == 3 * BAR_TICKS
    composer.read([], 3 * BAR_TICKS + 480)
    assert composer.mark_before(3 * BAR_TICKS + 500) == 3 * BAR_TICKS + 480
    composed(composer, KEPT_BARS + 1)
    assert composer.mark_before(3 * BAR_TICKS) is None


@pytest.mark.parametrize("bundle", [BARS, HANDS])
def test_a_bar_of_wild_choices_ends_as_well_formed_as_any(bundle: Bundle) -> None:
    wild = {name: np.zeros_like(tensor) for name, tensor in bundle.tensors.items()}
    # At every place all pitches, from the lowest up, and a bar line only where there is nothing else.
    for kind, least in (("pitch", 0), ("position", -1000), ("hand", -2000), ("velocity", -3000), ("bar", -4000)):
        ids = bar_tokens.ids_of(kind)
        wild["output.bias"][ids.start : ids.stop] = least - 3 * np.arange(len(ids))
    composer = composer_of(replace(HOT, temperature=1.0), replace(bundle, tensors=wild))
    longest = [len(bar.ids) for bar in composed(composer, 3)]
    # A note that is begun is ended.
    assert all(MOST_BAR_IDS <= length <= MOST_BAR_IDS + 3 for length in longest), longest
    tokens = [*VOCABULARY.decode(composer.ids[:-1]), "end"]
    assert bars.encode(bars.decode(tokens), hands=bundle is HANDS) == tokens
