"""The watch over a player process: one that died or hangs is replaced, in time and with nothing left sounding."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

from musicgen_live.errors import PlayerError
from musicgen_live.live.ledger import Ledger
from musicgen_live.live.messages import Command, Feed, News, Ready, Refused, Report, Sent, Stop, Trouble
from musicgen_live.live.tempo import TempoMap
from musicgen_live.notes import Note
from musicgen_live.player_config import PlayerConfig, Resume
from musicgen_live.player_link import PlayerLink

SLICE_S = 0.5
"""How long one look for a report lasts; also, on Windows Ctrl-C does not wake a wait without end."""

SILENT_SLICES = 4
"""Looks in vain after which a player is taken for dead: 2 s, and it reports four times a second. Looks are counted, not
seconds, so that a machine that slept does not kill its player on waking."""

START_LIMIT_S = 20.0
TRIES = 3

Say = Callable[[str], None]


class PlayerWatch:
    """A player process that is there even after it died: its other end as a `PlayerLink` offers it, and a ledger.

    The one that takes its place first silences the ports, takes over the file with all that had been sent, and goes on
    at the same origin, so that the music is where it would have been.
    """

    def __init__(self, config: PlayerConfig, say: Say) -> None:
        self.ledger = Ledger()
        self._config = config
        self._say = say
        self._fed: list[Note] = []
        self._last_command: Command | None = None
        self._link: PlayerLink | None = PlayerLink(config)
        self._silent = 0

    def await_ready(self) -> Ready | Refused:
        """What the first player says of its ports; PlayerError if it says nothing in time."""
        assert self._link is not None
        return self._ready(self._link)

    def send(self, command: Command) -> None:
        """Hand over a command; PlayerError only if players cannot be kept alive."""
        if isinstance(command, Feed):
            self._fed.extend(command.notes)
        else:
            self._last_command = command
        if self._link is None:
            self._replace()  # which hands over all that was kept
            return
        try:
            self._link.send(command)
        except PlayerError as error:
            self._replace(str(error))

    def report(self) -> Report | None:
        """The next report, None after half a second without one; a player that is gone is replaced meanwhile."""
        if self._link is None:
            self._replace()
        assert self._link is not None
        try:
            report = self._link.report(SLICE_S)
        except PlayerError as error:
            self._replace(str(error))
            return None
        self._silent = self._silent + 1 if report is None else 0
        if self._silent >= SILENT_SLICES:
            self._replace("the process that plays gave no sign of life for two seconds.")
            return None
        self._hear(report)
        return report

    def close(self) -> None:
        """End the player, and say what it still had to say."""
        if self._link is not None:
            self._link.close()
            self._hear_rest(self._link)
            self._link = None

    def _hear(self, report: Report | None) -> None:
        if isinstance(report, Trouble):
            self._say(report.reason)
        elif isinstance(report, News):
            self._say(report.text)
        elif report is not None:
            self.ledger.hear(report)
        if isinstance(report, Sent) and len(self._fed) > 1000 and not self._config.timing.follows:
            self._fed = self._not_sent()

    def _not_sent(self) -> list[Note]:
        """What another player would need: all where the music may be begun again."""
        if self._config.timing.follows:
            return self._fed
        return [note for note in self._fed if note.start_tick > self.ledger.tick]

    def _hear_rest(self, link: PlayerLink) -> None:
        """Hear what a player that is gone had reported."""
        with contextlib.suppress(PlayerError):  # the end of the reports
            while (report := link.report(0)) is not None:
                self._hear(report)

    def _replace(self, why: str = "") -> None:
        """Put a new player in the place of one that is gone.

        An interrupt meanwhile leaves none; whatever is called next begins anew.
        """
        if self._link is not None:
            old, self._link = self._link, None
            old.kill()
            old.close()
            self._hear_rest(old)
            said = why.partition(" Its last words")[0]
            self._say(f"{said[:1].upper()}{said[1:]} Another one goes on in its place.")
        for attempt in range(1, TRIES + 1):
            self.ledger.restarts += 1
            link = PlayerLink(replace(self._config, resume=self._resume()))
            try:
                ready = self._ready(link)
                if isinstance(ready, Ready):
                    if not isinstance(self._last_command, Stop):
                        link.send(Feed(tuple(self._not_sent())))
                    if self._last_command is not None:
                        link.send(self._last_command)
                    self._link, self._silent = link, 0
                    return
                failure = PlayerError(ready.reason)
            except PlayerError as error:
                failure = error
            finally:
                if self._link is None:
                    link.kill()
                    link.close()
            if attempt == TRIES:
                raise failure

    def _resume(self) -> Resume:
        """Say where the take is, and enter the end of what sounded."""
        ledger, now_s = self.ledger, time.monotonic()
        now_tick, offset = ledger.tick, 0
        if (was := ledger.followed) is not None:
            offset = was.take_tick - was.tick
            if was.runs:
                now_tick = was.take_tick + TempoMap(((0, was.tempo),)).tick_at(max(0.0, now_s - was.at_s))
        elif ledger.origin_s is not None:
            now_tick = TempoMap(((0, self._config.tempo),)).tick_at(now_s - ledger.origin_s)
        sounding = {pitch for _, pitch in ledger.sounding()}
        # Struck, perhaps, but not reported any more.
        sounding |= {note.pitch for note in self._fed if ledger.tick < note.start_tick + offset <= now_tick}
        sent_tick = ledger.tick
        ledger.release_all(now_tick)
        return Resume(
            ledger.origin_s,
            tuple((tick, message.hex()) for tick, message in ledger.messages),
            tuple(sorted(sounding)),
            sent_tick,
            was,
            tuple(ledger.tempos),
        )

    def _ready(self, link: PlayerLink) -> Ready | Refused:
        """Hear what a new player says until it says whether its ports are open."""
        end_s = time.monotonic() + START_LIMIT_S
        while (left_s := end_s - time.monotonic()) > 0:
            report = link.report(left_s)
            if isinstance(report, Ready | Refused):
                return report
            self._hear(report)
        raise PlayerError(f"the process that plays did not open its ports within {START_LIMIT_S:g} s")
