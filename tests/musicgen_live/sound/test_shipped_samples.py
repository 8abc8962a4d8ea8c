"""The samples that ship: in tune, equally loud over the keyboard, without clicks, and where their description says."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from musicgen_live.sound.instrument import (
    LOOP_BLEND_FRAMES,
    Instrument,
    Sample,
    instrument_names,
    load_instrument,
)
from training.instruments.levels import loudness_db, target_db
from training.instruments.piano import FELT, GRAND
from training.instruments.plucked import BASS
from training.instruments.strings import partials_hz

Floats = NDArray[np.float64]

STRINGS = {"piano": GRAND.strings, "felt": FELT.strings, "bass": BASS.strings}
"""Instruments whose partials are stretched."""


@cache
def decoded(name: str) -> tuple[Instrument, Floats]:
    instrument = load_instrument(name)
    sound, rate_hz = soundfile.read(instrument.ogg_path)
    assert rate_hz == instrument.sample_rate_hz
    return instrument, sound


def sample_sound(name: str, sample: Sample) -> Floats:
    return decoded(name)[1][sample.start_frame : sample.end_frame]


def sustained(name: str, sample: Sample) -> Floats:
    """The part of a sample that stands for its loudness and pitch: a loop, or all of it."""
    start = sample.start_frame if sample.loop_start_frame is None else sample.loop_start_frame
    return decoded(name)[1][start : sample.end_frame]


def cents_off(sound: Floats, expected_hz: Floats, *, loops: bool) -> float:
    """The distance of the loudest of some partials from its expected frequency, by the centre of its power."""
    # The spectrum of a loop is that of its frequencies, of which each repeats with it; so it needs no window.
    frames = len(sound) if loops else min(len(sound), 3 * 44100)
    window, size = (np.ones(frames), frames) if loops else (np.hanning(frames), 1 << 18)
    power = np.sum(np.abs(np.fft.rfft(sound[:frames] * window[:, None], size, axis=0)) ** 2, axis=1)
    bands = [(round(each * 0.98 * size / 44100), round(each * 1.02 * size / 44100)) for each in expected_hz]
    loudest = max(range(len(bands)), key=lambda order: power[slice(*bands[order])].sum())
    low, high = bands[loudest]
    centre_hz = (power[low:high] * np.arange(low, high)).sum() / power[low:high].sum() * 44100 / size
    return float(1200 * np.log2(centre_hz / expected_hz[loudest]))


@pytest.mark.parametrize("name", instrument_names())
def test_every_key_is_in_tune_within_5_cents(name: str) -> None:
    instrument, _ = decoded(name)
    loudest = {sample.pitch: sample for sample in instrument.samples}
    wrong = {}
    for sample in loudest.values():
        tempered_hz = np.array([440 * 2 ** ((sample.pitch - 69) / 12)])
        expected_hz = partials_hz(STRINGS[name], sample.pitch)[:6] if name in STRINGS else tempered_hz
        loops = sample.loop_start_frame is not None
        wrong[sample.pitch] = cents_off(sustained(name, sample), expected_hz, loops=loops)
    assert {pitch: cents for pitch, cents in wrong.items() if abs(cents) > 5} == {}


@pytest.mark.parametrize("name", instrument_names())
def test_keys_are_equally_loud_within_1_db(name: str) -> None:
    instrument, _ = decoded(name)
    off_db = {
        (each.pitch, each.velocity): loudness_db(sustained(name, each).T * each.gain)
        - target_db(each.pitch, each.velocity)
        for each in instrument.samples
    }
    assert {key: db for key, db in off_db.items() if abs(db) > 1} == {}


@pytest.mark.parametrize("name", instrument_names())
def test_samples_begin_and_end_in_silence(name: str) -> None:
    instrument, _ = decoded(name)
    for sample in instrument.samples:
        sound = sample_sound(name, sample)
        # Vorbis smears an attack by up to 4 ms; what lies before the sample is 34 dB below its peak.
        assert np.abs(sound[:4]).max() < 0.02 * np.abs(sound).max(), sample
        if sample.loop_start_frame is None:
            assert np.abs(sound[-16:]).max() < 0.0005 * np.abs(sound).max(), sample


@pytest.mark.parametrize("name", instrument_names())
def test_no_sample_has_a_direct_current(name: str) -> None:
    instrument, _ = decoded(name)
    for sample in instrument.samples:
        sound = sustained(name, sample)
        assert np.abs(sound.mean(axis=0)).max() < 0.001 * np.abs(sound).max(), sample


@pytest.mark.parametrize("name", instrument_names())
def test_samples_lie_apart_inside_the_file_at_nearly_full_scale(name: str) -> None:
    instrument, sound = decoded(name)
    in_order = sorted(instrument.samples, key=lambda sample: sample.start_frame)
    for sample, following in pairwise(in_order):
        assert sample.end_frame + 1000 < following.start_frame
    assert in_order[-1].end_frame < len(sound)
    for sample in in_order:
        assert 0.6 < np.abs(sample_sound(name, sample)).max() < 1, sample


def test_a_loop_goes_on_as_it_began() -> None:
    instrument, sound = decoded("pad")
    for sample in instrument.samples:
        start = sample.loop_start_frame
        assert start is not None
        before_loop, before_end = (sound[at - LOOP_BLEND_FRAMES : at] for at in (start, sample.end_frame))
        # They differ by the errors of Vorbis alone.
        assert np.sqrt(np.mean((before_loop - before_end) ** 2)) < 0.05 * np.sqrt(np.mean(before_end**2)), sample


def test_louder_keys_of_the_piano_are_brighter() -> None:
    instrument, _ = decoded("piano")
    for pitch in range(21, 109, 3):
        layers = [sample_sound("piano", sample) for sample in instrument.samples if sample.pitch == pitch]
        centroids_hz = [centroid_hz(sound[:13_230]) for sound in layers]
        assert centroids_hz[0] * 1.02 < centroids_hz[1] < centroids_hz[2] / 1.02, pitch


def centroid_hz(sound: Floats) -> float:
    power = np.abs(np.fft.rfft(sound.sum(axis=1))) ** 2
    return float((power * np.fft.rfftfreq(len(sound), 1 / 44100)).sum() / power.sum())
