"""The results of commands: the checks of their output files, and the report at the end of a take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from musicgen_live.config.files import check_writable, is_folder, reason_of
from musicgen_live.errors import TakeError
from musicgen_live.player.supervisor import Say
from musicgen_live.session.play import TakeEnded


def checked_take(out: Path) -> Path:
    """Return the path of `--out` if a take can be written to it; TakeError otherwise."""
    return checked_file("--out", out, (".mid", ".midi"))


def checked_file(flag: str, path: Path, endings: Sequence[str] = ()) -> Path:
    """Return the path of a flag if it can be written, and has an ending of those, before any work; TakeError if not."""
    if endings and path.suffix.lower() not in endings:
        raise TakeError(f"{flag} is {str(path)!r}; it has to end in {endings[0]}")
    if is_folder(path):
        raise TakeError(f"{flag} is {str(path)!r}, which is a folder; give the name of a file")
    try:
        check_writable(path)
    except OSError as error:
        raise TakeError(
            f"{flag} is {str(path)!r}, which cannot be written ({reason_of(error)}); choose another name"
        ) from error
    return path


def refuse_existing(flag: str, path: Path, *, by_force: bool = True) -> None:
    """TakeError if there is a file already, which a command replaces only `by_force`, if at all."""
    if path.exists():
        otherwise = ", or add --force" if by_force else ""
        raise TakeError(f"{flag} is {str(path)!r}, which is there already; choose another name{otherwise}")


def say_end(ended: TakeEnded, say: Say) -> None:
    """Report the result of a take, and its file."""
    summary = ended.summary
    how = "Stopped after" if ended.stopped else "Done:"
    say(f"{how} {summary.notes} notes, seed {ended.seed}.")
    if summary.dropped:
        say(f"{summary.dropped} notes came too late to be played and were left out.")
    if ended.take:
        say(f"The take: {ended.take}")
        list_take(ended.take, say)


def list_take(path: Path, say: Say) -> None:
    """Add a take to the list of takes; `say` gets the reason if that fails."""
    from musicgen_live.config.user_folder import takes_path
    from musicgen_live.midi.takes.index import TakeIndex

    TakeIndex(takes_path(), say).add(path)
