"""The cache of steps: which of them are found again."""

from __future__ import annotations

import numpy as np

from musicgen_live.model.step_cache import MOST_STEPS, StepCache, TakenStep

NOTHING = np.zeros(0, np.float32)


def taken(*inputs: int) -> TakenStep:
    return TakenStep(inputs, NOTHING, NOTHING)


def cache_of(*steps: TakenStep) -> StepCache:
    cache = StepCache()
    for step in steps:
        assert cache.take(step.inputs) is None
        cache.put(step)
    return cache


def test_a_step_is_found_at_its_position_alone() -> None:
    first, second = taken(3), taken(4)
    cache = cache_of(first, second)
    cache.position = 0
    assert cache.take((3,)) is first
    assert cache.take((4,)) is second
    assert cache.take((3,)) is None


def test_another_step_has_those_after_it_forgotten() -> None:
    cache = cache_of(taken(3), taken(4), taken(5))
    cache.position = 1
    assert cache.take((9,)) is None
    cache.put(taken(9))
    assert cache.take((5,)) is None
    cache.position = 0
    assert cache.take((3,)) is not None
    assert cache.take((4,)) is None


def test_before_the_steps_that_are_remembered_nothing_is_found_and_all_is_forgotten() -> None:
    cache = cache_of(*(taken(number) for number in range(MOST_STEPS + 1)))
    cache.position = 1
    assert cache.take((1,)) is not None
    cache.position = 0
    assert cache.take((0,)) is None
    cache.put(taken(0))
    assert cache.take((1,)) is None


def test_steps_that_are_skipped_are_not_those_before_them() -> None:
    cache = cache_of(taken(3))
    cache.skip(2)
    assert cache.take((7,)) is None
    cache.put(taken(7))
    cache.position = 1
    assert cache.take((7,)) is None
