"""A manual clock whose waits end early, as those of the system's clock do."""

from __future__ import annotations

from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.commands import Command

EARLY_S = 0.002


class EarlyClock(ManualClock):
    """A clock that is shortly before a moment when the wait for it ends."""

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        return super().wait(mailbox, None if until_s is None else max(self._now_s, until_s - EARLY_S))

    def reach(self, until_s: float) -> None:
        self._now_s = max(self._now_s, until_s)
