"""The loopback filter: it recognises our own messages at an input, and lets a musician's equal ones pass."""

from __future__ import annotations

import tomllib
from queue import SimpleQueue

import pytest

from musicgen_live.config.controller_map_file import parse_controller_map
from musicgen_live.config.parameter import Value
from musicgen_live.interfaces.surface import ControlSurface
from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.player.commands import Begin, Command, Incoming, SendFeedback, Stop
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.reports import Received, Report
from tests.support.scripted_clock import Scripted, at_tempo
from tests.support.stage import keys, perform

NOTE_ON, RELEASE = bytes.fromhex("903c50"), bytes.fromhex("803c00")


class Moments:
    """A loopback filter in which messages are recorded at given seconds."""

    def __init__(self, *sent_s: float, message: bytes = NOTE_ON) -> None:
        self._now_s = 0.0
        self.loopback = LoopbackFilter(lambda: self._now_s)
        for at_s in sent_s:
            self.send(at_s, message)

    def send(self, at_s: float, message: bytes) -> None:
        self._now_s = at_s
        self.loopback.record_sent(message)

    def send_feedback(self, at_s: float, message: bytes) -> None:
        self._now_s = at_s
        self.loopback.record_feedback(message)

    def are_echoes(self, *at_s: float, message: bytes = NOTE_ON, port: int = 0) -> list[bool]:
        return [self.loopback.is_echo(port, each_s, message) for each_s in at_s]

    def are_feedback_echoes(self, *at_s: float, message: bytes, is_held: bool = False) -> list[bool]:
        return [self.loopback.is_feedback_echo(0, each_s, message, is_held=is_held) for each_s in at_s]


def test_an_early_repeat_is_an_echo_however_often() -> None:
    assert Moments(1.0).are_echoes(1.0, 1.005, 1.03, 1.031) == [True, True, True, False]


def test_a_message_received_before_it_was_sent_is_no_echo() -> None:
    assert Moments(1.0).are_echoes(0.999) == [False]


def test_an_echo_may_change_its_channel_but_not_its_velocity() -> None:
    moments = Moments(1.0)
    assert moments.are_echoes(1.01, message=bytes.fromhex("953c50")) == [True]
    assert moments.are_echoes(1.01, message=bytes.fromhex("903c51")) == [False]


@pytest.mark.parametrize(("after_s", "is_echo"), [(0.031, True), (0.5, True), (0.501, False)])
def test_the_echo_of_a_held_key_may_be_late(after_s: float, is_echo: bool) -> None:
    moments = Moments(1.0)
    assert moments.loopback.is_echo(0, 1 + after_s, NOTE_ON, is_held=True) == is_echo


def test_a_musician_who_repeats_our_notes_is_no_echo() -> None:
    moments = Moments(*range(1, 12))
    # The first one coincides with ours.
    assert moments.are_echoes(1.02, *(0.4 + i for i in range(2, 12))) == [True, *[False] * 10]


def test_a_late_echo_counts_once_as_a_musicians_note() -> None:
    presses = [
        keys(0.5 * i + at_s, message, port=1, thru=True)
        for i in range(1, 6)
        for at_s, message in ((0.0, "903c40"), (0.2, "803c00"))
    ]
    stage = perform((0, Begin()), *presses, (6, Stop()), looped_s=0.01, standstill=(1.4, 1.65))
    sent = [message for _, message in stage.sent()]
    assert sent[-1] == "b0 7b 00"
    assert sent.count("9f 3c 40") == sent.count("8f 3c 00") == 6


@pytest.mark.parametrize(
    ("after_s", "is_held", "is_echo"),
    [(0.005, False, True), (0.4, False, True), (0.005, True, True), (0.031, True, False)],
)
def test_a_late_release_belongs_to_the_musician_with_the_key(after_s: float, is_held: bool, is_echo: bool) -> None:
    moments = Moments(1.0)
    moments.are_echoes(1.005)
    moments.send(2.0, RELEASE)
    assert moments.loopback.is_echoed_release(0, 2.0 + after_s, 60, is_held=is_held) == is_echo
    assert not moments.loopback.is_echoed_release(1, 2.0, 60, is_held=is_held)


PAD_LIT = bytes.fromhex("99257f")


def test_feedback_echoes_once_and_a_press_after_it_counts() -> None:
    moments = Moments()
    moments.send_feedback(1.0, PAD_LIT)
    assert moments.are_feedback_echoes(1.005, 1.02, message=PAD_LIT) == [True, False]


@pytest.mark.parametrize("message", ["992550", "90257f", "99267f"])
def test_a_press_with_other_bytes_is_no_echo(message: str) -> None:
    moments = Moments()
    moments.send_feedback(1.0, PAD_LIT)
    assert moments.are_feedback_echoes(1.005, message=bytes.fromhex(message)) == [False]


def test_a_late_echo_of_a_held_pad_is_recognised() -> None:
    moments = Moments()
    moments.send_feedback(1.0, PAD_LIT)
    assert moments.are_feedback_echoes(1.2, message=PAD_LIT) == [False]
    assert moments.are_feedback_echoes(1.2, message=PAD_LIT, is_held=True) == [True]


class Desk:
    """A player and a control surface whose feedback is received again after a delay."""

    def __init__(self, table: str, after_s: float, *, is_looped: bool = True) -> None:
        self.surface = ControlSurface(parse_controller_map(tomllib.loads(table), "x"))
        self.requested: list[tuple[str, Value]] = []
        self.feedback: list[str] = []
        self._after_s = after_s
        self._is_looped = is_looped

    def plays(self, *script: tuple[float, str]) -> None:
        """Play a person's messages, in hex; `NAME = NUMBER` instead sets a value by other means."""
        commands: list[tuple[float, Command]] = []
        for at_s, text in script:
            name, _, value = text.partition(" = ")
            if value:
                commands += [(at_s, SendFeedback(message)) for message in self.surface.feedback(name, float(value))]
            else:
                commands.append((at_s, Incoming(0, "control", thru=False, at_s=at_s, message=bytes.fromhex(text))))
        self._clock = Scripted([(0, Begin()), *commands, (10, Stop())])
        self._loopback = LoopbackFilter(self._clock.now_s)
        Player(
            self._clock,
            at_tempo(120),
            [Route(MemoryOutput())],
            loopback=self._loopback,
            send_feedback=self._send_feedback,
            report=self._handle,
        ).run(SimpleQueue())

    def _send_feedback(self, message: bytes) -> None:
        self._loopback.record_feedback(message)
        self.feedback.append(message.hex(" "))
        at_s = self._clock.now_s() + self._after_s
        if self._is_looped:
            self._clock.put(at_s, Incoming(0, "control", thru=False, at_s=at_s, message=message))

    def _handle(self, report: Report) -> None:
        change = self.surface.change_for(report.message) if isinstance(report, Received) else None
        if change is not None:
            self.requested.append((change.name, change.value))
            # Accepted, by a conductor that takes 2 ms.
            for message in self.surface.feedback(change.name, change.value):
                self._clock.put(self._clock.now_s() + 0.002, SendFeedback(message))


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.03, 0.08])
def test_a_pad_is_not_pressed_by_its_own_light(after_s: float) -> None:
    desk = Desk('"note 37 channel 10" = "mute"', after_s)
    desk.plays(*((at_s + i, m) for i in range(4) for at_s, m in ((0.5, "99257f"), (0.6, "892500"))))
    assert desk.requested == [("mute", True), ("mute", False)] * 2
    assert desk.feedback == ["99 25 7f", "99 25 00"] * 2


def test_every_press_of_a_fast_pad_counts() -> None:
    desk = Desk('"note 37 channel 10" = "mute"', 0.005)
    desk.plays(*((0.5 + 0.06 * i + at_s, m) for i in range(8) for at_s, m in ((0.0, "99257f"), (0.03, "892500"))))
    assert desk.requested == [("mute", True), ("mute", False)] * 4


TWO_FADERS = """\
"cc 1" = { value = "tempo", low = 40, high = 240 }
"cc 2" = { value = "tempo", low = 33, high = 250 }
"""


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.03])
def test_echoed_faders_request_nothing(after_s: float) -> None:
    desk = Desk(TWO_FADERS, after_s)
    # OSC sets finer values than a fader has, faster than their echoes arrive.
    desk.plays(*((1 + 0.002 * i, f"tempo = {100 + i / 3}") for i in range(60)))
    assert desk.requested == []


def test_a_moved_fader_counts_while_another_one_echoes() -> None:
    desk = Desk(TWO_FADERS, 0.01)
    desk.plays(*((1 + 0.003 * i, f"b001{40 + i:02x}") for i in range(40)))
    assert len(desk.requested) == 40
    assert desk.requested[-1] == ("tempo", 164.4)
    assert [message[:5] for message in desk.feedback] == ["b0 02"] * 40


def test_without_a_loop_a_fader_counts_after_feedback() -> None:
    desk = Desk('"cc 1" = "tempo"', 0.0, is_looped=False)
    desk.plays((1, "tempo = 240"), (1.005, "b0017e"), (1.01, "b0017d"))
    assert desk.feedback == ["b0 01 7f"]
    assert [round(float(str(value))) for _, value in desk.requested] == [238, 237]
