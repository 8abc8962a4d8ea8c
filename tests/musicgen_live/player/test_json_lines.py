"""The commands and reports that cross the pipe."""

from collections.abc import Callable

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.music.position import Position
from musicgen_live.player.commands import (
    Annotate,
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Incoming,
    InputGone,
    Replace,
    SendFeedback,
    SetChannel,
    SetMeter,
    SetTempo,
    Stop,
    YieldTo,
)
from musicgen_live.player.json_lines import from_line, to_line
from musicgen_live.player.reports import (
    Alive,
    Began,
    Done,
    Notice,
    Ready,
    Received,
    Report,
    Sent,
    StartFailed,
    TakeMeter,
    TakeTempo,
    TakeText,
    TempoChanged,
    Trouble,
)


@pytest.mark.parametrize(
    "message",
    [
        Feed((Note(0, 240, 60, 80), Note(240, 120, 64, 1))),
        Feed(()),
        Cut(1920),
        Cut(1920, ends_notes=True),
        YieldTo(1920, 2400),
        Replace(0, 1920, (Note(240, 120, 64, 1),)),
        Replace(0, 1920),
        Finish(960),
        Stop(),
        Begin(),
        Begin(12.5),
        SetTempo(480, 97.5),
        SetChannel(15),
        Annotate("steered: key"),
        SetMeter(1920, "3/4"),
        SendFeedback(b"\xb0\x15\x40"),
        Incoming(2, "input", thru=True, at_s=1234.5, message=b"\x93\x3c\x50"),
        InputGone(2),
        Ready(("IAC Bus 1", "an umlaut: ü")),
        Ready((), "musicgen-live clock"),
        Ready(("IAC Bus 1",), None, ("keys", "knobs")),
        Position(480, 1234.5, 119.9, runs=True, take_tick=2400),
        TakeTempo(1920, 97.5),
        TakeText(1920, "steered: key"),
        TakeMeter(1920, "3/4"),
        TempoChanged(1920, 97.5),
        Received("input", -1, 1234.5, b"\x93\x3c\x50"),
        Notice("Stopped at bar 3."),
        StartFailed("PortError", "there is no such port\nsee ports"),
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
    feed = Feed((Note(0, 240, 60, 80), Note(240, 240, 64, 70, "melody")), (PedalPress(60, 420),))
    line = b'["Feed",{"notes":[[0,240,60,80,""],[240,240,64,70,"melody"]],"pedal":[[60,420]]}]\n'
    assert to_line(feed) == line
    assert from_line(line) == feed


@pytest.mark.parametrize("make", [lambda: SetTempo(0, 3.9), lambda: SetTempo(-1, 120), lambda: SetChannel(16)])
def test_a_command_with_a_value_out_of_range_is_refused(make: Callable[[], Command]) -> None:
    with pytest.raises(ValueError, match=r"no (tempo|channel): "):
        make()
