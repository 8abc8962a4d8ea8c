"""The commands that a player has not carried out yet, from which a new player continues after one died."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musicgen_live.config.files import further_parts
from musicgen_live.config.port_options import VIRTUAL_NAME, PortOptions
from musicgen_live.midi.channel_keys import SUSTAIN
from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import CONTROL_CHANGE, NOTE_OFF
from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.commands import (
    Annotate,
    Begin,
    Command,
    Cut,
    Feed,
    Finish,
    Replace,
    SendFeedback,
    SetChannel,
    SetMeter,
    SetMute,
    SetPause,
    SetProgram,
    SetTempo,
    SetThru,
    Stop,
)
from musicgen_live.player.config import PlayerConfig, Resume
from musicgen_live.player.part_channels import PlayerPart
from musicgen_live.player.reports import (
    PortChosen,
    Received,
    Report,
    Sent,
    TakeMeter,
    TakeMoved,
    TakeText,
    TempoChanged,
)
from musicgen_live.player.schedule import Fed
from musicgen_live.player.sent_log import SentLog

PRUNE_ABOVE = 1000
"""The number of notes above which those already sent are forgotten."""


class PendingCommands:
    """All commands that a new player must repeat, kept up to date by the supervisor beside the `SentLog`."""

    def __init__(self, config: PlayerConfig, sent_log: SentLog) -> None:
        self.tempo_map = TempoMap(((0, config.tempo),))
        """The tempo map of the internal transport, future changes included."""
        self.sent_log = sent_log
        self.take = config.take
        """The file of the take; None if there is none, or if it cannot be written."""
        self._config = config
        self._first_take = config.take
        self._fed: list[Fed] = []
        self._cut: list[Fed] = []
        """The notes that the last cut removed; the player may have sent some of them just then."""
        self._ending: Finish | Stop | None = None
        self._begin: Begin | None = None
        self._unconfirmed_tempos: list[SetTempo] = []
        """The commands without a `TempoChanged` report so far."""
        self._annotations: list[Annotate] = []
        """The commands without a `TakeText` report so far."""
        self._meters: list[SetMeter] = []
        """The commands without a `TakeMeter` report so far, by rising ticks."""
        self._channels = [config.channel]
        """All channels that were played, the present one last."""
        self._mutes: dict[str, SetMute] = {}
        """The latest command for all music, and for each part."""
        self._switches: dict[type[SetPause | SetThru], Command] = {}
        self._feedback: dict[bytes, SendFeedback] = {}
        """The last message for each fader and light."""
        self._held: dict[str, HangingNotes] = {}
        """The keys and pedals that musicians hold, by source."""

    def add(self, command: Command) -> None:
        """Add a command that is sent to the player."""
        if isinstance(command, Feed):
            self._fed += [*command.notes, *command.pedal]
        elif isinstance(command, Cut):
            self._cut = [note for note in self._fed if note.start_tick >= command.tick]
            self._fed = [note for note in self._fed if note.start_tick < command.tick]
            self._ending = None if isinstance(self._ending, Finish) else self._ending
        elif isinstance(command, Replace):
            times = range(command.from_tick, command.until_tick)
            kept = [item for item in self._fed if item.start_tick not in times]
            self._fed = [*kept, *command.notes, *command.pedal]
        elif isinstance(command, Finish | Stop):
            self._ending = command
        elif isinstance(command, Begin):
            self._begin = self._begin or command
        elif isinstance(command, SetTempo) and not self._config.timing.follows:
            self._unconfirmed_tempos.append(command)
        elif isinstance(command, Annotate | SetMeter):
            self._add_for_take(command)
        elif isinstance(command, SetChannel):
            self._channels = [channel for channel in self._channels if channel != command.channel] + [command.channel]
        elif isinstance(command, SetMute):
            self._mutes[command.part] = command
        elif isinstance(command, SetProgram):
            self._config = _with_program(self._config, command)
        elif isinstance(command, SetPause | SetThru):
            self._switches[type(command)] = command
        elif isinstance(command, SendFeedback):
            self._feedback[command.message[:2]] = command

    def _add_for_take(self, command: Annotate | SetMeter) -> None:
        if isinstance(command, Annotate):
            self._annotations.append(command)
        else:
            self._meters = [meter for meter in self._meters if meter.tick < command.tick] + [command]

    def handle(self, report: Report) -> None:
        """Apply the results of commands and the input that a player reports; call it after `SentLog.record`."""
        if isinstance(report, TempoChanged):
            self._unconfirmed_tempos = self._unconfirmed_tempos[1:]
            self.tempo_map = self.tempo_map.changed(report.tick, report.tempo)
        elif isinstance(report, TakeText):
            self._annotations = self._annotations[1:]
        elif isinstance(report, TakeMeter):
            self._meters = [meter for meter in self._meters if meter.tick > report.take_tick]
        elif isinstance(report, Received):
            self._held.setdefault(report.source, HangingNotes()).update(report.message)
        elif isinstance(report, PortChosen):
            ports = list(self._config.ports)
            name = report.name or VIRTUAL_NAME
            options = ports[report.output] if report.output < len(ports) else PortOptions(name)
            ports[report.output : report.output + 1] = [replace(options, name=name, is_virtual=report.name is None)]
            self._config = replace(self._config, ports=tuple(ports))
        elif isinstance(report, TakeMoved):
            self.take = report.path
            self._config = replace(self._config, take=report.path or self._config.take)
        elif isinstance(report, Sent) and len(self._fed) > PRUNE_ABOVE and not self._config.timing.follows:
            self._fed = self._unsent()

    def tick_at(self, at_s: float) -> int | None:
        """Return the tick of the music at a moment of `time.monotonic`; None before it has run."""
        if (position := self.sent_log.position) is not None:
            return max(position.tick, position.tick_at(at_s))
        if self.sent_log.origin_s is None or self.sent_log.paused_tick is not None:
            return self.sent_log.paused_tick
        return self.tempo_map.tick_at(at_s - self.sent_log.origin_s)

    def commands(self) -> list[Command]:
        """Return the commands for a new player."""
        if isinstance(self._ending, Stop):
            return [self._ending]
        begin = [self._begin] if self._begin and self.sent_log.origin_s is None else []
        ending = [self._ending] if self._ending else []
        pause, thru = ([self._switches[kind]] if kind in self._switches else [] for kind in (SetPause, SetThru))
        unsent = self._unsent()
        feed = Feed(
            tuple(item for item in unsent if isinstance(item, Note)),
            tuple(item for item in unsent if isinstance(item, PedalPress)),
        )
        return [
            *begin,
            *self._annotations,
            *self._meters,
            *self._mutes.values(),
            *thru,
            feed,
            *pause,
            *self._feedback.values(),
            *ending,
        ]

    def config_to_resume(self, now_s: float) -> PlayerConfig:
        """Return the config of a new player; release all sounding notes in the log, at the present tick."""
        sent_log, position = self.sent_log, self.sent_log.position
        self._settle_tempos(now_s)
        offset = position.take_offset_ticks if position else 0
        tick = self.tick_at(now_s)
        now_tick = sent_log.tick if tick is None or (position and not position.runs) else tick + offset
        hanging = {*sent_log.hanging()}
        # The player may have sent these without reporting them.
        unreported = [i for i in (*self._fed, *self._cut) if sent_log.tick < i.start_tick + offset <= now_tick]
        hanging |= {release for item in unreported for release in self._releases(item)}
        sent_tick = sent_log.tick
        sent_log.release_all(now_tick)
        resume = Resume(
            sent_log.origin_s,
            sent_log.take(),
            tuple(message.hex() for message in sorted(hanging)),
            sent_tick,
            position,
            tuple(sent_log.tempos),
            self.tempo_map.changes,
            sent_log.paused_tick,
        )
        return replace(self._config, parts=self._parts(), resume=resume)

    def _parts(self) -> tuple[PlayerPart, ...]:
        """Return the parts on their present channels: music that is not split may have moved."""
        parts = self._config.parts
        return parts if parts[0].name else (replace(parts[0], channel=self._channels[-1]),)

    def _releases(self, item: Fed) -> list[bytes]:
        """Return the messages that end a note or a press of the pedal, on every channel where it may sound."""
        channels = [part.channel for part in self._config.parts] if self._config.parts[0].name else self._channels
        if isinstance(item, PedalPress):
            return [bytes((CONTROL_CHANGE | channel, SUSTAIN, 0)) for channel in channels]
        return [bytes((NOTE_OFF | channel, item.pitch, 0)) for channel in channels]

    def forget_history(self) -> tuple[str, str] | None:
        """Forget the messages sent, the notes fed and the feedback, as one of them may have killed the players.

        The take goes on in another file; return the paths of both, None if nothing is recorded.
        """
        self.sent_log.forget()
        self._fed, self._cut = [], []
        self._feedback.clear()
        if self._config.take is None:
            return None
        before, first = self._config.take, Path(self._first_take or self._config.take)
        after = str(next(path for path in further_parts(first) if not path.exists()))
        self.take = after
        self._config = replace(self._config, take=after)
        return before, after

    def release_held_keys(self, now_s: float) -> list[Received]:
        """Return releases, as reports, for all keys that musicians hold: a new player does not know them."""
        tick = self.tick_at(now_s)
        releases = [
            Received(source, -1 if tick is None else tick, now_s, message)
            for source, held in self._held.items()
            for message in held.messages()
        ]
        self._held.clear()
        return releases

    def _unsent(self) -> list[Fed]:
        """Return notes and pedal for a new player: all that are kept with an external transport, which may go back."""
        if self._config.timing.follows:
            return self._fed
        return [note for note in self._fed if note.start_tick > self.sent_log.tick]

    def _settle_tempos(self, now_s: float) -> None:
        """Apply the tempos that the dead player did not confirm, each from its tick, or from now if that has passed."""
        for command in self._unconfirmed_tempos:
            tick = command.tick
            if tick <= self.sent_log.tick:
                tick = max(0, (self.tick_at(now_s) or 0) + 1)
            self.tempo_map = self.tempo_map.changed(tick, command.tempo)
        self._unconfirmed_tempos = []


def _with_program(config: PlayerConfig, command: SetProgram) -> PlayerConfig:
    parts = tuple(
        replace(part, program=command.program, bank=command.bank) if command.part in ("", part.name) else part
        for part in config.parts
    )
    return replace(config, parts=parts)
