"""The figures of the respond benchmark: an answer for each phrase, bars for each change, and quantiles."""

from __future__ import annotations

from benchmarks.quantiles import quantile
from benchmarks.respond import CHANGES, described, measure, phrases, settings_of, time_changes
from musicgen_live.player.commands import Incoming


def test_phrases_begin_every_six_bars_and_end_with_a_release() -> None:
    script, ends = phrases(3)
    assert len(ends) == 3
    assert script[0][0] == 1.0
    for i, end_s in enumerate(sorted(ends)):
        inside = [(at_s, command) for at_s, command in script if 1.0 + 12.0 * i <= at_s < 13.0 + 12.0 * i]
        assert all(isinstance(command, Incoming) for _, command in inside)
        note_ons_s = [at_s for at_s, command in inside if isinstance(command, Incoming) and command.message[0] == 0x90]
        assert 4 <= len(note_ons_s) == len(inside) / 2
        assert max(at_s for at_s, _ in inside) == end_s
        assert max(note_ons_s) < end_s < 13.0 + 12.0 * i - 2.0


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([float(i) for i in range(1, 201)], 0.99) == 198.0
    assert quantile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert described("answer", [1.0, 2.0, 30.0]) == {
        "answer_median_ms": 2.0,
        "answer_p99_ms": 30.0,
        "answer_max_ms": 30.0,
    }


def test_each_phrase_and_each_change_is_counted_once() -> None:
    result = measure("sonatina", "piano", 3)
    assert (result["model"], result["units"], result["phrases"]) == ("piano", 512, 3)
    for name in ("first_note", "answer", "reading_all", "change", "model"):
        assert 0 < float(result[f"{name}_median_ms"]) <= float(result[f"{name}_max_ms"])
    assert float(result["first_note_max_ms"]) < float(result["answer_max_ms"])
    assert len(time_changes(settings_of("sonatina", "piano"), CHANGES, 5)) == 5
