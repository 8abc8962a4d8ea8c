"""The channels of a port, and the keys that several channels of the music share there."""

from __future__ import annotations

from musicgen_live.midi.port_channels import PortChannels, SharedKeys


def test_music_goes_to_its_own_channel_and_a_musician_with_it() -> None:
    channels = PortChannels(2, own=15)
    assert [channels.of(channel) for channel in (2, 3, 15)] == [2, 3, 2]
    channels.move(5)
    assert (channels.of(5), channels.of(15), channels.used) == (5, 5, [5])


def test_a_channel_of_the_port_replaces_all() -> None:
    channels = PortChannels(2, replacement=7, own=15)
    channels.move(5)
    assert [channels.of(channel) for channel in (5, 15)] == [7, 7]
    assert channels.used == [7]


def test_routed_channels_alone_go_to_the_port() -> None:
    channels = PortChannels(0, own=15, routes={1: 0, 15: 3})
    assert [channels.of(channel) for channel in (0, 1, 15)] == [None, 0, 3]
    assert channels.used == [0, 3]


def sent(*messages: tuple[int, str]) -> list[str]:
    """Return what the port gets for messages, each of a channel of the music."""
    keys = SharedKeys()
    return [each.hex(" ") for owner, message in messages for each in keys.messages(owner, bytes.fromhex(message))]


def test_a_key_is_released_with_its_last_owner() -> None:
    # The music strikes C4, then the musician; the music releases it first.
    assert sent((0, "903c50"), (15, "903c40"), (0, "803c00"), (15, "803c00")) == [
        "90 3c 50",
        "80 3c 00",
        "90 3c 40",
        "80 3c 00",
    ]


def test_a_release_of_somebody_else_does_nothing_to_a_key() -> None:
    assert sent((0, "903c50"), (15, "803c00"), (0, "803c00")) == ["90 3c 50", "80 3c 00"]


def test_a_pedal_goes_up_with_its_last_foot() -> None:
    assert sent((0, "b0407f"), (15, "b0407f"), (0, "b04000"), (15, "b04000")) == ["b0 40 7f", "b0 40 7f", "b0 40 00"]


def test_all_else_passes() -> None:
    assert sent((0, "b00764"), (15, "e00050"), (0, "c005")) == ["b0 07 64", "e0 00 50", "c0 05"]
