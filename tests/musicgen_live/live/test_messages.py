"""Messages across the pipe."""

import pytest

from musicgen_live.live.messages import (
    Alive,
    Began,
    Command,
    Done,
    Feed,
    Finish,
    Followed,
    News,
    Ready,
    Refused,
    Report,
    Sent,
    Stop,
    TempoWas,
    Trouble,
    from_line,
    to_line,
)
from musicgen_live.notes import Note


@pytest.mark.parametrize(
    "message",
    [
        Feed((Note(0, 240, 60, 80), Note(240, 120, 64, 1))),
        Feed(()),
        Finish(960),
        Stop(),
        Ready(("IAC Bus 1", "an umlaut: ü")),
        Ready((), "musicgen-live clock"),
        Followed(480, 2400, 1234.5, 119.9, runs=True),
        TempoWas(1920, 97.5),
        News("Stopped at bar 3."),
        Refused("PortError", "there is no such port\nsee ports"),
        Began(1234.5),
        Sent(480, (b"\x90\x3c\x50", b"\xc0\x05"), (0.0, 0.125), 2),
        Sent(960),
        Alive(),
        Trouble("the disk is full"),
        Done(),
    ],
)
def test_a_message_survives_the_pipe_as_one_line(message: Command | Report) -> None:
    line = to_line(message)
    assert line.count(b"\n") == 1
    assert from_line(line) == message


def test_the_wire_form_of_notes() -> None:
    assert to_line(Feed((Note(0, 240, 60, 80),))) == b'["Feed",{"notes":[[0,240,60,80]]}]\n'
