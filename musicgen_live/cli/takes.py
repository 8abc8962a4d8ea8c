"""What `play` and `render` have in common: where a take may be written, and what is said in the end."""

from __future__ import annotations

from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.player.supervisor import Say
from musicgen_live.session.play import TakeEnded


def checked_take(out: Path) -> Path:
    """The path of `--out`, if a take can be written there as far as its name tells; TakeError otherwise."""
    if out.suffix.lower() not in (".mid", ".midi"):
        raise TakeError(f"--out is {str(out)!r}; it has to end in .mid")
    if out.is_dir():
        raise TakeError(f"--out is {str(out)!r}, which is a folder; give the name of a file")
    return out


def say_end(ended: TakeEnded, take: Path | None, say: Say) -> None:
    """Say what came of a take, and where it is."""
    summary = ended.summary
    say(f"{'Stopped after' if ended.stopped else 'Done:'} {ended.steps} steps, {summary.notes} notes.")
    if summary.dropped:
        say(f"{summary.dropped} notes came too late to be played and were left out.")
    if take:
        say(f"The take: {take}")
