"""The sound of each part of the music on this machine: instrument, level, and place in the stereo sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from musicgen_live.config.sound_options import DEFAULT_INSTRUMENT, PartSound, SoundOptions
from musicgen_live.music.parts import BASS, CHORDS, MELODY
from musicgen_live.player.part_channels import PlayerPart

_SOUNDS = {
    MELODY: PartSound(0, DEFAULT_INSTRUMENT, volume=104, pan=74, program=0),
    BASS: PartSound(0, "bass", volume=94, pan=64, program=32),
    CHORDS: PartSound(0, "pad", volume=76, pan=52, program=88),
}
"""The melody in front, a little to the right; the chords 5 dB below it, a little to the left; the bass between.

Programs are those of General MIDI: grand piano, acoustic bass, pad.
"""


def with_part_sounds(options: SoundOptions, parts: Sequence[PlayerPart]) -> SoundOptions:
    """Return options with the sounds of parts; as they are if the music is not split.

    An instrument that is chosen for all replaces those that are not chosen for a part.
    """
    if not parts[0].name:
        return options
    chosen = None if options.instrument == DEFAULT_INSTRUMENT else options.instrument
    sounds = []
    for part in parts:
        usual = _SOUNDS[part.name]
        sounds.append(
            replace(
                usual,
                channel=part.channel,
                instrument=part.instrument or chosen or usual.instrument,
                program=usual.program if part.program is None else None,
            )
        )
    return replace(options, parts=tuple(sounds))
