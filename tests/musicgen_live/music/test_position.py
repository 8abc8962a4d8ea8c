from __future__ import annotations

from musicgen_live.music.position import Position


def test_a_running_position_moves_at_its_tempo() -> None:
    position = Position(960, 10.0, 120.0, runs=True, take_tick=2880)
    assert [position.tick_at(at_s) for at_s in (9.5, 10.0, 10.25, 11.0)] == [480, 960, 1200, 1920]
    assert [position.due_s(tick) for tick in (480, 960, 1920)] == [9.5, 10.0, 11.0]
    assert position.take_offset_ticks == 1920


def test_a_stopped_position_stays() -> None:
    assert Position(960, 10.0, 120.0, runs=False).tick_at(99.0) == 960


def test_a_moment_computed_from_a_tick_converts_back_to_it() -> None:
    for tempo in (97.3, 120.0, 143.17):
        position = Position(7, 1234.567, tempo, runs=True)
        assert [position.tick_at(position.due_s(tick)) for tick in range(5000)] == list(range(5000))
