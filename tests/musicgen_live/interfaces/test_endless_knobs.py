"""The codings of endless knobs, and the turns by which `learn` recognises one."""

from __future__ import annotations

import pytest

from musicgen_live.config.controller_map import Coding
from musicgen_live.interfaces.endless_knobs import coding_of, steps_of


@pytest.mark.parametrize(
    ("coding", "values", "steps"),
    [
        ("twos-complement", (1, 63, 127, 64, 0), [1, 63, -1, -64, 0]),
        ("binary-offset", (65, 127, 63, 0, 64), [1, 63, -1, -64, 0]),
        ("signed-bit", (1, 63, 65, 127, 0), [1, 63, -1, -63, 0]),
    ],
)
def test_a_value_means_steps(coding: Coding, values: tuple[int, ...], steps: list[int]) -> None:
    assert [steps_of(coding, value) for value in values] == steps


@pytest.mark.parametrize("values", [(1,), (1, 1), (127, 127), (127, 1), (1, 2, 2, 1), (126, 126, 127)])
def test_two_complement_turns(values: tuple[int, ...]) -> None:
    assert coding_of(values) == "twos-complement"


@pytest.mark.parametrize("values", [(65,), (63,), (65, 65), (63, 63), (63, 65), (66, 66, 65)])
def test_binary_offset_turns(values: tuple[int, ...]) -> None:
    assert coding_of(values) == "binary-offset"


@pytest.mark.parametrize(
    "values", [(127,), (64,), (0,), (1, 2, 3), (65, 66), (127, 126), (127, 0), (64, 64), (30, 30), (1, 64), (0, 1)]
)
def test_turns_of_a_knob_with_two_ends(values: tuple[int, ...]) -> None:
    assert coding_of(values) is None
