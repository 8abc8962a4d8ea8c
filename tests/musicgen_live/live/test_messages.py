"""Messages across the pipe."""

import pytest

from musicgen_live.live.messages import (
    Command,
    Done,
    Feed,
    Finish,
    Position,
    Ready,
    Refused,
    Report,
    Stop,
    Summary,
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
        Refused("PortError", "there is no such port\nsee ports"),
        Position(480),
        Trouble("the disk is full"),
        Done(Summary(3, 1, 0.1, 0.2, 0.3)),
    ],
)
def test_a_message_survives_the_pipe_as_one_line(message: Command | Report) -> None:
    line = to_line(message)
    assert line.count(b"\n") == 1
    assert from_line(line) == message


def test_the_wire_form_of_notes() -> None:
    assert to_line(Feed((Note(0, 240, 60, 80),))) == b'["Feed",{"notes":[[0,240,60,80]]}]\n'
