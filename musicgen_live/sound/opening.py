"""Loads what sounds: instruments of our own, or a SoundFont."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.sound_options import PartSound, SoundOptions
from musicgen_live.midi.messages import CONTROL_CHANGE, PAN, PROGRAM_CHANGE, VOLUME

if TYPE_CHECKING:
    from musicgen_live.sound.synthesizer import Synthesizer


def open_synthesizer(options: SoundOptions) -> Synthesizer:
    """Load the instrument, those of the parts, or the SoundFont; SoundError if one cannot be read."""
    synthesizer = _opened(options)
    for part in options.parts:
        for message in _mixed(part, chooses_program=options.soundfont is not None):
            synthesizer.send(message)
    return synthesizer


def _opened(options: SoundOptions) -> Synthesizer:
    if options.soundfont is not None:
        from musicgen_live.sound.soundfont import SoundFont

        return SoundFont(Path(options.soundfont))
    from musicgen_live.sound.ensemble import Ensemble
    from musicgen_live.sound.instrument import load_instrument
    from musicgen_live.sound.sample_tables import SampleTables
    from musicgen_live.sound.sampler import Sampler

    samplers: dict[str, Synthesizer] = {}
    for name in (options.instrument, *(part.instrument for part in options.parts)):
        if name not in samplers:
            instrument = load_instrument(name)
            samplers[name] = Sampler(instrument, SampleTables.load(instrument))
    others = samplers[options.instrument]
    if not options.parts:
        return others
    return Ensemble({part.channel: samplers[part.instrument] for part in options.parts}, others)


def _mixed(part: PartSound, *, chooses_program: bool) -> list[bytes]:
    """Return the messages that give a part its level and place, and a SoundFont its program."""
    messages = [
        bytes((CONTROL_CHANGE | part.channel, VOLUME, part.volume)),
        bytes((CONTROL_CHANGE | part.channel, PAN, part.pan)),
    ]
    if chooses_program and part.program is not None:
        messages.append(bytes((PROGRAM_CHANGE | part.channel, part.program)))
    return messages
