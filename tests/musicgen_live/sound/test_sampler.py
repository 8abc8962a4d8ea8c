"""The sampler, heard through its sound: pitch, onset, loudness, releases, pedal, and no click anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.sound.instrument import instrument_names, load_instrument
from musicgen_live.sound.limiter import Limiter
from musicgen_live.sound.sample_tables import SampleTables
from musicgen_live.sound.sampler import MOST_FADING, MOST_VOICES, OFF_FADE_S, RESTRIKE_FADE_S, Sampler
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames
from tests.support.sound import (
    LOUD,
    RELEASE_S,
    SOFT,
    UNDAMPED_FROM,
    centroid_hz,
    first_frame,
    largest_step,
    level,
    pitch_of,
    sound_of,
    toy_sampler,
)


def on(pitch: int, velocity: int = LOUD, channel: int = 0) -> bytes:
    return bytes((0x90 | channel, pitch, velocity))


def off(pitch: int, channel: int = 0) -> bytes:
    return bytes((0x80 | channel, pitch, 0))


def control(controller: int, value: int, channel: int = 0) -> bytes:
    return bytes((0xB0 | channel, controller, value))


PEDAL_DOWN, PEDAL_UP = control(64, 127), control(64, 0)
ALL_SOUND_OFF, ALL_NOTES_OFF = control(120, 0), control(123, 0)


def at(sound: Frames, from_s: float, until_s: float) -> Frames:
    return sound[round(from_s * RATE_HZ) : round(until_s * RATE_HZ)]


@pytest.mark.parametrize("pitch", range(40, 83))
def test_every_key_has_its_pitch(pitch: int) -> None:
    sound = sound_of(toy_sampler(), 0.5, [(0, on(pitch, SOFT))])
    assert pitch_of(sound) == pytest.approx(pitch, abs=0.02)


@pytest.mark.parametrize("name", instrument_names())
def test_every_instrument_that_ships_is_in_tune_and_ends_with_its_release(name: str) -> None:
    instrument = load_instrument(name)
    sampler, pitch = Sampler(instrument, SampleTables.load(instrument)), 43
    sound = sound_of(sampler, 1.5, [(0, on(pitch, 80))])
    partials = pitch_of(at(sound, 0.5, 1.5)) - 12 * np.log2(np.arange(1, 9)) - pitch
    # The strongest partial may be another one than the first; the voices of the pad are detuned by 7 cents here.
    assert np.abs(partials).min() < (0.1 if name == "pad" else 0.05)
    released = sound_of(sampler, 1.7 * instrument.release_s(pitch), [(0, off(pitch))])
    assert level(released[:1000]) > 0.001
    assert np.abs(released[-100:]).max() == 0
    assert sampler.is_silent


@pytest.mark.parametrize("frame", [0, 1, 441, 1023, 1024, 5000])
def test_a_note_begins_at_its_frame(frame: int) -> None:
    sound = sound_of(toy_sampler(), 0.3, [(frame / RATE_HZ, on(60))])
    # The sample itself begins with a zero.
    assert first_frame(sound) == frame + 1


def test_a_higher_velocity_is_louder_and_brighter() -> None:
    sounds = [sound_of(toy_sampler(), 0.3, [(0, on(60, velocity))]) for velocity in range(1, 128, 6)]
    levels = [level(sound) for sound in sounds]
    assert levels == sorted(levels)
    assert levels[-1] > 20 * levels[0]
    # In between, not in a step: velocities 37 to 121.
    centres_hz = [centroid_hz(sound) for sound in sounds[6:]]
    assert centres_hz[-1] > 1.3 * centres_hz[0]
    assert max(np.diff(centres_hz)) < 0.3 * (centres_hz[-1] - centres_hz[0])


def test_a_released_note_falls_by_60_decibels_in_its_release() -> None:
    sound = sound_of(toy_sampler(), 1.0, [(0, on(60)), (0.3, off(60))])
    before, after = level(at(sound, 0.25, 0.3)), level(at(sound, 0.3 + RELEASE_S, 0.35 + RELEASE_S))
    assert 0.0002 < after / before < 0.0015
    assert np.abs(at(sound, 0.3 + 1.7 * RELEASE_S, 1.0)).max() == 0


def test_a_note_without_damper_sounds_on() -> None:
    released = sound_of(toy_sampler(), 1.0, [(0, on(UNDAMPED_FROM)), (0.1, off(UNDAMPED_FROM))])
    held = sound_of(toy_sampler(), 1.0, [(0, on(UNDAMPED_FROM))])
    np.testing.assert_array_equal(released, held)


def test_the_pedal_keeps_released_notes_until_it_comes_up() -> None:
    sound = sound_of(toy_sampler(), 1.5, [(0, PEDAL_DOWN), (0, on(60)), (0.1, off(60)), (0.6, PEDAL_UP)])
    held = sound_of(toy_sampler(), 1.5, [(0, on(60))])
    np.testing.assert_array_equal(at(sound, 0, 0.6), at(held, 0, 0.6))
    assert level(at(sound, 0.6 + RELEASE_S, 1.5)) < 0.002 * level(at(held, 0.6 + RELEASE_S, 1.5))


def test_channels_do_not_end_each_others_notes() -> None:
    events = [(0, on(60)), (0.1, off(60, channel=1)), (0.1, control(120, 0, channel=1))]
    np.testing.assert_array_equal(sound_of(toy_sampler(), 0.5, events), sound_of(toy_sampler(), 0.5, [(0, on(60))]))


@pytest.mark.parametrize(("mode", "fade_s"), [(ALL_SOUND_OFF, OFF_FADE_S), (ALL_NOTES_OFF, 0.5)])
def test_everything_ends_by_one_message(mode: bytes, fade_s: float) -> None:
    sampler = toy_sampler()
    notes = [(0.0, PEDAL_DOWN), *((0.0, on(pitch)) for pitch in (48, 60, UNDAMPED_FROM))]
    sound = sound_of(sampler, 1.5, [*notes, (0.3, mode)])
    assert level(at(sound, 0.2, 0.3)) > 0.01
    assert np.abs(at(sound, 0.3 + 1.7 * fade_s, 1.5)).max() == 0
    assert sampler.is_silent


def test_a_key_struck_again_fades_its_old_note() -> None:
    twice = sound_of(toy_sampler(), 1.0, [(0, on(60)), (0.3, on(60))])
    once = sound_of(toy_sampler(), 0.7, [(0, on(60))])
    late = 0.3 + 1.7 * RESTRIKE_FADE_S
    np.testing.assert_allclose(at(twice, late, 1.0), at(once, late - 0.3, 0.7), atol=1e-6)


def test_a_looped_note_lasts_as_long_as_its_key_is_down_and_has_no_seam() -> None:
    for pitch in (59, 60, 61):
        sound = sound_of(toy_sampler(loops=True), 8.0, [(0, on(pitch, SOFT))])
        first, last = at(sound, 0.2, 1.0), at(sound, 5.0, 8.0)
        assert level(last) == pytest.approx(level(first), rel=0.01)
        # The seam of the toy is half a frame wide.
        assert largest_step(last) < 1.1 * largest_step(first)
        assert pitch_of(last) == pytest.approx(pitch, abs=0.02)


STRETCHES = [
    ("start", [(0.1, on(72))]),
    ("release", [(0.0, on(72)), (0.25, off(72))]),
    ("all sound off", [(0.0, on(72)), (0.25, ALL_SOUND_OFF)]),
    ("struck again", [(0.0, on(72)), (0.25, on(72, 5))]),
    ("end of the sample", [(0.0, on(72))]),
]


@pytest.mark.parametrize("events", [events for _, events in STRETCHES], ids=[name for name, _ in STRETCHES])
def test_nothing_clicks(events: list[tuple[float, bytes]]) -> None:
    sound = sound_of(toy_sampler(), 3.5, events)
    tone = sound_of(toy_sampler(), 0.2, [(0, on(72))])
    # A step larger than those of the tone itself would be one.
    assert largest_step(sound) < 1.1 * largest_step(at(tone, 0.02, 0.2))


def test_a_note_that_gives_way_does_not_click() -> None:
    events = [(number / 1000, on(20 + number, LOUD)) for number in range(MOST_VOICES)]
    sampler = toy_sampler()
    sound = sound_of(sampler, 0.3, [(0, on(127, SOFT)), *events])
    assert sampler.voices == MOST_VOICES
    alone = sound_of(toy_sampler(), 0.3, events)
    assert largest_step(sound) < 1.1 * largest_step(alone)


def test_a_flood_of_notes_keeps_the_number_of_voices() -> None:
    sampler = toy_sampler()
    for number in range(600):
        sampler.send(on(30 + number % 60, channel=number % 8))
    assert sampler.voices == MOST_VOICES + MOST_FADING


def test_48_loud_voices_stay_below_full_scale_behind_the_limiter() -> None:
    sampler, limiter = toy_sampler(), Limiter()
    for pitch in range(36, 84):
        sampler.send(on(pitch, 127))
    peaks = []
    for _ in range(100):
        out = np.zeros((441, CHANNELS), np.float32)
        sampler.render(out)
        loudest = np.abs(out).max()
        limiter.limit(out)
        peaks.append((loudest, np.abs(out).max()))
    assert max(before for before, _ in peaks) > 2
    assert max(after for _, after in peaks) < 1


def test_volume_expression_and_pan_hold_for_notes_that_follow() -> None:
    usual = sound_of(toy_sampler(), 0.3, [(0, on(60))])
    softer = sound_of(toy_sampler(), 0.3, [(0, control(7, 50)), (0, on(60))])
    np.testing.assert_allclose(softer, usual / 4, atol=1e-6)
    faded = sound_of(toy_sampler(), 0.3, [(0, control(11, 0)), (0, on(60))])
    assert np.abs(faded).max() == 0
    left = sound_of(toy_sampler(), 0.3, [(0, control(10, 0)), (0, on(60))])
    np.testing.assert_allclose(left[:, 0], usual[:, 0], atol=1e-6)
    assert np.abs(left[:, 1]).max() == 0


def test_the_click_of_a_count_in_is_heard_and_other_drums_are_not() -> None:
    assert level(sound_of(toy_sampler(), 0.1, [(0, on(37, 127, channel=9))])) > 0.01
    assert level(sound_of(toy_sampler(), 0.1, [(0, on(38, 127, channel=9))])) == 0
