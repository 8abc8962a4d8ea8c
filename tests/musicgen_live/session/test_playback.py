"""Playing the messages of a file in time."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from musicgen_live.midi.file_messages import TimedMessages
from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.commands import Stop
from musicgen_live.player.delay_compensation import Route
from musicgen_live.session.playback import play_messages
from tests.support.early_clock import EarlyClock

ON_60, OFF_60, PEDAL = (bytes.fromhex(message) for message in ("903c50", "803c00", "b0407f"))
TIMED = TimedMessages(((0.0, PEDAL), (0.5, ON_60), (1.5, OFF_60)), 2.0)


class Heard:
    """An output that notes when it got which message, and may stop the music at one."""

    def __init__(self, clock: ManualClock, mailbox: Mailbox, stops_at: bytes = b"") -> None:
        self.messages: list[tuple[float, bytes]] = []
        self._clock = clock
        self._mailbox = mailbox
        self._stops_at = stops_at

    def send(self, tick: int, message: bytes) -> None:
        assert tick == 0
        self.messages.append((round(self._clock.now_s(), 3), message))
        if message == self._stops_at:
            self._mailbox.put(Stop())

    def close(self) -> None:
        pass


@pytest.mark.parametrize("kind", [ManualClock, EarlyClock])
def test_each_message_comes_when_it_is_due(kind: type[ManualClock]) -> None:
    clock, mailbox = kind(), SimpleQueue()  # type: tuple[ManualClock, Mailbox]
    heard = Heard(clock, mailbox)
    assert play_messages(TIMED, [Route(heard)], clock, mailbox)
    # The pedal, which the file leaves down, is released at its end.
    assert heard.messages == [(0.1, PEDAL), (0.6, ON_60), (1.6, OFF_60), (2.1, bytes.fromhex("b04000"))]


def test_an_output_that_sounds_late_gets_its_messages_earlier() -> None:
    clock, mailbox = ManualClock(), SimpleQueue()  # type: tuple[ManualClock, Mailbox]
    late, other = Heard(clock, mailbox), Heard(clock, mailbox)
    play_messages(TIMED, [Route(other), Route(late, 0.05)], clock, mailbox)
    assert [at_s for at_s, _ in late.messages[:3]] == [0.1, 0.6, 1.6]
    assert [at_s for at_s, _ in other.messages[:3]] == [0.15, 0.65, 1.65]


def test_what_sounds_is_released_when_it_is_stopped() -> None:
    clock, mailbox = ManualClock(), SimpleQueue()  # type: tuple[ManualClock, Mailbox]
    heard = Heard(clock, mailbox, stops_at=ON_60)
    assert not play_messages(TIMED, [Route(heard)], clock, mailbox)
    assert [message for _, message in heard.messages] == [PEDAL, ON_60, OFF_60, bytes.fromhex("b04000")]
