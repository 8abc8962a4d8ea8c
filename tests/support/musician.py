"""A musician in a rehearsal: scripts of messages, and the notes that the model plays."""

from __future__ import annotations

from musicgen_live.config.presets import load_preset
from musicgen_live.interfaces.events import Planned
from musicgen_live.player.commands import Command, Incoming, Stop
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.rehearsal import Rehearsal, Script

BAR = 1920
BAR_S = 2.0
"""A bar of 4/4 at 120."""

SONATINA = load_preset("sonatina").settings.changed(
    {"tempo": 120.0, "meter": "4/4", "bars": 1000, "key": "C major", "density": "dense"}
)
SCALE = {0, 2, 4, 5, 7, 9, 11}

CONTINUE = ListenOptions("continue")


def message(at_s: float, text: str, source: str = "input", *, thru: bool = False) -> tuple[float, Command]:
    """Return a musician's message, in hex, as the ports put it into the player's mailbox."""
    port = ("input", "chords").index(source)
    return at_s, Incoming(port, source, thru, at_s, bytes.fromhex(text))


def keys(*notes: tuple[float, float, int], source: str = "input") -> list[tuple[float, Command]]:
    """Return the note ons and releases of keys, given as (from, until, pitch)."""
    note_ons = [message(from_s, f"90{pitch:02x}50", source) for from_s, _, pitch in notes]
    releases = [message(until_s, f"80{pitch:02x}00", source) for _, until_s, pitch in notes]
    return sorted(note_ons + releases, key=lambda each: each[0])


def phrase(from_s: float, bars: int = 1) -> list[tuple[float, Command]]:
    """Return quarter notes at 120 BPM, each held for 0.4 s: the last one ends 0.1 s before the bar line."""
    pitches = (60, 64, 67, 72) * bars
    return keys(*((from_s + 0.5 * i, from_s + 0.5 * i + 0.4, pitch) for i, pitch in enumerate(pitches)))


def played(
    listen_options: ListenOptions | None, *script: Script, until_s: float, follows_chords: bool = False
) -> Rehearsal:
    events = sorted((event for part in script for event in part), key=lambda event: event[0])
    return Rehearsal(
        SONATINA, [*events, (until_s, Stop())], 3, listen_options=listen_options, follows_chords=follows_chords
    )


def model_notes(rehearsal: Rehearsal) -> list[tuple[int, int]]:
    """Return tick and pitch of the notes that the model played."""
    return [(note.start_tick, note.pitch) for note in rehearsal.notes()]


def bars_played(rehearsal: Rehearsal) -> list[int]:
    """Return the bars, from 0, in which notes of the model begin."""
    return sorted({tick // BAR for tick, _ in model_notes(rehearsal)})


def first_planned(rehearsal: Rehearsal, at_tick: int) -> tuple[tuple[int, int], ...]:
    """Return tick and pitch of the notes of the latest plan that begins at a tick."""
    return next(
        tuple((n.start_tick, n.pitch) for n in p.notes)
        for p in reversed(rehearsal.published(Planned))
        if p.tick == at_tick
    )
