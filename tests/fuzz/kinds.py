"""The kinds of input that are fuzzed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import command_lines, midi_files, midi_streams, models, osc, presets


@dataclass(frozen=True)
class Fuzzer:
    """A way to give the program absurd inputs."""

    faults: Callable[[int, int, Path], Mapping[str, object]]
    """Give `count` inputs made from `seed`, with files in a folder; return each kind of fault, with its input."""
    quick_count: int
    """The number of inputs that a test gives: a few seconds' worth."""


FUZZERS = {
    "command-lines": Fuzzer(command_lines.faults, 200),
    "midi-files": Fuzzer(midi_files.faults, 600),
    "midi-streams": Fuzzer(midi_streams.faults, 1000),
    "models": Fuzzer(models.faults, 400),
    "osc": Fuzzer(osc.faults, 300),
    "presets": Fuzzer(presets.faults, 1500),
}
