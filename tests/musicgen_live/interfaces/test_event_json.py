"""Each event as a line of JSON, byte for byte: programs read them."""

from __future__ import annotations

import json

import pytest

from musicgen_live.interfaces.event_json import event_line
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Event,
    Granted,
    Kept,
    MessagesSent,
    Opened,
    Planned,
    Played,
    PresetSaved,
    Refused,
    SceneStored,
    UserMessage,
)
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature


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
                4711,
            ),
            '{"event": "opened", "outputs": ["synth"], "inputs": ["keys"], "take": null, "meter": [3, 4], '
            '"sync": "clock", "values": {"tempo": 96.0, "key": "D dorian", "low": null}, "seed": 4711, "sound": null}',
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
        (PresetSaved("my groove"), '{"event": "preset-saved", "name": "my groove"}'),
        (SceneStored("the end"), '{"event": "scene-stored", "name": "the end"}'),
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
