"""Changes of a composer: other settings, another seed, a restart, another model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.errors import SettingsError
from musicgen_live.model.bundle import Bundle
from tests.support.composers import (
    BAR_TICKS,
    BARS,
    HOT,
    PHRASE,
    STEPS,
    composed,
    composer_of,
    play_short_notes,
    read_by,
)
from tests.support.models import toy_bars_bundle


def test_the_network_reads_a_new_header_once_before_the_next_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    composer = composer_of(replace(HOT, prompt=2))
    composed(composer, 2)
    composer.change(replace(composer.settings, density="dense"))
    read = read_by(lambda: composed(composer, 3), monkeypatch)
    # The style and the key are those of the prompt.
    assert read[:4] == ["style ragtime", "key A minor", "density dense", "bar 4/4"]
    assert sum(token.startswith("style") for token in read) == 1
    composer.change(replace(composer.settings, key="F major", density=None))
    assert read_by(composer.compose, monkeypatch)[:3] == ["style ragtime", "key F major", "bar 4/4"]
    composer.change(replace(composer.settings, temperature=2.0))
    assert read_by(composer.compose, monkeypatch)[0] == "bar 4/4"


def test_changed_settings_hold_from_the_next_bar_on() -> None:
    composer = composer_of()
    before = composed(composer, 4)
    limits: dict[str, Any] = {"key": "D minor", "low": "C3", "high": "C5", "polyphony": 2, "velocity": 40}
    composer.change(replace(composer.settings, **limits))
    after = composed(composer, 30)
    assert len({note.pitch % 12 for bar in before for note in bar.notes}) > 7
    notes = [note for bar in after for note in bar.notes]
    assert {note.pitch for note in notes} <= set(Settings(**limits).pitches)
    assert max(note.velocity for note in notes) <= 40 + 120 - 88
    notes_of_both = [note for bar in before + after for note in bar.notes]
    assert max(sum(o.start_tick <= n.start_tick < o.end_tick for o in notes_of_both) for n in notes) <= 2
    assert composer.settings.key == "D minor"


def test_settings_stay_changed_after_a_rewind() -> None:
    composer = composer_of()
    composed(composer, 4)
    composer.change(replace(composer.settings, key="C major"))
    composed(composer, 1)
    composer.rewind(BAR_TICKS)
    assert {note.pitch % 12 for bar in composed(composer, 8) for note in bar.notes} <= {0, 2, 4, 5, 7, 9, 11}


def test_an_impossible_change_changes_nothing() -> None:
    composer, other = composer_of(), composer_of()
    composed(composer, 2)
    with pytest.raises(SettingsError, match="style is 'jazz'"):
        composer.change(replace(composer.settings, style="jazz"))
    with pytest.raises(SettingsError, match=r"remind is 8, but the model .* choose one that can"):
        composer.change(composer.settings, STEPS)
    assert composer.settings == other.settings
    assert composed(composer, 2) == composed(other, 4)[2:]


def test_a_reroll_depends_on_its_seed() -> None:
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
def test_a_restart_plays_the_beginning_of_a_take(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    # Held notes would forbid their pitches after the restart.
    play_short_notes(monkeypatch)
    settings = HOT if bundle is BARS else Settings(decode="sample", steps=1000)
    composer, other = composer_of(settings, bundle), composer_of(settings, bundle, seed=9)
    first = composed(composer, 3)
    composer.restart()
    again = composed(composer, 3)
    composer.restart(9)
    others = composed(composer, 3)
    for bars_at_start, later, after in ((first, again, 3), (composed(other, 3), others, 6)):
        moved = [replace(n, start_tick=n.start_tick + after * BAR_TICKS) for bar in bars_at_start for n in bar.notes]
        assert [note for bar in later for note in bar.notes] == moved
    assert composer.next_tick == 9 * BAR_TICKS


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


def test_models_switch_from_bars_to_steps_and_back() -> None:
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
    decoded = sorted(bars.decode([*VOCABULARY.decode(composer.ids[:-1]), "end"]).notes)
    assert [n.pitch for n in decoded][-len(rest.notes) :] == [n.pitch for n in sorted(rest.notes)]


def test_a_change_of_other_settings_leaves_the_form() -> None:
    composer = composer_of(replace(HOT, bars=32, form="A A' B A"), toy_bars_bundle(remembers=True))
    sections = [bar.section for bar in composed(composer, 3)]
    composer.change(replace(composer.settings, temperature=2.0))
    sections += [bar.section for bar in composed(composer, 22)]
    assert {number: name for number, name in enumerate(sections, 1) if name} == {1: "A", 9: "A'", 17: "B", 25: "A"}


def test_another_form_begins_at_the_next_bar() -> None:
    composer = composer_of(replace(HOT, form="A B"), toy_bars_bundle(remembers=True))
    composed(composer, 3)
    composer.change(replace(composer.settings, form="C D", phrase=2))
    # The token of the fourth bar was read with the third.
    assert [bar.section for bar in composed(composer, 6)] == ["", "C", "", "D", "", "C"]
