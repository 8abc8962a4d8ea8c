"""Samplers: argmax, the loop guard, sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.config.settings import Settings
from musicgen_live.generation.cycles import LONGEST_CYCLE
from musicgen_live.generation.sampling import (
    Greedy,
    GreedyWithLoopGuard,
    NucleusSampler,
    sampler_after,
    sampler_for,
)
from tests.support.cycles import most_rounds


def logits(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_pure_argmax_repeats_one_note_for_ever() -> None:
    sampler = Greedy()
    assert [sampler.choose(logits(0, 3, 2)) for _ in range(6)] == [1, 1, 1, 1, 1, 1]


def test_guard_excludes_a_note_once_after_three() -> None:
    sampler = GreedyWithLoopGuard()
    assert [sampler.choose(logits(0, 3, 2)) for _ in range(9)] == [1, 1, 1, 2, 1, 1, 1, 2, 1]


def test_guard_breaks_longer_cycles_too() -> None:
    sampler = GreedyWithLoopGuard()
    figure = [0, 1, 2, 1] * 5
    # The network predicts the figure for ever and class 3 second; the thirteenth id would begin the fourth round.
    chosen = [
        sampler.choose(logits(*[5.0 if i == want else (4.0 if i == 3 else 0.0) for i in range(4)])) for want in figure
    ]
    assert chosen[:13] == [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 3]


def test_guard_takes_the_best_id_that_continues_no_cycle_at_all() -> None:
    sampler = GreedyWithLoopGuard()
    for want in [1, 0, 0, 0] * 3:
        sampler.choose(logits(*[1.0 if i == want else 0.0 for i in range(3)]))
    # 0 would be the fourth 0 in a row, 1 the fourth round of 1 0 0 0.
    assert sampler.choose(logits(3, 2, 1)) == 2


@given(st.lists(st.integers(0, 3), min_size=200, max_size=200))
def test_no_cycle_ever_plays_four_times(wanted: list[int]) -> None:
    sampler = GreedyWithLoopGuard()
    rng = np.random.default_rng(0)
    noise = rng.random((len(wanted), 12)).astype(np.float32)
    chosen = []
    for want, row in zip(wanted, noise, strict=True):
        row[want] += 10
        chosen.append(sampler.choose(row))
    assert most_rounds(chosen) <= 3


def test_guard_is_deterministic_and_leaves_the_logits_alone() -> None:
    unchanged = logits(0, 3, 2)
    chosen = []
    for _ in range(2):
        sampler = GreedyWithLoopGuard()
        chosen.append([sampler.choose(unchanged) for _ in range(50)])
    assert chosen[0] == chosen[1]
    assert unchanged.tolist() == [0, 3, 2]


def test_guard_with_a_single_class_repeats_it() -> None:
    sampler = GreedyWithLoopGuard()
    assert [sampler.choose(logits(1)) for _ in range(2 * LONGEST_CYCLE)] == [0] * (2 * LONGEST_CYCLE)


def test_sample_draws_by_the_softmax() -> None:
    sampler = NucleusSampler(np.random.default_rng(1))
    drawn = [sampler.choose(np.log(logits(0.5, 0.3, 0.2))) for _ in range(10_000)]
    assert np.bincount(drawn) / 10_000 == pytest.approx([0.5, 0.3, 0.2], abs=0.02)


def test_temperature_sharpens_and_flattens() -> None:
    # Probabilities to the power of 1 / temperature, made to sum to 1: 0.8^2 : 0.2^2 is 16 : 1.
    cold = NucleusSampler(np.random.default_rng(1), temperature=0.5)
    drawn = [cold.choose(np.log(logits(0.8, 0.2))) for _ in range(10_000)]
    assert np.mean(drawn) == pytest.approx(1 / 17, abs=0.01)
    hot = NucleusSampler(np.random.default_rng(1), temperature=1000.0)
    assert np.mean([hot.choose(np.log(logits(0.8, 0.2))) for _ in range(10_000)]) == pytest.approx(0.5, abs=0.02)


def test_top_k_keeps_the_k_best() -> None:
    sampler = NucleusSampler(np.random.default_rng(1), top_k=2)
    assert {sampler.choose(logits(1, 2, 3, 0)) for _ in range(300)} == {1, 2}


def test_top_p_keeps_the_smallest_set_that_holds_p() -> None:
    sampler = NucleusSampler(np.random.default_rng(1), top_p=0.7)
    assert {sampler.choose(np.log(logits(0.1, 0.6, 0.2, 0.1))) for _ in range(300)} == {1, 2}
    alone = NucleusSampler(np.random.default_rng(1), top_p=0.5)
    assert {alone.choose(np.log(logits(0.1, 0.6, 0.2, 0.1))) for _ in range(300)} == {1}


def test_a_masked_id_is_never_drawn() -> None:
    sampler = NucleusSampler(np.random.default_rng(1), temperature=1000.0)
    assert {sampler.choose(logits(0, -np.inf, 0)) for _ in range(300)} == {0, 2}


def test_same_seed_same_ids() -> None:
    settings = Settings(decode="sample", temperature=1.2, top_k=5, top_p=0.9)
    rows = np.random.default_rng(3).random((50, 20)).astype(np.float32)
    first, again, other = (sampler_for(settings, seed) for seed in (7, 7, 8))
    chosen = [[sampler.choose(row) for row in rows] for sampler in (first, again, other)]
    assert chosen[0] == chosen[1]
    assert chosen[0] != chosen[2]


def test_settings_name_the_sampler() -> None:
    assert isinstance(sampler_for(Settings(decode="argmax"), 0), GreedyWithLoopGuard)
    assert isinstance(sampler_for(Settings(decode="pure-argmax"), 0), Greedy)
    assert isinstance(sampler_for(Settings(decode="sample"), 0), NucleusSampler)


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}])
def test_sample_refuses_impossible_values(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        NucleusSampler(np.random.default_rng(0), **wrong)  # type: ignore[arg-type]


def test_a_sampler_after_another_continues_its_draws() -> None:
    flat = logits(*[0.0] * 50)
    settings = Settings(decode="sample")
    one, other = sampler_for(settings, 3), sampler_for(settings, 3)
    before = [one.choose(flat) for _ in range(20)]
    other_before = [other.choose(flat) for _ in range(20)]
    one = sampler_after(one, Settings(decode="sample", temperature=2.0), 99)
    assert [one.choose(flat) for _ in range(20)] == [other.choose(flat) for _ in range(20)]
    assert before == other_before
    guard = sampler_for(Settings(decode="argmax"), 0)
    assert sampler_after(guard, Settings(decode="argmax", temperature=2.0), 0) is guard
    assert isinstance(sampler_after(guard, settings, 0), NucleusSampler)
