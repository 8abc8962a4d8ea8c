"""Gives each part of the music, and each musician, a channel of its own, and says which port it goes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from musicgen_live.config.part_options import OWN, PartOptions
from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.midi.messages import CLICK_CHANNEL
from musicgen_live.midi.take_tracks import NamedTrack
from musicgen_live.music.parts import MELODY

CHANNELS = tuple(channel for channel in range(16) if channel != CLICK_CHANNEL)


@dataclass(frozen=True)
class PlayerPart:
    """A part as the player has it: the channel of its messages, 0 to 15, which no other part has."""

    name: str
    """Empty for music that is not split."""
    channel: int
    program: int | None = None
    """0 to 127, as on the wire."""
    bank: int | None = None
    has_pedal: bool = True
    instrument: str | None = None
    """The instrument of our own that was asked for."""


UNSPLIT = (PlayerPart("", 0),)
"""The one part of music that is not split, on channel 1."""


def parts_of(settings: Settings, options: Sequence[PartOptions] = ()) -> tuple[PlayerPart, ...]:
    """Return the parts of a take: those of options, or the one part of music that is not split."""
    if options:
        return player_parts(options, settings.channel - 1)
    program = None if settings.program is None else settings.program - 1
    return (PlayerPart("", settings.channel - 1, program, settings.bank),)


def tracks_of(parts: Sequence[PlayerPart], name: str, own: int | None = None) -> tuple[NamedTrack, ...]:
    """Return the tracks of a take: one for each part, or one called `name`; and a musician's, on the channel `own`."""
    music = tuple(NamedTrack(part.name, part.channel) for part in parts) if parts[0].name else (NamedTrack(name),)
    return music if own is None else (*music, NamedTrack(OWN, own))


def player_parts(parts: Sequence[PartOptions], channel: int) -> tuple[PlayerPart, ...]:
    """Return the parts of the music with a channel each: the one asked for, if no other part has it.

    The others get the next free ones from `channel` on, the first of the music. Channel 10 is that of clicks.
    """
    found: dict[str, int] = {}
    for part in parts:
        if part.name != OWN and part.channel in CHANNELS and part.channel not in found.values():
            found[part.name] = part.channel
    after = [free for free in CHANNELS if free >= channel] + [free for free in CHANNELS if free < channel]
    for part in parts:
        if part.name != OWN and part.name not in found:
            found[part.name] = next(free for free in after if free not in found.values())
    return tuple(
        PlayerPart(
            part.name,
            found[part.name],
            None if part.program is None else part.program - 1,
            part.bank,
            part.has_pedal,
            part.instrument,
        )
        for part in parts
        if part.name != OWN
    )


def own_channel(channels: Iterable[int]) -> int:
    """Return the channel of a musician's messages: the highest that the music does not use."""
    used = set(channels)
    return max(channel for channel in CHANNELS if channel not in used)


def ports_of_parts(
    parts: Sequence[PartOptions],
    on_wire: Sequence[PlayerPart],
    shared: Sequence[PortOptions],
) -> tuple[PortOptions, ...]:
    """Return the ports of split music, each with the parts that go there; a musician goes with the melody unless told.

    A part without a port of its own goes to all `shared` ports. SettingsError if two parts give a port two latencies.
    """
    channels = {part.name: part.channel for part in on_wire}
    channels[OWN] = own_channel(channels.values())
    by_name = {part.name: part for part in parts}
    options = [*parts, *([] if OWN in by_name else [replace(by_name[MELODY], name=OWN)])]
    wanted = {part.name: channels[part.name] if part.channel is None else part.channel for part in options}
    if OWN not in by_name and by_name[MELODY].channel is None:
        wanted[OWN] = channels[MELODY]
    ports: list[PortOptions] = []
    at_shared = [part.name for part in options if part.port is None]
    if at_shared:
        for port in shared:
            routes = tuple(
                (channels[name], wanted[name] if port.channel is None else port.channel) for name in at_shared
            )
            ports.append(replace(port, channel=None, routes=routes))
    for part in options:
        if part.port is not None:
            _add_route(ports, part, (channels[part.name], wanted[part.name]))
    return tuple(ports)


def _add_route(ports: list[PortOptions], part: PartOptions, route: tuple[int, int]) -> None:
    """Add a part to its port, which is opened once."""
    for number, port in enumerate(ports):
        if (port.name, port.is_virtual) == (part.port, part.is_virtual):
            if part.latency_ms != port.latency_ms:
                raise SettingsError(
                    f"--part {part.name} gives the port {port.name!r} a latency of {part.latency_ms:g} ms, and it has "
                    f"one of {port.latency_ms:g} ms already; give it the same"
                )
            ports[number] = replace(port, routes=(*(port.routes or ()), route))
            return
    ports.append(PortOptions(part.port or "", part.is_virtual, latency_ms=part.latency_ms, routes=(route,)))
