"""Mistakes in the program while it plays: told in a sentence, written to the log, and the music goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from musicgen_live.config.library import model_path
from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.errors import PlayerError, SettingsError
from musicgen_live.generation.composer import Composer
from musicgen_live.interfaces.events import BarBegan, Changed, Event, Refused, UserMessage
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import Network
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Begin, Command, SetChannel, Stop
from musicgen_live.player.config import Timing
from musicgen_live.player.reports import Alive, Began, Done, Received, Report
from musicgen_live.player.sent_log import SentLog
from musicgen_live.session.faults import Faults
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.listening.decisions import ListenMode, ListenOptions
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.options import SessionOptions, Setup
from tests.support.light import light_performance
from tests.support.musician import SONATINA, phrase
from tests.support.rehearsal import Rehearsal
from tests.support.silences import longest_silence

BARS = 12
SETTINGS = load_preset("sonatina").settings.changed(
    {"tempo": 240.0, "meter": "2/4", "bars": BARS, "key": "C major", "density": "dense"}
)
QUARTER = 480
SENTENCE = "That is a mistake in the program (ValueError: no such thing); "
NO_LOG = "play with --log FILE to have the details."


def a_mistake(text: str = "no such thing") -> Exception:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


# --- the log -----------------------------------------------------------------------------------------------------


def test_an_error_of_the_user_is_its_own_reason(tmp_path: Path) -> None:
    log = tmp_path / "faults.log"
    assert Faults(log).reason(SettingsError("tempo is 5; it can be from 10")) == "tempo is 5; it can be from 10"
    assert not log.exists()


def test_without_a_log_the_sentence_says_how_to_have_one() -> None:
    assert Faults().reason(a_mistake()) == f"{SENTENCE}{NO_LOG}"


def test_the_log_gets_each_traceback_once(tmp_path: Path) -> None:
    log = tmp_path / "faults.log"
    faults = Faults(log)
    assert not faults.is_known(a_mistake())
    for _ in range(3):
        assert faults.reason(a_mistake()) == f"{SENTENCE}the details are in {log}."
    assert faults.is_known(a_mistake("another text"))
    text = log.read_text()
    assert text.count("Traceback (most recent call last):") == 1
    assert text.endswith("ValueError: no such thing\n\n")
    assert "in a_mistake\n    raise ValueError(text)" in text


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    faults = Faults(tmp_path / "nosuch" / "faults.log")
    assert faults.reason(a_mistake()).endswith("faults.log (No such file or directory).")


# --- changes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["octave", "tempo", "channel", "freeze", "chords", "low", "model", "preset", "save"])
def test_a_change_that_nobody_expects_is_refused(name: str) -> None:
    absurd = Change(name, cast("Any", frozenset({"not a value"})))
    rehearsal = Rehearsal(SETTINGS, [(1.1, absurd), (1.2, Change("transpose", 2))], seed=3)
    assert [event.name for event in rehearsal.published(Refused)] == [name]
    assert ("transpose", 2) in [(event.name, event.value) for event in rehearsal.published(Changed)]
    check_whole(rehearsal)


def check_whole(rehearsal: Rehearsal) -> None:
    assert [event.bar for event in rehearsal.published(BarBegan)] == list(range(1, BARS + 1))
    assert longest_silence(rehearsal.output.messages) <= QUARTER
    assert rehearsal.notes()
    assert rehearsal.session.failure is None


# --- models ------------------------------------------------------------------------------------------------------


class FailingNetwork(Network):
    """A network that predicts a few times, and then fails."""

    predictions_left = 0

    def logits(self, top: Floats) -> Floats:
        self.predictions_left -= 1
        if self.predictions_left < 0:
            raise FloatingPointError("no such number")
        return super().logits(top)


def failing(bundle: Bundle, predictions: int) -> Bundle:
    """Return a model that fails after a number of predictions."""
    network = FailingNetwork(bundle.architecture, bundle.tensors)
    network.predictions_left = predictions
    return replace(bundle, made=network)


@pytest.mark.parametrize("predictions", [0, 1, 2])
@pytest.mark.parametrize("model", ["stream", "classic"])
def test_a_model_that_fails_when_it_is_run_is_refused(model: str, predictions: int) -> None:
    class WithFailingModel(Rehearsal):
        def load(self, model: str) -> Bundle:
            return failing(Bundle.load(model_path(model)), predictions)

    script = [(1.3, Change("model", model)), (3.3, Change("transpose", 2))]
    rehearsal = WithFailingModel(SETTINGS, script, seed=3)
    refused = rehearsal.published(Refused)
    assert [event.name for event in refused] == ["model"]
    assert refused[0].reason.startswith("That is a mistake in the program (FloatingPointError: no such number); ")
    assert rehearsal.session.values["model"] == "piano"
    assert rehearsal.session.values["transpose"] == 2
    check_whole(rehearsal)


class WillingPlayer:
    """A `PlayerHandle` that sends nothing, and ends when it is asked to."""

    ahead_s = 0.0

    def __init__(self) -> None:
        self.sent_log = SentLog()
        self.commands: list[Command] = []

    def send(self, command: Command) -> None:
        self.commands.append(command)

    def receive(self) -> Report | None:
        return Done() if Stop() in self.commands else None


def test_if_the_model_in_use_fails_the_take_ends_in_order(tmp_path: Path) -> None:
    performance = light_performance(SETTINGS, 3)
    # The prompt takes one prediction; the first bar takes more than ten.
    bundle = failing(performance.bundle, 1 + 10)
    performance = replace(performance, bundle=bundle)
    player, log = WillingPlayer(), tmp_path / "faults.log"
    session = LiveSession(
        player,
        performance,
        SessionOptions(log=log),
        Setup(SETTINGS, Timing(), tmp_path, TakeLabel.of("toy", 0, SETTINGS)),
        inbox=Inbox(),
    )
    assert session.run() is True
    assert [type(command) for command in player.commands] == [Stop]
    assert session.failure == (
        "The music cannot go on. That is a mistake in the program (FloatingPointError: no such number); "
        f"the details are in {log}."
    )
    assert "in logits" in log.read_text()


# --- what is played ----------------------------------------------------------------------------------------------


class DeafComposer(Composer):
    """A composer that cannot read the notes of a musician."""

    def read(self, notes: Sequence[Note], until_tick: int) -> None:
        if notes:
            raise ValueError("no such thing")
        super().read(notes, until_tick)


@pytest.mark.parametrize("mode", ["continue", "answer", "follow"])
def test_a_phrase_that_cannot_be_read_is_told(mode: ListenMode) -> None:
    class Deaf(Rehearsal):
        composer_type = DeafComposer

    script = [*phrase(1.0), *phrase(9.0), (20.0, Stop())]
    rehearsal = Deaf(SONATINA, script, 3, listen_options=ListenOptions(mode))
    said = {event.text for event in rehearsal.published(UserMessage)}
    assert said == {f"What you played was not understood, and the music goes on. {SENTENCE}{NO_LOG}"}
    assert rehearsal.notes()
    assert rehearsal.session.failure is None


# --- observers ---------------------------------------------------------------------------------------------------


def test_an_observer_that_fails_is_told_once_and_goes_on() -> None:
    seen: list[Event] = []

    def observe(event: Event) -> None:
        seen.append(event)
        raise ValueError("no such thing")

    rehearsal = Rehearsal(SETTINGS, seed=3, observers=[observe])
    assert [event.text for event in rehearsal.published(UserMessage)] == [
        f"A part of the program that shows the take has failed, and the music goes on. {SENTENCE}{NO_LOG}"
    ]
    assert sorted(map(repr, seen)) == sorted(map(repr, rehearsal.events))
    check_whole(rehearsal)


def test_an_error_of_the_user_in_an_observer_is_told_once_too() -> None:
    def observe(_event: Event) -> None:
        raise SettingsError("tempo is 5; it can be from 10")

    rehearsal = Rehearsal(SETTINGS, seed=3, observers=[observe])
    assert [event.text for event in rehearsal.published(UserMessage)] == [
        "A part of the program that shows the take has failed, and the music goes on. tempo is 5; it can be from 10"
    ]
    check_whole(rehearsal)


# --- the player --------------------------------------------------------------------------------------------------


class LostPlayer:
    """A `PlayerHandle` of which no new process can be started once a command of a kind is sent."""

    ahead_s = 0.0

    def __init__(self, kind: type[Command], report: Report) -> None:
        self.sent_log = SentLog()
        self._kind = kind
        self._reports = [Began(0.0), report]

    def send(self, command: Command) -> None:
        if isinstance(command, self._kind):
            raise PlayerError("the player did not start")
        if command == Stop():
            self._reports.append(Done())

    def receive(self) -> Report | None:
        return self._reports.pop(0) if self._reports else None


@pytest.mark.parametrize("mode", [None, "answer"])
def test_a_player_that_cannot_be_replaced_ends_the_session(mode: ListenMode | None, tmp_path: Path) -> None:
    key = Received("input", -1, 0.25, bytes.fromhex("903c50"))
    player = LostPlayer(SetChannel if mode is None else Begin, Alive() if mode is None else key)
    options = SessionOptions(None if mode is None else ListenOptions(mode))
    session = LiveSession(
        player,
        light_performance(SETTINGS, 3),
        options,
        Setup(SETTINGS, Timing(), tmp_path, TakeLabel.of("toy", 0, SETTINGS)),
        inbox=Inbox(),
    )
    session.observe(lambda event: session.quit() if isinstance(event, Refused | UserMessage) else None)
    if mode is None:
        session.steer(Change("channel", 5))
    with pytest.raises(PlayerError, match="the player did not start"):
        session.run()
