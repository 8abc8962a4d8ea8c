"""Absurd inputs of every kind, from a fixed seed: an answer or a sentence, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.kinds import FUZZERS


@pytest.mark.parametrize("kind", sorted(FUZZERS))
def test_absurd_inputs_cause_no_fault(kind: str, tmp_path: Path) -> None:
    fuzzer = FUZZERS[kind]
    assert fuzzer.faults(fuzzer.quick_count, 7, tmp_path) == {}
