"""A small neural network that plays notes and chords, live and in time, without TensorFlow: a command and a library.

Examples:
    >>> from musicgen_live import load
    >>> for note in load("two-voice", seed=1, bars=2).render_notes()[:2]:
    ...     print(note.start_tick, note.duration_ticks, note.pitch, note.velocity)
    0 240 74 80
    0 1920 53 80

`load` returns a `Take`, which renders itself to notes, a MIDI file or samples; its `Bars` come one by one and can be
steered. Positions are ticks, `PPQ` to a quarter note. Every error that a caller can mend is a `MusicgenError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicgen_live.config.library import model_names, preset_names
    from musicgen_live.errors import MusicgenError
    from musicgen_live.generation.composer import Bar
    from musicgen_live.music.notes import PPQ, Note
    from musicgen_live.session.api import Bars, Take, load
    from musicgen_live.sound.synthesizer import RATE_HZ

__all__ = ["PPQ", "RATE_HZ", "Bar", "Bars", "MusicgenError", "Note", "Take", "load", "model_names", "preset_names"]

_PLACES = {
    "Bar": "generation.composer",
    "Bars": "session.api",
    "MusicgenError": "errors",
    "Note": "music.notes",
    "PPQ": "music.notes",
    "RATE_HZ": "sound.synthesizer",
    "Take": "session.api",
    "load": "session.api",
    "model_names": "config.library",
    "preset_names": "config.library",
}
"""The modules of the public names, imported when a name is first used: the command line starts without NumPy."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 (any of the public names)
    """Import a public name (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from musicgen_live.model.blas import one_blas_thread

    with one_blas_thread():
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names, also those that are not imported yet."""
    return sorted({*globals(), *__all__})
