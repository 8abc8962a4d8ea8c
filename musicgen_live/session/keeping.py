"""`keep`: writes the latest whole bars of a take to a file of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from musicgen_live.config.parameter import Change
from musicgen_live.errors import TakeError
from musicgen_live.interfaces.events import Kept
from musicgen_live.midi.take_files import new_take_somewhere
from musicgen_live.midi.takes.label import TakeLabel
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

    def keep(self, change: Change, sent_log: SentLog, loop: Loop | None, label: TakeLabel) -> Kept:
        """Write as many bars as a change asks for or, of a freeze, once around its loop; `label` is that of the take.

        TakeError if there is no whole bar yet, if these bars are kept already, or if the file cannot be written.
        """
        meters = self._playhead.meters
        from_tick, until_tick = self._bars_to_keep(change, loop)
        if from_tick >= until_tick:
            raise TakeError("There is no whole bar to keep yet; wait for the next bar line.")
        first = meters.bar_of(from_tick)
        bars = meters.bar_of(until_tick) - first
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
            meters=meters,
            label=label,
            tracks=sent_log.tracks,
        )
        self._kept = Kept(str(path), first, bars)
        self.loop = loop_of(sent_log.messages, from_tick, until_tick, sent_log.tracks)
        return self._kept

    def _bars_to_keep(self, change: Change, loop: Loop | None) -> tuple[int, int]:
        """Return the ticks of the take between which bars are written."""
        now_s, meters = self._now_s(), self._playhead.meters
        until_tick = meters.line_before(max(0, self._playhead.take_tick_at(now_s)))
        bars = change.value if isinstance(change.value, int) else CAPTURED_BARS
        if loop is not None and change.value is None:
            bars = meters.bar_of(loop.until_tick) - meters.bar_of(loop.from_tick)
            until_tick -= loop.begun_ticks(meters.line_before(self._playhead.tick_at(now_s)))
        from_tick = meters.tick_of(max(1, meters.bar_of(until_tick) - bars))
        return max(from_tick, meters.line_after(until_tick - LATEST_TICKS)), until_tick
