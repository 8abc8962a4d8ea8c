"""Each part has a channel of its own in the player, whatever channels its port and those of others have."""

from __future__ import annotations

import pytest

from musicgen_live.config.part_options import PartOptions, all_parts
from musicgen_live.config.port_options import PortOptions
from musicgen_live.errors import SettingsError
from musicgen_live.midi.take_tracks import NamedTrack
from musicgen_live.player.part_channels import PlayerPart, own_channel, player_parts, ports_of_parts, tracks_of


def channels(*given: PartOptions, first: int = 0) -> dict[str, int]:
    return {part.name: part.channel for part in player_parts(all_parts(given), first)}


def ports(*given: PartOptions, shared: tuple[PortOptions, ...] = ()) -> dict[str, tuple[tuple[int, int], ...] | None]:
    parts = all_parts(given)
    return {port.name: port.routes for port in ports_of_parts(parts, player_parts(parts, 0), shared)}


def test_the_parts_have_three_channels_from_that_of_the_music_on() -> None:
    assert channels() == {"melody": 0, "bass": 1, "chords": 2}
    # The tenth is that of clicks.
    assert channels(first=8) == {"melody": 8, "bass": 10, "chords": 11}
    assert channels(first=15) == {"melody": 15, "bass": 0, "chords": 1}


def test_a_part_has_the_channel_that_it_is_given() -> None:
    assert channels(PartOptions("chords", channel=0), PartOptions("bass", channel=4)) == {
        "melody": 1,
        "bass": 4,
        "chords": 0,
    }


def test_two_parts_on_one_channel_of_their_ports_are_apart_in_the_player() -> None:
    given = PartOptions("melody", "Lead", channel=0), PartOptions("bass", "Minitaur", channel=0)
    assert channels(*given) == {"melody": 0, "bass": 1, "chords": 2}
    assert ports(*given, shared=(PortOptions("IAC"),)) == {
        "IAC": ((2, 2),),
        "Lead": ((0, 0), (15, 0)),
        "Minitaur": ((1, 0),),
    }


def test_a_part_on_channel_10_of_its_port_is_on_another_one_here() -> None:
    given = PartOptions("chords", "Drums", channel=9)
    assert channels(given) == {"melody": 0, "bass": 1, "chords": 2}
    assert ports(given)["Drums"] == ((2, 9),)


def test_a_musician_has_the_highest_free_channel_and_goes_with_the_melody() -> None:
    assert own_channel([0]) == 15
    assert own_channel([15, 14]) == 13
    assert ports(shared=(PortOptions("IAC"),)) == {"IAC": ((0, 0), (1, 1), (2, 2), (15, 0))}


def test_a_musician_may_have_a_port_and_a_channel() -> None:
    found = ports(PartOptions("you", "Rhodes", channel=4), shared=(PortOptions("IAC"),))
    assert found == {"IAC": ((0, 0), (1, 1), (2, 2)), "Rhodes": ((15, 4),)}


def test_a_port_of_several_parts_is_opened_once() -> None:
    given = [PartOptions(name, "IAC", channel=number) for number, name in enumerate(("melody", "bass", "chords"))]
    assert ports(*given, shared=(PortOptions("unused"),)) == {"IAC": ((0, 0), (1, 1), (2, 2), (15, 0))}


def test_the_channel_of_a_shared_port_holds_for_all_parts_there() -> None:
    assert ports(shared=(PortOptions("IAC", channel=5),)) == {"IAC": ((0, 5), (1, 5), (2, 5), (15, 5))}


def test_two_latencies_of_one_port_are_refused() -> None:
    with pytest.raises(SettingsError, match="a latency of 20 ms, and it has one of 0 ms already"):
        ports(PartOptions("melody", "IAC"), PartOptions("bass", "IAC", latency_ms=20), shared=(PortOptions("x"),))


def test_the_take_has_a_track_for_each_part_and_for_a_musician() -> None:
    parts = player_parts(all_parts(()), 0)
    assert tracks_of(parts, "piano", 15) == (
        NamedTrack("melody", 0),
        NamedTrack("bass", 1),
        NamedTrack("chords", 2),
        NamedTrack("you", 15),
    )
    assert tracks_of((PlayerPart("", 0),), "piano") == (NamedTrack("piano"),)
