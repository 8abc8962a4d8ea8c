"""The loop from prompt to notes, with networks whose predictions are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation import token_writer
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.constraints import Constraint
from musicgen_live.generation.grammar import BarsGrammar, Grammar
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import Plan
from musicgen_live.generation.step import Step
from musicgen_live.generation.token_writer import TokenWriter
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note
from tests.support.composers import BARS, HANDS, STEPS, WINDOW, foretell
from tests.support.models import toy_bars_bundle

REMEMBERING = toy_bars_bundle(remembers=True)
THREE_NOTES = replace(STEPS, vocabulary=Vocabulary(("C4", "E4", "G4")))
GREEDY = Settings(decode="pure-argmax", step="1/8", meter="4/4")


def writer_after(prompt: list[int], settings: Settings = GREEDY, bundle: Bundle = THREE_NOTES) -> TokenWriter:
    return TokenWriter(Performance(Plan(settings, 0, tuple(prompt)), bundle, 0), start_tick=0)


def successor(token_id: int) -> Floats:
    """Predict the id after the one that was read."""
    logits: Floats = np.eye(3, dtype=np.float32)[(token_id + 1) % 3]
    return logits


def indifferent(token_id: int) -> Floats:
    """Predict every token alike."""
    del token_id
    return np.zeros(len(VOCABULARY), np.float32)


def written(writer: TokenWriter, count: int) -> list[Step]:
    steps = [writer.choose() for _ in range(count)]
    assert None not in steps
    return [step for step in steps if step]


def test_the_prompt_is_read_and_only_what_follows_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    read = foretell(successor, monkeypatch)
    assert written(writer_after([2, 1]), 3) == [
        Step(2, (Note(0, 240, 67, 80),), 240),
        Step(0, (Note(240, 240, 60, 80),), 480),
        Step(1, (Note(480, 240, 64, 80),), 720),
    ]
    assert read == [2, 1, 2, 0]


def test_a_step_is_given_before_the_next_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    read = foretell(successor, monkeypatch)
    performance = Performance(Plan(replace(GREEDY, steps=1_000_000), 0, (0,)), THREE_NOTES, 0)
    next(Composer(performance).steps())
    assert read == [0]


def test_a_writer_never_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    foretell(successor, monkeypatch)
    assert [step.token_id for step in written(writer_after([0]), 1000)] == [1, 2, 0] * 333 + [1]


def test_ids_that_nobody_looks_back_to_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = GREEDY.changed({"decode": "sample", "temperature": 3.0})
    straight = written(writer_after(list(BARS.prompts[0]), settings, BARS), 3000)
    monkeypatch.setattr(token_writer, "_KEPT_IDS", 500)
    writer = writer_after(list(BARS.prompts[0]), settings, BARS)
    steps = written(writer, 1400)
    state, open_bar = writer.snapshot(), writer.open_bar
    written(writer, 400)
    writer.restore(state)
    assert writer.open_bar == open_bar
    steps += written(writer, 1600)
    assert steps == straight
    assert 500 <= len(writer.ids) < 1000
    assert writer.ids == [step.token_id for step in straight][-len(writer.ids) :]


def test_a_choice_is_made_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    read = foretell(successor, monkeypatch)
    writer = writer_after([2, 1])
    assert (writer.next_id(), writer.ids, writer.tick) == (2, [], 0)
    assert writer.take(0) == (Note(0, 240, 60, 80),)
    assert writer.next_id() == 1
    assert (writer.ids, read) == ([0], [2, 1, 0])


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="prompt"):
        writer_after([])


@pytest.mark.parametrize("settings", [{"decode": "sample", "temperature": 50.0}, {"decode": "argmax"}, {}])
def test_any_sampler_writes_well_formed_bars(settings: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    foretell(indifferent, monkeypatch)
    prompt = VOCABULARY.encode(["style any", "bar 3/4", "position 12"])
    steps = written(writer_after(prompt, GREEDY.changed(settings), BARS), 3000)
    tokens = VOCABULARY.decode(step.token_id for step in steps)
    assert tokens[0] == "bar 4/4"
    whole = max(i for i, token in enumerate(tokens) if token.startswith("bar "))
    assert whole
    assert bars.encode(bars.decode(tokens[:whole])) == [*tokens[:whole], "end"]
    assert [step.until_tick for step in steps] == sorted(step.until_tick for step in steps)
    for step in steps:
        assert all(note.start_tick >= step.until_tick for note in step.notes)


class Ending(Performance):
    """A performance whose grammar has an end."""

    def grammar(self, *, before: Sequence[Constraint] = (), after: Sequence[Constraint] = ()) -> Grammar | None:
        del before, after
        return BarsGrammar(may_end=True)


def test_the_music_ends_where_the_grammar_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    foretell(lambda _: np.arange(len(VOCABULARY), dtype=np.float32), monkeypatch)
    performance = Ending(Plan(replace(GREEDY, bars=100), 0, (0,)), BARS, 0)
    writer = TokenWriter(performance, start_tick=0)
    assert VOCABULARY.decode(step.token_id for step in written(writer, 2)) == ["bar 3/32", "end"]
    assert (writer.next_id(), writer.choose()) == (None, None)
    composer = Composer(performance)
    assert VOCABULARY.decode(step.token_id for step in composer.steps()) == ["bar 3/32", "end"]
    assert composer.is_over


def test_a_real_network_writes_the_same_each_time() -> None:
    takes = [written(writer_after(list(STEPS.prompts[0]), GREEDY, STEPS), 50) for _ in range(2)]
    assert takes[0] == takes[1]


LIMITED = Settings(
    decode="sample",
    temperature=3.0,
    meter="4/4",
    variation=0.5,
    key="C major",
    polyphony=2,
    max_onsets=2.0,
    chords="C | Dm",
    remind=2,
)
IN_STEPS = Settings(decode="sample", variation=0.5, near_key="C major", polyphony=3)


@pytest.mark.parametrize(
    ("settings", "bundle"),
    [
        (LIMITED, BARS),
        (LIMITED, HANDS),
        (replace(LIMITED, decode="argmax"), BARS),
        (replace(LIMITED, decode="pure-argmax"), BARS),
        (replace(LIMITED, chords=None, near_key="E minor", key=None), BARS),
        (replace(LIMITED, form="A B A' A+5", phrase=1), REMEMBERING),
        (replace(LIMITED, form="free"), REMEMBERING),
        (IN_STEPS, STEPS),
        (replace(IN_STEPS, chords="C | Dm"), STEPS),
        (replace(IN_STEPS, decode="argmax"), WINDOW),
    ],
)
def test_a_writer_goes_back_to_a_snapshot_repeatedly(settings: Settings, bundle: Bundle) -> None:
    performance = Performance.of(settings, bundle, seed=5)
    other = Performance.of(settings.changed({"key": "G major", "variation": 0.0}), bundle, seed=5)
    writer = TokenWriter(performance, start_tick=0)
    written(writer, 57)
    state, ids, tick = writer.snapshot(), list(writer.ids), writer.tick
    planned = written(writer, 90)
    for _ in range(2):
        writer.restore(state)
        assert writer.performance is performance
        assert (writer.ids, writer.tick) == (ids, tick)
        assert written(writer, 90) == planned
        writer.seed(9)
        writer.change(other)
        written(writer, 90)


def test_a_writer_can_go_back_and_keep_its_sampler() -> None:
    writer = TokenWriter(Performance.of(replace(LIMITED, variation=0.0), BARS, seed=5), start_tick=0)
    written(writer, 10)
    state = writer.snapshot()
    first = written(writer, 90)
    writer.restore(state, keep_sampler=True)
    assert written(writer, 90) != first
    writer.restore(state)
    assert written(writer, 90) == first
