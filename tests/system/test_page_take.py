"""The state that the page makes of a take's events, in a browser: whose turn it is, and the harmony of a bar."""

from __future__ import annotations

import json

import pytest

from musicgen_live.music.chord_symbols import parse_chords
from tests.support.browser import Tab

pytestmark = pytest.mark.browser

BEGUN = {"event": "place", "tick": 0, "at_s": 0, "tempo": 120, "runs": True}


def turn_began(whose: str, tick: int, until_tick: int | None = None) -> dict[str, object]:
    return {"event": "turn-began", "whose": whose, "tick": tick, "until_tick": until_tick}


def of_take(tab: Tab, events: list[dict[str, object]], expression: str) -> object:
    """Return an expression about a `take` of these events, whose time is `nowS`."""
    return tab.evaluate(
        f"""import('/take.js').then(({{ Take }}) => {{
          let nowS = 0;
          const take = new Take({{ isSet: true, nowS: () => nowS }});
          for (const event of {json.dumps(events)}) take.handle(event);
          return {expression};
        }})"""
    )


def turns_at(tab: Tab, moments_s: list[float], *events: dict[str, object]) -> object:
    return of_take(tab, [BEGUN, *events], f"{moments_s}.map((each) => {{ nowS = each; return take.turn; }})")


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
