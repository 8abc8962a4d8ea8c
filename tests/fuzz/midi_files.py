"""Broken MIDI files from a seed: valid ones mutated, cut and filled with absurd events, through every reader."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from musicgen_live.encodings import bars
from musicgen_live.errors import MusicgenError
from musicgen_live.generation.prompt_file import read_prompt_file
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.file_type import UnreadableError
from musicgen_live.midi.file_writer import variable_length
from musicgen_live.midi.piano_roll import choose_layout
from musicgen_live.music.score import Score
from tests.fuzz.faults import faults_of
from training.data.midi_scores import read_score
from training.data.rewriting import rewritten

PARSED_BY_MUSIC21 = 20
"""One file in so many goes through music21 too, which takes ten times as long."""
_STRANGE = (
    *("F8", "FE", "F1 00", "F4", "F6", "F0 03 7E 7F F7", "F0 7F 00", "F0 8F FF FF 7F", "F7 00", "F7 02 90 3C"),
    *("FF 51 03 00 00 00", "FF 51 03 00 00 01", "FF 51 03 FF FF FF", "FF 51 02 07 A1", "FF 51 00", "FF 59 02 09 00"),
    *("FF 58 04 00 02 18 08", "FF 58 04 FF 00 18 08", "FF 58 04 07 02 18 08", "FF 58 04 01 07 18 08", "FF 59 02 00 07"),
    *("FF 58 04 04 FF 18 08", "FF 58 02 03 02", "FF 58 00", "FF 2F 00", "FF 2F 01 00", "FF 03 FF FF FF 7F", "FF 7F 00"),
    *("FF 03 03 00 1B FF", "FF 03 05 44 72 75 6D 73", "FF 21 01 01", "FF 08 01 41", "FF 00 01 01", "FF 20 00", "FF"),
    *("B0 40 7F", "B0 40 00", "B1 40 7F", "B0 7B 00", "B0 78 00", "B0 79 00", "B0 7F 00", "E0 00 40", "90 FF FF"),
)  # fmt: skip


def fuzzed_files(count: int, seed: int) -> Iterator[bytes]:
    """Yield files of up to eight tracks; most have notes, and most are damaged in some way."""
    rng = random.Random(seed)
    for _ in range(count):
        tracks = [_track(rng) for _ in range(rng.choice((1, 1, 2, 3, 8)))]
        division = rng.choice((480, 480, 480, 96, 1, 0, 0x7FFF, 0x8000, 0xE728, rng.randrange(65536)))
        header = (rng.choice((0, 1, 1, 1, 2, 3)), rng.choice((len(tracks), 0, 65535)), division)
        data = bytearray(b"MThd\0\0\0\6" + struct.pack(">HHH", *header) + b"".join(tracks))
        damage = rng.random()
        if damage < 0.3:
            for _ in range(rng.randint(1, 6)):
                data[rng.randrange(len(data))] = rng.choice((0, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif damage < 0.45:
            del data[rng.randrange(len(data)) :]
        elif damage < 0.55:
            data[rng.randrange(len(data)) :] = rng.randbytes(rng.randrange(200))
        yield bytes(data)


def _track(rng: random.Random) -> bytes:
    events = bytearray()
    absurd = rng.choice((0.0, 0.02, 0.1, 0.5))
    for _ in range(rng.choice((0, 5, 40, 40, 200))):
        deltas = (0, 0, 60, 240, 480, 100_000, (1 << 28) - 1)
        events += variable_length(rng.choice(deltas[: 5 if rng.random() > absurd else 7]))
        if rng.random() < absurd:
            events += bytes.fromhex(rng.choice(_STRANGE)) + rng.randbytes(rng.choice((0, 0, 0, 3)))
            continue
        status = rng.choice((0x90, 0x90, 0x90, 0x80, 0x99, 0x93))
        # Now and then without a status byte.
        pitch, velocity = rng.choice((60, 60, 64, 67, rng.randrange(128))), rng.choice((0, 0, 80, rng.randrange(128)))
        events += bytes((status, pitch, velocity))[rng.random() < 0.2 :]
    events += bytes.fromhex("00 FF2F00")
    length = len(events) if rng.random() < 0.95 else rng.choice((0, len(events) - 1, len(events) + 9, 0xFFFFFFFF))
    return b"MTrk" + length.to_bytes(4, "big") + events


def faults(count: int, seed: int, folder: Path) -> dict[str, tuple[int, bytes]]:
    """Read each file as `show`, as a prompt, and some of them as training does."""
    path = folder / "fuzzed.mid"

    def read(case: tuple[int, bytes]) -> None:
        number, data = case
        path.write_bytes(data)
        with suppress(MusicgenError):
            choose_layout(read_midi(path), (1, 4))
        with suppress(MusicgenError):
            read_prompt_file(str(path)).bar_ids(hands=number % 2 == 0)
        if number % PARSED_BY_MUSIC21 == 0:
            with suppress(UnreadableError):
                _read_for_training(data)

    return faults_of(enumerate(fuzzed_files(count, seed)), read)


def _read_for_training(data: bytes) -> None:
    score: Score = read_score(rewritten(data).data)
    if score.end_tick < 4 * 480 * 1000:
        bars.encode(score)
