"""The sampler: voices that play tables, by the MIDI messages of sixteen channels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from musicgen_live.midi.channel_keys import ChannelKeys
from musicgen_live.midi.messages import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CLICK_CHANNEL,
    CLICK_PITCH,
    CONTROL_CHANGE,
    EXPRESSION,
    PAN,
    VOLUME,
    is_note,
    is_note_on,
)
from musicgen_live.sound.click import click_table
from musicgen_live.sound.instrument import Instrument
from musicgen_live.sound.sample_tables import SampleTables
from musicgen_live.sound.synthesizer import CHANNELS, MOST_FRAMES, Frames
from musicgen_live.sound.voice import Voice

MOST_VOICES = 96
"""Beyond this number, the softest voice gives way, with a short fade. A note has one voice or two."""
MOST_FADING = 48
"""The number of further voices that fade; beyond it the softest ends at once, so that no flood delays the sound."""

RESTRIKE_FADE_S = 0.12
"""A string that is struck again is damped by the hammer, not at once."""
STOLEN_FADE_S = 0.02
OFF_FADE_S = 0.03
"""All Sound Off; without a fade it would click."""
UNDAMPED_OFF_FADE_S = 0.5
"""All Notes Off ends notes that have no damper too, or they would sound on for seconds after the end."""

MASTER_GAIN = 0.35
"""Ten loud notes together reach full scale."""
CLICK_GAIN = 0.8

_GM_VOLUME, _PAN_CENTRE = 100, 64
"""General MIDI's volume at the start, which leaves the level as it is."""


@dataclass
class _Channel:
    keys: ChannelKeys[int] = field(default_factory=ChannelKeys)
    volume: int = _GM_VOLUME
    expression: int = 127
    pan: int = _PAN_CENTRE

    def gain(self, gain: float) -> np.float32 | Frames:
        """Return the gain of a note that begins, or those of left and right; volume follows General MIDI's square law.

        Pan is a balance: it lowers one side of the stereo sound.
        """
        gain *= (self.volume / _GM_VOLUME) ** 2 * (self.expression / 127) ** 2
        if self.pan == _PAN_CENTRE:
            return np.float32(gain)
        left, right = min(1.0, 2 - self.pan / _PAN_CENTRE), min(1.0, self.pan / _PAN_CENTRE)
        return np.array([gain * left, gain * right], np.float32)


class Sampler:
    """Plays an instrument. Volume, expression and pan (controllers 7, 11, 10) hold for notes that begin after them.

    The sustain pedal keeps notes sounding. Channel 10 has the click of a count-in and no other drums. Program changes
    and pitch bend are not used.
    """

    def __init__(self, instrument: Instrument, tables: SampleTables) -> None:
        """Make a sampler without a sounding note."""
        self._instrument = instrument
        self._tables = tables
        self._click = click_table()
        self._channels = [_Channel() for _ in range(16)]
        self._voices: list[Voice] = []
        self._scratch: Frames = np.zeros((MOST_FRAMES, CHANNELS), np.float32)

    @property
    def is_silent(self) -> bool:
        """True if no voice sounds."""
        return not self._voices

    @property
    def voices(self) -> int:
        """The number of voices that sound, those that fade included."""
        return len(self._voices)

    def send(self, message: bytes) -> None:
        """Take one message, which acts from the next frame on."""
        channel = message[0] & 0x0F
        if is_note(message):
            if channel == CLICK_CHANNEL:
                self._click_on(message)
            elif is_note_on(message):
                self._note_on(channel, message[1], message[2])
            else:
                self._release(channel, self._channels[channel].keys.release(message[1]))
        elif message[0] & 0xF0 == CONTROL_CHANGE:
            self._control(channel, message[1], message[2])

    def render(self, out: Frames) -> None:
        """Fill `out` with the next frames of all voices."""
        out.fill(0)
        for voice in self._voices:
            voice.add_to(out, self._scratch)
        if any(voice.is_over for voice in self._voices):
            self._voices = [voice for voice in self._voices if not voice.is_over]

    def _note_on(self, channel: int, pitch: int, velocity: int) -> None:
        state = self._channels[channel]
        state.keys.strike(pitch)
        # Also a note that fades already, or has no damper: it is the same string.
        self._fade(channel, (pitch,), RESTRIKE_FADE_S)
        for table, gain in self._tables.find(pitch, velocity):
            self._start(Voice((channel, pitch), table, state.gain(MASTER_GAIN * gain)))

    def _click_on(self, message: bytes) -> None:
        if is_note_on(message) and message[1] == CLICK_PITCH:
            gain = CLICK_GAIN * MASTER_GAIN * message[2] / 127
            self._start(Voice((CLICK_CHANNEL, CLICK_PITCH), self._click, np.float32(gain)))

    def _start(self, voice: Voice) -> None:
        sounding = [each for each in self._voices if not each.is_fading]
        if len(sounding) >= MOST_VOICES:
            min(sounding, key=lambda each: each.loudness).fade(STOLEN_FADE_S)
        if len(self._voices) >= MOST_VOICES + MOST_FADING:
            self._voices.remove(min(self._voices, key=lambda each: each.loudness))
        self._voices.append(voice)

    def _control(self, channel: int, controller: int, value: int) -> None:
        state = self._channels[channel]
        if controller == VOLUME:
            state.volume = value
        elif controller == PAN:
            state.pan = value
        elif controller == EXPRESSION:
            state.expression = value
        elif controller == ALL_SOUND_OFF:
            state.keys.control(controller, value)
            self._fade(channel, None, OFF_FADE_S)
        elif ChannelKeys.is_heard(controller):
            ended = state.keys.control(controller, value)
            self._release(channel, ended)
            if controller >= ALL_NOTES_OFF:
                self._fade(channel, None, UNDAMPED_OFF_FADE_S, undamped=True)

    def _release(self, channel: int, pitches: tuple[int, ...]) -> None:
        for pitch in pitches:
            fade_s = self._instrument.release_s(pitch)
            if fade_s != math.inf:
                self._fade(channel, (pitch,), fade_s)

    def _fade(self, channel: int, pitches: tuple[int, ...] | None, fade_s: float, *, undamped: bool = False) -> None:
        """Fade the voices of a channel, all if `pitches` is None; with `undamped` those without a damper alone."""
        for voice in self._voices:
            if voice.key[0] != channel or (pitches is not None and voice.key[1] not in pitches):
                continue
            if not undamped or self._instrument.release_s(voice.key[1]) == math.inf:
                voice.fade(fade_s)
