"""What went out and comes in again: when it is ours, and when it is a musician's all the same."""

from __future__ import annotations

import tomllib
from queue import SimpleQueue

import pytest

from musicgen_live.config.controller_map_file import parse_controller_map
from musicgen_live.config.parameters import Value
from musicgen_live.interfaces.surface import ControlSurface
from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.protocol import Begin, Command, Incoming, Received, Report, SendFeedback, Stop
from tests.support.scripted_clock import Scripted, at_tempo
from tests.support.stage import keys, perform

STRIKE, RELEASE = bytes.fromhex("903c50"), bytes.fromhex("803c00")


class Moments:
    """Echoes, told at given seconds of what goes out."""

    def __init__(self, *sent_s: float, message: bytes = STRIKE) -> None:
        self._now_s = 0.0
        self.echoes = LoopbackFilter(lambda: self._now_s)
        for at_s in sent_s:
            self.goes_out(at_s, message)

    def goes_out(self, at_s: float, message: bytes) -> None:
        self._now_s = at_s
        self.echoes.sent(message)

    def is_shown(self, at_s: float, message: bytes) -> None:
        self._now_s = at_s
        self.echoes.shown(message)

    def are_ours(self, *at_s: float, message: bytes = STRIKE, port: int = 0) -> list[bool]:
        return [self.echoes.is_ours(port, each_s, message) for each_s in at_s]

    def are_lights(self, *at_s: float, message: bytes, is_held: bool = False) -> list[bool]:
        return [self.echoes.is_light(0, each_s, message, is_held=is_held) for each_s in at_s]


def test_what_comes_back_soon_is_ours_however_often() -> None:
    assert Moments(1.0).are_ours(1.0, 1.005, 1.03, 1.031) == [True, True, True, False]


def test_what_came_in_before_it_went_out_is_not_ours() -> None:
    assert Moments(1.0).are_ours(0.999) == [False]


def test_on_another_channel_it_is_ours_and_with_another_velocity_it_is_not() -> None:
    moments = Moments(1.0)
    assert moments.are_ours(1.01, message=bytes.fromhex("953c50")) == [True]
    assert moments.are_ours(1.01, message=bytes.fromhex("903c51")) == [False]


@pytest.mark.parametrize(("after_s", "is_ours"), [(0.031, True), (0.5, True), (0.501, False)])
def test_the_strike_of_a_key_that_is_held_may_be_late(after_s: float, is_ours: bool) -> None:
    moments = Moments(1.0)
    assert moments.echoes.is_ours(0, 1 + after_s, STRIKE, is_held=True) == is_ours


def test_a_musician_who_imitates_us_is_heard() -> None:
    moments = Moments(*range(1, 12))
    # The first one agrees with ours by chance.
    assert moments.are_ours(1.02, *(0.4 + i for i in range(2, 12))) == [True, *[False] * 10]


def test_a_note_that_comes_back_late_is_taken_for_a_musicians_once_and_released() -> None:
    pressed = [
        keys(0.5 * i + at_s, message, port=1, thru=True)
        for i in range(1, 6)
        for at_s, message in ((0.0, "903c40"), (0.2, "803c00"))
    ]
    stage = perform((0, Begin()), *pressed, (6, Stop()), looped_s=0.01, standstill=(1.4, 1.65))
    sent = [message for _, message in stage.sent()]
    assert sent[-1] == "b0 7b 00"
    assert sent.count("90 3c 40") == sent.count("80 3c 00") == 6


@pytest.mark.parametrize(
    ("after_s", "is_held", "is_ours"),
    [(0.005, False, True), (0.4, False, True), (0.005, True, True), (0.031, True, False)],
)
def test_a_late_release_of_a_key_that_a_musician_holds_too_is_theirs(
    after_s: float, is_held: bool, is_ours: bool
) -> None:
    moments = Moments(1.0)
    moments.are_ours(1.005)
    moments.goes_out(2.0, RELEASE)
    assert moments.echoes.is_release(0, 2.0 + after_s, 60, is_held=is_held) == is_ours
    assert not moments.echoes.is_release(1, 2.0, 60, is_held=is_held)


PAD_LIT = bytes.fromhex("99257f")


def test_a_light_comes_back_once_and_a_press_right_after_it_counts() -> None:
    moments = Moments()
    moments.is_shown(1.0, PAD_LIT)
    assert moments.are_lights(1.005, 1.02, message=PAD_LIT) == [True, False]


@pytest.mark.parametrize("message", ["992550", "90257f", "99267f"])
def test_a_press_with_another_velocity_on_another_channel_or_pad_counts(message: str) -> None:
    moments = Moments()
    moments.is_shown(1.0, PAD_LIT)
    assert moments.are_lights(1.005, message=bytes.fromhex(message)) == [False]


def test_a_pad_that_is_held_cannot_be_pressed_so_a_late_light_is_known() -> None:
    moments = Moments()
    moments.is_shown(1.0, PAD_LIT)
    assert moments.are_lights(1.2, message=PAD_LIT) == [False]
    assert moments.are_lights(1.2, message=PAD_LIT, is_held=True) == [True]


class Desk:
    """A player and a control surface, of which each light and fader comes in again, so much later."""

    def __init__(self, table: str, after_s: float, *, comes_back: bool = True) -> None:
        self.surface = ControlSurface(parse_controller_map(tomllib.loads(table), "x"))
        self.asked: list[tuple[str, Value]] = []
        self.shown: list[str] = []
        self._after_s = after_s
        self._comes_back = comes_back

    def plays(self, *script: tuple[float, str]) -> None:
        """What a person does, in hex; a word and a number instead set a value by other means."""
        commands: list[tuple[float, Command]] = []
        for at_s, said in script:
            name, _, value = said.partition(" = ")
            if value:
                commands += [(at_s, SendFeedback(message)) for message in self.surface.feedback(name, float(value))]
            else:
                commands.append((at_s, Incoming(0, "control", thru=False, at_s=at_s, message=bytes.fromhex(said))))
        self._clock = Scripted([(0, Begin()), *commands, (10, Stop())])
        self._echoes = LoopbackFilter(self._clock.now_s)
        Player(
            self._clock,
            at_tempo(120),
            [Route(MemoryOutput())],
            loopback=self._echoes,
            send_feedback=self._show,
            report=self._hear,
        ).run(SimpleQueue())

    def _show(self, message: bytes) -> None:
        self._echoes.shown(message)
        self.shown.append(message.hex(" "))
        at_s = self._clock.now_s() + self._after_s
        if self._comes_back:
            self._clock.comes(at_s, Incoming(0, "control", thru=False, at_s=at_s, message=message))

    def _hear(self, report: Report) -> None:
        change = self.surface.change_for(report.message) if isinstance(report, Received) else None
        if change is not None:
            self.asked.append((change.name, change.value))
            # Accepted, by a conductor that takes 2 ms.
            for message in self.surface.feedback(change.name, change.value):
                self._clock.comes(self._clock.now_s() + 0.002, SendFeedback(message))


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.03, 0.08])
def test_a_pad_is_not_pressed_by_its_own_light(after_s: float) -> None:
    desk = Desk('"note 37 channel 10" = "mute"', after_s)
    desk.plays(*((at_s + i, m) for i in range(4) for at_s, m in ((0.5, "99257f"), (0.6, "892500"))))
    assert desk.asked == [("mute", True), ("mute", False)] * 2
    assert desk.shown == ["99 25 7f", "99 25 00"] * 2


def test_a_pad_pressed_as_fast_as_may_be_is_heard_each_time() -> None:
    desk = Desk('"note 37 channel 10" = "mute"', 0.005)
    desk.plays(*((0.5 + 0.06 * i + at_s, m) for i in range(8) for at_s, m in ((0.0, "99257f"), (0.03, "892500"))))
    assert desk.asked == [("mute", True), ("mute", False)] * 4


TWO_FADERS = """\
"cc 1" = { value = "tempo", low = 40, high = 240 }
"cc 2" = { value = "tempo", low = 33, high = 250 }
"""


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.03])
def test_faders_that_are_told_and_come_back_ask_for_nothing(after_s: float) -> None:
    desk = Desk(TWO_FADERS, after_s)
    # OSC goes through finer values than a fader has, faster than they come back.
    desk.plays(*((1 + 0.002 * i, f"tempo = {100 + i / 3}") for i in range(60)))
    assert desk.asked == []


def test_a_fader_that_is_moved_is_heard_while_the_other_one_follows_and_comes_back() -> None:
    desk = Desk(TWO_FADERS, 0.01)
    desk.plays(*((1 + 0.003 * i, f"b001{40 + i:02x}") for i in range(40)))
    assert len(desk.asked) == 40
    assert desk.asked[-1] == ("tempo", 164.4)
    assert [message[:5] for message in desk.shown] == ["b0 02"] * 40


def test_without_a_loop_a_fader_that_was_told_is_heard_when_it_is_moved() -> None:
    desk = Desk('"cc 1" = "tempo"', 0.0, comes_back=False)
    desk.plays((1, "tempo = 240"), (1.005, "b0017e"), (1.01, "b0017d"))
    assert desk.shown == ["b0 01 7f"]
    assert [round(float(str(value))) for _, value in desk.asked] == [238, 237]
