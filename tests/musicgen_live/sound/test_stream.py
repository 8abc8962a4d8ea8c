"""A stream on a clock of its own: onsets to the frame, whatever the callbacks do; and an end without a click."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from musicgen_live.sound.stream import PIPE_S, Stream
from musicgen_live.sound.synthesizer import RATE_HZ, Frames, Synthesizer
from tests.support.sound import LOUD, first_frame, largest_step, level, toy_sampler

BLOCK = 441
BLOCK_S = BLOCK / RATE_HZ
LAG_S = 0.012
NOTE_ON, NOTE_OFF = bytes((0x90, 60, LOUD)), bytes((0x80, 60, 0))


class Impulses:
    """A synthesizer of which each note-on is one frame at full scale."""

    is_silent = True

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._is_due = False

    def send(self, message: bytes) -> None:
        self.messages.append(message)
        self._is_due = message[0] == 0x90

    def render(self, out: Frames) -> None:
        out.fill(0)
        if self._is_due and len(out):
            out[0], self._is_due = 0.5, False


class Bench:
    """A stream whose clock is set by hand."""

    def __init__(self, synthesizer: Synthesizer, buffer_s: float = 1.0, gain: float = 1.0) -> None:
        self.now_s = 100.0
        self.stream = Stream(synthesizer, lambda: self.now_s, lag_s=LAG_S, gain=gain, buffer_s=buffer_s)

    def run(
        self, blocks: int, delays_s: Sequence[float] = (0.0,), messages: Sequence[tuple[float, bytes]] = ()
    ) -> Frames:
        """The sound of some blocks, each asked for late by a delay; messages arrive at their moments."""
        first_s, waiting, sound = self.now_s, list(messages), []
        for number in range(blocks):
            self.now_s = first_s + number * BLOCK_S + delays_s[number % len(delays_s)]
            while waiting and waiting[0][0] <= self.now_s:
                self.stream.put(*waiting.pop(0))
            sound.append(self.stream.block(BLOCK).copy())
        self.now_s = first_s + blocks * BLOCK_S
        return np.concatenate(sound)


def onsets_s(sound: Frames) -> list[float]:
    return [float(frame) / RATE_HZ for frame in np.flatnonzero(sound[:, 0])]


def test_a_message_sounds_a_fixed_time_after_its_moment() -> None:
    bench = Bench(Impulses())
    moments_s = [0.1, 0.1234, 0.15, 0.2, 0.3333]
    sound = bench.run(60, messages=[(100 + at_s, NOTE_ON) for at_s in moments_s])
    np.testing.assert_allclose(onsets_s(sound), np.array(moments_s) + LAG_S, atol=1 / RATE_HZ)


def test_callbacks_that_come_late_now_and_then_shift_no_onset() -> None:
    bench = Bench(Impulses())
    delays_s = [random.Random(1).choice((0.0, 0.0002, 0.001, 0.004)) for _ in range(400)]
    moments_s = np.arange(0.5, 3.5, 0.0731)
    sound = bench.run(400, delays_s, [(100 + float(at_s), NOTE_ON) for at_s in moments_s])
    offsets_s = np.array(onsets_s(sound)) - moments_s
    assert offsets_s.max() - offsets_s.min() < 0.001
    assert np.abs(offsets_s - LAG_S).max() < BLOCK_S


def test_a_device_that_fills_its_buffer_first_is_caught_up_with() -> None:
    bench = Bench(Impulses())
    # Three callbacks at one moment, and from then on one a block.
    for _ in range(2):
        bench.stream.block(BLOCK)
    moments_s = np.arange(0.5, 1.5, 0.1)
    sound = bench.run(160, messages=[(100 + float(at_s), NOTE_ON) for at_s in moments_s])
    np.testing.assert_allclose(np.array(onsets_s(sound)) - moments_s, LAG_S, atol=0.0005)


def test_a_device_that_asks_for_longer_stretches_than_agreed_shifts_all_onsets_alike() -> None:
    bench = Bench(Impulses())
    sound = []
    moments_s = [round(0.5 + number * 0.0731, 4) for number in range(30)]
    waiting = list(moments_s)
    for number in range(120):
        bench.now_s = 100 + number * 1000 / RATE_HZ
        while waiting and 100 + waiting[0] <= bench.now_s:
            bench.stream.put(100 + waiting.pop(0), NOTE_ON)
        sound.append(bench.stream.block(1000).copy())
    offsets_s = np.array(onsets_s(np.concatenate(sound))) - moments_s
    np.testing.assert_allclose(offsets_s, 1000 / RATE_HZ + PIPE_S, atol=1 / RATE_HZ)


def test_a_note_handed_over_late_sounds_at_once_and_one_far_too_late_never() -> None:
    synthesizer = Impulses()
    bench = Bench(synthesizer)
    bench.run(50)
    bench.stream.put(bench.now_s - 0.3, NOTE_ON)
    bench.stream.put(bench.now_s - 0.3, NOTE_OFF)
    bench.stream.put(bench.now_s - 0.1, NOTE_ON)
    assert first_frame(bench.run(1)) == 0
    assert synthesizer.messages == [NOTE_OFF, NOTE_ON]


def test_a_callback_that_comes_after_the_buffer_is_empty_counts_as_a_gap() -> None:
    bench = Bench(Impulses(), buffer_s=0.02)
    bench.run(10)
    bench.now_s += 0.015
    bench.run(10)
    assert bench.stream.gaps == 0
    bench.now_s += 0.5
    bench.run(10)
    assert bench.stream.gaps == 1


def test_the_volume_is_a_factor_and_the_sum_stays_below_full_scale() -> None:
    loud = Bench(toy_sampler(), gain=4.0)
    sound = loud.run(100, messages=[(100.0, bytes((0x90, pitch, 127))) for pitch in range(36, 84)])
    assert np.abs(sound).max() < 1
    soft = Bench(toy_sampler(), gain=0.5)
    usual = Bench(toy_sampler())
    one = [(100.0, NOTE_ON)]
    np.testing.assert_allclose(soft.run(20, messages=one), 0.5 * usual.run(20, messages=one), atol=1e-6)


@pytest.mark.parametrize("pedal", [[], [(100.0, bytes((0xB0, 64, 127)))]], ids=["released", "with pedal"])
def test_at_the_end_notes_are_released_and_then_it_is_over(pedal: list[tuple[float, bytes]]) -> None:
    bench = Bench(toy_sampler())
    bench.run(20, messages=[*pedal, (100.0, NOTE_ON)])
    bench.stream.end()
    assert not bench.stream.is_over
    sound = bench.run(100)
    assert bench.stream.is_over
    assert level(sound[-10 * BLOCK :]) == 0


def test_a_cut_fades_without_a_click() -> None:
    bench = Bench(toy_sampler(loops=True))
    before = bench.run(40, messages=[(100.0, NOTE_ON)])
    bench.stream.cut()
    after = bench.run(6)
    assert bench.stream.is_over
    assert level(after[-BLOCK:]) == 0
    assert largest_step(np.concatenate((before[-BLOCK:], after))) <= 1.05 * largest_step(before[-10 * BLOCK :])


def test_a_mistake_in_the_program_is_kept_and_gives_silence() -> None:
    class Broken(Impulses):
        def render(self, out: Frames) -> None:
            out[0] = 1 / self._nothing

        _nothing = 0

    bench = Bench(Broken())
    assert level(bench.run(3)) == 0
    assert isinstance(bench.stream.failure, ZeroDivisionError)
