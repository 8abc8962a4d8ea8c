from __future__ import annotations

import io

import pytest

from musicgen_live.cli.status import PlainLines, StatusLine, status_line
from musicgen_live.interfaces.events import (
    BarBegan,
    Ended,
    Event,
    MessagesSent,
    Refused,
    UserMessage,
)
from musicgen_live.interfaces.screen.state import ScreenState
from musicgen_live.music.position import Position

POSITION = Position(0, 100.0, 120.0, runs=True)
STRUCK = MessagesSent(0, (b"\x90\x3c\x50",), (0.071,), 0)


def line_of(*events: Event, now_s: float = 102.5) -> str:
    state = ScreenState()
    for event in events:
        state.handle(event)
    return status_line(state, now_s)


def test_the_line_shows_position_tempo_and_lateness() -> None:
    assert line_of() == ""
    assert line_of(POSITION) == "2.2  120 BPM  0 notes"
    assert line_of(POSITION, STRUCK) == "2.2  120 BPM  1 note  0.07 ms late"
    assert (
        line_of(POSITION, STRUCK, MessagesSent(9, (), (0.5, 0.5), 3))
        == "2.2  120 BPM  3 notes  0.50 ms late  3 left out"
    )
    assert line_of(POSITION, now_s=99.0) == "counting in  120 BPM  0 notes"
    assert line_of(Position(1920, 100.0, 97.52, runs=False)) == "2.1  97.52 BPM  stopped  0 notes"


def test_the_line_is_rewritten_and_messages_are_above_it() -> None:
    terminal = io.StringIO()
    status = StatusLine(terminal.write, lambda: 102.5)
    status.handle(POSITION)
    status.handle(BarBegan(2))
    status.handle(STRUCK)
    status.handle(UserMessage("The keyboard is back."))
    status.handle(Position(1920, 102.5, 60.0, runs=True))
    status.close()
    assert terminal.getvalue() == (
        "\r2.2  120 BPM  0 notes"
        "\r2.2  120 BPM  1 note  0.07 ms late"
        "\r                                  \r"
        "The keyboard is back.\n"
        "\r2.2  120 BPM  1 note  0.07 ms late"
        "\r2.1  60 BPM  1 note  0.07 ms late "
        "\n"
    )


def test_messages_before_the_first_line_are_just_printed() -> None:
    terminal = io.StringIO()
    status = StatusLine(terminal.write, lambda: 0.0)
    status.say("MIDI goes to the new port musicgen-live.")
    status.close()
    assert terminal.getvalue() == "MIDI goes to the new port musicgen-live.\n"


def test_after_the_end_messages_stand_on_their_own_lines() -> None:
    terminal = io.StringIO()
    status = StatusLine(terminal.write, lambda: 102.5)
    status.handle(POSITION)
    status.close()
    status.handle(Ended())
    status.say("The take: take.mid")
    assert terminal.getvalue() == "\r2.2  120 BPM  0 notes\nThe take: take.mid\n"


def test_the_same_message_twice_is_printed_twice() -> None:
    terminal = io.StringIO()
    status = StatusLine(terminal.write, lambda: 0.0)
    status.handle(UserMessage("again"))
    status.handle(UserMessage("again"))
    assert terminal.getvalue() == "again\nagain\n"


def test_without_a_terminal_a_refusal_names_its_value_once() -> None:
    lines: list[str] = []
    plain = PlainLines(lines.append)
    plain.handle(Refused("tempo", "tempo is 5000; it can be a number from 10 to 1000"))
    plain.handle(UserMessage("The keyboard is back."))
    assert lines == ["tempo is 5000; it can be a number from 10 to 1000", "The keyboard is back."]


def test_the_line_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    terminal = io.StringIO()
    StatusLine(terminal.write, lambda: 102.5).handle(POSITION)
    assert terminal.getvalue() == "\r2.2  120 BP"
