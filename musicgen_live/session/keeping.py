"""`keep`: writes the latest whole bars of a take to a file of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from musicgen_live.config.parameters import Change
from musicgen_live.errors import TakeError
from musicgen_live.interfaces.events import Kept
from musicgen_live.midi.take_files import new_take_somewhere
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.sent_log import LATEST_TICKS, SentLog
from musicgen_live.session.capture import capture
from musicgen_live.session.kept_notes import loop_of
from musicgen_live.session.loop import Loop
from musicgen_live.session.playhead import Playhead

CAPTURED_BARS = 8
"""The number of bars that `keep` writes if nobody says another one and nothing is frozen."""


class BarKeeper:
    """Writes bars of the music that a player has sent."""

    def __init__(
        self,
        playhead: Playhead,
        now_s: Callable[[], float],
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        """`folder` is that of the files; `say` tells the user if they lie elsewhere."""
        self._playhead = playhead
        self._now_s = now_s
        self._folder = folder
        self._say = say
        self._kept: Kept | None = None
        """The bars that were kept last."""
        self.loop: Loop | None = None
        """Their notes, to be played again; None before any were kept."""

    def keep(
        self, change: Change, sent_log: SentLog, loop: Loop | None, time_signature: TimeSignature, label: TakeLabel
    ) -> Kept:
        """Write as many bars as a change asks for or, of a freeze, once around its loop; `label` is that of the take.

        TakeError if there is no whole bar yet, if these bars are kept already, or if the file cannot be written.
        """
        bar_ticks = self._playhead.bar_ticks
        from_tick, until_tick = self._bars_to_keep(change, loop)
        if from_tick >= until_tick:
            which = f"of {time_signature}" if self._playhead.meter_tick else "to keep"
            raise TakeError(f"There is no whole bar {which} yet; wait for the next bar line.")
        first, bars = from_tick // bar_ticks + 1, (until_tick - from_tick) // bar_ticks
        from_tick, until_tick = (tick - self._playhead.moved_ticks for tick in (from_tick, until_tick))
        if (kept := self._kept) and (kept.first_bar, kept.bars) == (first, bars) and Path(kept.path).exists():
            # Whoever asks for it a thousand times per second must not fill the disk.
            raise TakeError(f"These bars are kept already: {kept.path}")
        label = replace(label, bars=f"{first}-{first + bars - 1}")
        path = new_take_somewhere(self._folder, time.localtime(), label.title, self._say)
        capture(
            path,
            sent_log.messages,
            from_tick,
            until_tick,
            tempos=sent_log.tempos or [(0, self._playhead.tempo)],
            time_signature=time_signature,
            label=label,
            tracks=sent_log.tracks,
        )
        self._kept = Kept(str(path), first, bars)
        self.loop = loop_of(sent_log.messages, from_tick, until_tick, sent_log.tracks)
        return self._kept

    def _bars_to_keep(self, change: Change, loop: Loop | None) -> tuple[int, int]:
        """Return the ticks of the take between which bars are written, counted as bars are."""
        now_s, bar_ticks = self._now_s(), self._playhead.bar_ticks
        until_tick = (self._playhead.take_tick_at(now_s) + self._playhead.moved_ticks) // bar_ticks * bar_ticks
        bars = change.value if isinstance(change.value, int) else CAPTURED_BARS
        if loop is not None and change.value is None:
            bars = (loop.until_tick - loop.from_tick) // bar_ticks
            until_tick -= loop.begun_ticks(self._playhead.tick_at(now_s) // bar_ticks * bar_ticks)
        return max(self._playhead.meter_tick, until_tick - min(bars, LATEST_TICKS // bar_ticks) * bar_ticks), until_tick
