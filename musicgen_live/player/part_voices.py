"""The voices of each part of the music."""

from __future__ import annotations

from collections.abc import Sequence

from musicgen_live.player.part_channels import PlayerPart
from musicgen_live.player.voices import Send, Voices


class PartVoices:
    """Voices by part; music that is not split has one part, which every note belongs to."""

    def __init__(self, parts: Sequence[PlayerPart]) -> None:
        """Make the voices of at least one part."""
        self._by_name = {part.name: Voices(part.channel, part.program, part.bank) for part in parts}
        self._pedalled = [self._by_name[part.name] for part in parts if part.has_pedal]
        self.all = tuple(self._by_name.values())

    def of(self, part: str) -> Voices:
        """Return the voices of a part; those of the first one for a note that belongs to none."""
        return self._by_name.get(part, self.all[0])

    def some(self, part: str) -> tuple[Voices, ...]:
        """Return the voices of a part, or all of them for an empty name."""
        return (self.of(part),) if part else self.all

    def press_pedal(self, tick: int, send: Send) -> None:
        """Put the sustain pedal of the parts that have one down."""
        for voices in self._pedalled:
            voices.press_pedal(tick, send)

    def lift_pedal(self, tick: int, send: Send) -> None:
        """Let it up."""
        for voices in self._pedalled:
            voices.lift_pedal(tick, send)

    def choose_programs(self, tick: int, send: Send) -> None:
        """Send the bank and program of each part that has one."""
        for voices in self.all:
            voices.choose_program(tick, send)

    def release_all(self, tick: int, send: Send) -> None:
        """Release exactly the notes that sound, put pedals up, then send All Notes Off on each channel."""
        for voices in self.all:
            voices.release_all(tick, send)
