"""Loads what sounds: an instrument of our own, or a SoundFont."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.sound_options import SoundOptions

if TYPE_CHECKING:
    from musicgen_live.sound.synthesizer import Synthesizer


def open_synthesizer(options: SoundOptions) -> Synthesizer:
    """Load the instrument or the SoundFont; SoundError if it cannot be read."""
    if options.soundfont is not None:
        from musicgen_live.sound.soundfont import SoundFont

        return SoundFont(Path(options.soundfont))
    from musicgen_live.sound.instrument import load_instrument
    from musicgen_live.sound.sample_tables import SampleTables
    from musicgen_live.sound.sampler import Sampler

    instrument = load_instrument(options.instrument)
    return Sampler(instrument, SampleTables.load(instrument))
