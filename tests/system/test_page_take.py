"""The page's state after a take's events, in a browser: turns, the words of the transport, the chords of a bar."""

from __future__ import annotations

import json
from typing import Any

import pytest

from musicgen_live.music.chord_symbols import parse_chords
from tests.support.browser import Tab

pytestmark = pytest.mark.browser

BEGUN: dict[str, Any] = {"event": "place", "tick": 0, "at_s": 0, "tempo": 120, "runs": True}


def turn_began(whose: str, tick: int, until_tick: int | None = None) -> dict[str, Any]:
    return {"event": "turn-began", "whose": whose, "tick": tick, "until_tick": until_tick}


def of_take(tab: Tab, events: list[dict[str, Any]], expression: str) -> Any:  # noqa: ANN401 (any JSON)
    """Return an expression about a `take` of these events, whose time is `nowS`."""
    return tab.evaluate(
        f"""import('/take.js').then(({{ Take }}) => {{
          let nowS = 0;
          const take = new Take({{ isSet: true, nowS: () => nowS }});
          for (const event of {json.dumps(events)}) take.handle(event);
          return {expression};
        }})"""
    )


def words_at(tab: Tab, events: list[dict[str, Any]], now_s: float, first: str = "0") -> list[str]:
    """Return what the transport says at a moment: place, tempo, state, notes, turn, inputs."""
    words = "['place', 'tempo', 'state', 'notes', 'turn', 'inputs'].map((name) => transportWords(take)[name])"
    found: list[str] = of_take(
        tab,
        events,
        f"import('/transport.js').then(({{ transportWords }}) => {{ {first}; nowS = {now_s}; return {words}; }})",
    )
    return found


def turns_at(tab: Tab, moments_s: list[float], *events: dict[str, Any]) -> list[str]:
    turns: list[str] = of_take(
        tab, [BEGUN, *events], f"{moments_s}.map((each) => {{ nowS = each; return take.turn; }})"
    )
    return turns


def test_a_turn_lasts_until_the_next_one_begins(tab: Tab) -> None:
    turns = turn_began("you", 0), turn_began("network", 1920, 3840), turn_began("you", 3840)
    assert turns_at(tab, [-1, 1, 1.9, 2, 3.9, 4], *turns) == ["", "you", "you", "network", "network", "you"]


def test_a_turn_replaces_those_that_would_begin_later(tab: Tab) -> None:
    turns = turn_began("you", 0), turn_began("network", 960, 1920), turn_began("you", 1920), turn_began("you", 960)
    assert turns_at(tab, [0.5, 1, 9], *turns) == ["you", "you", "you"]


def test_whoever_plays_out_of_turn_has_no_turn(tab: Tab) -> None:
    played = {"event": "played", "tick": 10, "pitch": 60, "velocity": 80}
    planned = {"event": "planned", "tick": 0, "until_tick": 3840, "notes": [[0, 480, 60, 80]], "sections": []}
    assert turns_at(tab, [1], turn_began("network", 0), planned, played) == ["network"]
    assert turns_at(tab, [1], turn_began("you", 0), planned) == ["you"]


def test_beside_a_network_that_follows_nobody_takes_turns(tab: Tab) -> None:
    follows = {"event": "changed", "name": "respond", "value": "follow", "bar": 1}
    assert turns_at(tab, [1]) == [""]
    assert turns_at(tab, [1], turn_began("network", 0), follows) == [""]


HELLO: dict[str, Any] = {"event": "hello", "parameters": [], "instruments": [], "kept": [], "notes": 0, "dropped": 0}
OPENED: dict[str, Any] = {
    "event": "opened", "outputs": ["synth"], "inputs": ["keys"], "take": None, "meter": [3, 4], "sync": "clock",
    "values": {"tempo": 120}, "seed": 1, "sound": None,
}  # fmt: skip
STOPPED = {**BEGUN, "tick": 1920, "at_s": 2, "runs": False}
STRUCK = {"event": "struck", "take_tick": 0, "messages": ["903c50"], "late_ms": [0.1], "dropped": 0}


@pytest.mark.parametrize(
    ("events", "now_s", "words"),
    [
        ([], 0, ["getting ready", "", "", "", "", ""]),
        ([OPENED], 0, ["waiting for the start", "", "", "", "", "from keys"]),
        ([OPENED, BEGUN], -1, ["counting in", "120 BPM, 3/4", "MIDI clock", "0 notes", "", "from keys"]),
        (
            [OPENED, BEGUN, turn_began("network", 0), STRUCK],
            1.6,
            ["2.1", "120 BPM, 3/4", "MIDI clock", "1 note", "the network plays", "from keys"],
        ),
        (
            [OPENED, BEGUN, turn_began("you", 0), STOPPED, STRUCK, STRUCK],
            9,
            ["2.2", "120 BPM, 3/4", "MIDI clock, stopped", "2 notes", "your turn", "from keys"],
        ),
    ],
    ids=["before the ports are open", "before the start", "counting in", "playing", "stopped"],
)
def test_the_transport_says_where_the_music_is(
    tab: Tab, events: list[dict[str, Any]], now_s: float, words: list[str]
) -> None:
    assert words_at(tab, [HELLO, *events], now_s) == words


def test_the_transport_stands_where_the_take_has_ended(tab: Tab) -> None:
    events = [HELLO, OPENED, BEGUN, turn_began("network", 0), STRUCK]
    over = ["2.1", "120 BPM, 3/4", "over", "1 note", "", "from keys"]
    assert words_at(tab, events, 9, "(nowS = 1.6, take.handle({ event: 'ended' }))") == over


def test_a_take_that_ends_before_it_begins_waits_for_nothing(tab: Tab) -> None:
    assert words_at(tab, [HELLO, OPENED, {"event": "ended"}], 0)[:3] == ["\N{EN DASH}", "", "over"]


@pytest.mark.parametrize(
    ("chords", "bars"),
    [
        ("Dm7 | G7", ["Dm7", "G7", "Dm7", "G7", "Dm7"]),
        ("| Dm7 | G7 |", ["Dm7", "G7", "Dm7", "G7", "Dm7"]),
        ("Dm7 G7 | % | N.C.|%", ["Dm7 G7", "Dm7 G7", "N.C.", "N.C.", "Dm7 G7"]),
        (" |C| ", ["C", "C", "C", "C", "C"]),
    ],
)
def test_a_progression_has_the_bars_that_the_program_plays(tab: Tab, chords: str, bars: list[str]) -> None:
    changed = {"event": "changed", "name": "chords", "value": chords, "bar": 1}
    assert of_take(tab, [changed], "[0, 1, 2, 3, 4].map((bar) => take.harmonyOf(bar))") == bars
    progression = parse_chords(chords).bars
    played = [progression[bar % len(progression)] for bar in range(5)]
    assert [[chord.symbol if chord else "N.C." for chord in bar] for bar in played] == [bar.split() for bar in bars]


def test_bars_are_those_of_the_time_signature_at_their_place(tab: Tab) -> None:
    changed = {"event": "meter-changed", "meter": [4, 4], "tick": 2880, "bar": 3}
    replaced = {"event": "meter-changed", "meter": [2, 4], "tick": 4800, "bar": 4}
    again = {"event": "meter-changed", "meter": [6, 8], "tick": 4800, "bar": 4}
    bars = "[0, 1440, 2879, 2880, 4800, 6240].map((tick) => Math.floor(take.barAt(tick)))"
    lines = "[1, 2, 3, 4, 5].map((bar) => take.tickOf(bar)), take.meterAt(2879).meter, take.meterAt(2880).meter"
    assert of_take(tab, [HELLO, OPENED, BEGUN, changed, replaced, again], f"[{bars}, {lines}]") == [
        [1, 2, 2, 3, 4, 5],
        [0, 1440, 2880, 4800, 6240],
        [3, 4],
        [4, 4],
    ]


def test_the_transport_counts_beats_of_the_time_signature_that_has_begun(tab: Tab) -> None:
    changed = {"event": "meter-changed", "meter": [6, 8], "tick": 2880, "bar": 3}
    events = [HELLO, OPENED, BEGUN, turn_began("network", 0), changed]
    assert words_at(tab, events, 2.9)[:2] == ["2.3", "120 BPM, 3/4"]
    assert words_at(tab, events, 4.1)[:2] == ["3.5", "120 BPM, 6/8"]
