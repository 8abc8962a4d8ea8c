"""Writes the sound of a MIDI file as a .wav file, much faster than it would be played."""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from musicgen_live.config.files import reason_of, replacing
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_messages import TimedMessages, read_messages
from musicgen_live.midi.hanging_notes import PEDALS
from musicgen_live.midi.messages import ALL_NOTES_OFF, CONTROL_CHANGE
from musicgen_live.sound.opening import open_synthesizer
from musicgen_live.sound.synthesizer import CHANNELS, MOST_FRAMES, RATE_HZ, Frames, Synthesizer, render_events

PEAK = 10 ** (-1 / 20)
"""-1 dB of full scale: what converts the file to another format has a little room."""

LONGEST_TAIL_S = 12.0
"""The time for the last notes to fade; longer ones are faded out within the last half second of it."""
FADE_OUT_S = 0.5

MOST_S = 6 * 3600.0
"""A .wav file holds 6.7 hours of this sound."""

_SECOND_FRAMES = RATE_HZ
_STEP = 1 / 32_768


def write_wav(midi: Path, wav: Path, options: SoundOptions) -> float:
    """Write the sound of a MIDI file: 44.1 kHz, stereo, 16 bits, its peak at -1 dB of full scale; return its seconds.

    Raises TakeError if a file cannot be read or written, SoundError if there is nothing to sound with.
    """
    timed = read_messages(midi)
    if timed.end_s > MOST_S:
        raise TakeError(f"{midi} lasts {timed.end_s / 3600:,.1f} hours; up to {MOST_S / 3600:g} become a .wav file")
    synthesizer = open_synthesizer(options)
    try:
        # The peak is known at the end, and the sound of hours does not fit into memory.
        with replacing(wav) as temporary, tempfile.TemporaryFile(dir=wav.parent) as raw:
            peak = 0.0
            for block in rendered(synthesizer, timed):
                peak = max(peak, float(np.abs(block).max(initial=0.0)))
                raw.write(block.tobytes())
            frames = raw.tell() // (4 * CHANNELS)
            raw.seek(0)
            _write(raw, temporary, PEAK / peak if peak else 1.0)
    except OSError as exc:
        raise TakeError(f"{wav} cannot be written ({reason_of(exc)}); choose another file: --wav FILE.wav") from exc
    return frames / RATE_HZ


def sound_of(timed: TimedMessages, options: SoundOptions) -> Frames:
    """Return the sound of messages: 44.1 kHz, stereo, its peak at -1 dB of full scale.

    Raises SoundError if there is nothing to sound with. A minute takes 21 MB of memory.
    """
    blocks = list(rendered(open_synthesizer(options), timed))
    frames: Frames = np.concatenate(blocks) if blocks else np.zeros((0, CHANNELS), np.float32)
    peak = float(np.abs(frames).max(initial=0.0))
    return frames * np.float32(PEAK / peak) if peak else frames


def rendered(synthesizer: Synthesizer, timed: TimedMessages) -> Iterator[Frames]:
    """Yield the sound of messages, from their beginning to the end of the last note's tail."""
    events = [(round(at_s * RATE_HZ), message) for at_s, message in timed.messages]
    end_frame = round(timed.end_s * RATE_HZ)
    events += [
        (end_frame, bytes((CONTROL_CHANGE | channel, controller, 0)))
        for channel in range(16)
        for controller in (*PEDALS, ALL_NOTES_OFF)
    ]
    at = first = 0
    while at < end_frame:
        out = np.zeros((min(_SECOND_FRAMES, end_frame - at), CHANNELS), np.float32)
        last = first
        while last < len(events) and events[last][0] < at + len(out):
            last += 1
        render_events(synthesizer, out, [(frame - at, message) for frame, message in events[first:last]])
        yield out
        at, first = at + len(out), last
    for _, message in events[first:]:
        synthesizer.send(message)
    yield from _tail(synthesizer)


def _tail(synthesizer: Synthesizer) -> Iterator[Frames]:
    left, fade = round(LONGEST_TAIL_S * RATE_HZ), round(FADE_OUT_S * RATE_HZ)
    while left and not synthesizer.is_silent:
        out = np.zeros((min(MOST_FRAMES, left), CHANNELS), np.float32)
        synthesizer.render(out)
        if left - len(out) < fade:
            out *= np.clip(np.arange(left, left - len(out), -1, dtype=np.float32) / fade, 0, 1)[:, None]
        yield out
        left -= len(out)


def _write(raw: IO[bytes], path: Path, gain: float) -> None:
    """Write 32-bit samples as 16 bits, with triangular dither (Lipshitz, Wannamaker and Vanderkooy 1992)."""
    random = np.random.default_rng(0)
    with wave.open(str(path), "wb") as file:
        file.setparams((CHANNELS, 2, RATE_HZ, 0, "NONE", "not compressed"))
        while data := raw.read(4 * CHANNELS * _SECOND_FRAMES):
            samples = np.frombuffer(data, np.float32) * np.float32(gain)
            dither = random.random(len(samples), np.float32) - random.random(len(samples), np.float32)
            # Digital silence stays silent.
            scaled = np.where(samples == 0, 0, samples / _STEP + dither)
            file.writeframesraw(np.clip(np.round(scaled), -32_768, 32_767).astype("<i2").tobytes())
