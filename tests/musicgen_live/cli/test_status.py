from __future__ import annotations

import io

import pytest

from musicgen_live.cli.status import StatusLine, status_line
from musicgen_live.interfaces.events import (
    BarBegan,
    Ended,
    Event,
    MessagesSent,
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


def test_the_line_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    terminal = io.StringIO()
    StatusLine(terminal.write, lambda: 102.5).handle(POSITION)
    assert terminal.getvalue() == "\r2.2  120 BP"
<<<<<<< HEAD
=======


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            Opened(
                ("synth",),
                ("keys",),
                None,
                TimeSignature(3, 4),
                "clock",
                (("tempo", 96.0), ("key", "D dorian"), ("low", None)),
            ),
            '{"event": "opened", "outputs": ["synth"], "inputs": ["keys"], "take": null, "meter": [3, 4], '
            '"sync": "clock", "values": {"tempo": 96.0, "key": "D dorian", "low": null}}',
        ),
        (
            Position(960, 12.3456789, 120.0, runs=True),
            '{"event": "place", "tick": 960, "at_s": 12.345679, "tempo": 120.0, "runs": true}',
        ),
        (BarBegan(7), '{"event": "bar-began", "bar": 7}'),
        (
            Planned(0, 1920, (Note(0, 480, 60, 80), Note(480, 240, 64, 81)), ((0, "A'"),)),
            '{"event": "planned", "tick": 0, "until_tick": 1920, "notes": [[0, 480, 60, 80], [480, 240, 64, 81]], '
            '"sections": [[0, "A\'"]]}',
        ),
        (
            MessagesSent(480, (b"\x90\x3c\x50", b"\x80\x3c\x00"), (0.125,), 1),
            '{"event": "struck", "take_tick": 480, "messages": ["903c50", "803c00"], "late_ms": [0.125], "dropped": 1}',
        ),
        (Played(10, 60, 0), '{"event": "played", "tick": 10, "pitch": 60, "velocity": 0}'),
        (Granted("top-p", 0.9, 12), '{"event": "asked", "name": "top-p", "value": 0.9, "bar": 12}'),
        (Changed("reroll", None, 12), '{"event": "changed", "name": "reroll", "value": null, "bar": 12}'),
        (Refused("key", "no key 'H'"), '{"event": "refused", "name": "key", "reason": "no key \'H\'"}'),
        (Kept("a.mid", 5, 8), '{"event": "kept", "path": "a.mid", "first_bar": 5, "bars": 8}'),
        (UserMessage("One\nline"), '{"event": "said", "text": "One\\nline"}'),
        (Ended(), '{"event": "ended"}'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_event_is_a_line_of_json(event: Event, expected: str) -> None:
    assert event_line(event) == expected
    assert "\n" not in expected
    assert json.loads(expected)["event"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_a_line_of_json_is_one_in_every_encoding(encoding: str) -> None:
    text = "Flügel, 弾, 😀, \x85 and \udcff"
    written = event_line(UserMessage(text)).encode(encoding, "backslashreplace")
    assert json.loads(written.decode(encoding))["text"] == text
>>>>>>> cd6c863 (Describe sections in JSON lines, the key to close, forms and chorales in the pages)
