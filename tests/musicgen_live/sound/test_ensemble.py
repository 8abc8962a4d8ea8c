"""Parts sound on instruments of their own, each at its place."""

from __future__ import annotations

import numpy as np

from musicgen_live.config.sound_options import PartSound, SoundOptions
from musicgen_live.player.part_channels import PlayerPart
from musicgen_live.player.part_sounds import with_part_sounds
from musicgen_live.sound.ensemble import Ensemble
from musicgen_live.sound.opening import open_synthesizer
from musicgen_live.sound.protocol import options_from_text, options_to_text
from musicgen_live.sound.synthesizer import CHANNELS, Frames


class Tone:
    """A synthesizer that sounds at a level from its first message on."""

    def __init__(self, level: float) -> None:
        self.level, self.is_silent = level, True
        self.received: list[bytes] = []

    def send(self, message: bytes) -> None:
        self.received.append(message)
        self.is_silent = False

    def render(self, out: Frames) -> None:
        out.fill(0 if self.is_silent else self.level)


def test_messages_go_to_the_synthesizer_of_their_channel_and_the_sounds_add_up() -> None:
    piano, bass = Tone(0.5), Tone(0.25)
    ensemble = Ensemble({1: bass, 2: piano}, piano)
    assert ensemble.is_silent
    for message in (b"\x91\x24\x50", b"\x92\x3c\x50", b"\x95\x3c\x50"):
        ensemble.send(message)
    assert (bass.received, piano.received) == ([b"\x91\x24\x50"], [b"\x92\x3c\x50", b"\x95\x3c\x50"])
    out = np.zeros((64, CHANNELS), np.float32)
    ensemble.render(out)
    assert np.all(out == 0.75)


def test_each_part_has_its_instrument_its_level_and_its_place() -> None:
    parts = (PlayerPart("melody", 0), PlayerPart("bass", 1, program=5), PlayerPart("chords", 4, instrument="felt"))
    assert with_part_sounds(SoundOptions(), parts).parts == (
        PartSound(0, "piano", 104, 74, 0),
        PartSound(1, "bass", 94, 64, None),
        PartSound(4, "felt", 76, 52, 88),
    )
    assert with_part_sounds(SoundOptions(), (PlayerPart("", 0),)) == SoundOptions()


def test_an_instrument_for_all_is_that_of_the_parts_too() -> None:
    sounds = with_part_sounds(SoundOptions("felt"), (PlayerPart("melody", 0), PlayerPart("bass", 1, instrument="bass")))
    assert [part.instrument for part in sounds.parts] == ["felt", "bass"]


def test_the_sounds_of_parts_cross_the_pipe() -> None:
    options = SoundOptions(parts=(PartSound(1, "bass", pan=30),))
    assert options_from_text(options_to_text(options)) == options


def test_a_part_to_the_left_is_louder_there() -> None:
    options = SoundOptions(parts=(PartSound(1, "bass", pan=0), PartSound(2, "piano", pan=127)))
    synthesizer = open_synthesizer(options)
    synthesizer.send(b"\x91\x24\x64")
    out = np.zeros((1024, CHANNELS), np.float32)
    synthesizer.render(out)
    left, right = np.abs(out).max(axis=0)
    assert left > 0.01
    assert right == 0
