"""The jumps and the cycle of a DAW, from the positions that the player reports at beats."""

from __future__ import annotations

from musicgen_live.music.position import Position
from musicgen_live.session.jumps import Cycle, Jump, JumpDetector

BAR = 1920


def at(tick: int, at_s: float, *, runs: bool = True) -> Position:
    """A position at 120 BPM: a bar has two seconds."""
    return Position(tick, at_s, 120.0, runs=runs)


def detector(*positions: Position) -> tuple[JumpDetector, list[Jump | None]]:
    jumps = JumpDetector()
    return jumps, [jumps.receive(position) for position in positions]


def test_music_that_runs_on_does_not_jump() -> None:
    jumps, found = detector(at(0, 1.0), at(480, 1.5), at(960, 2.01), at(1400, 2.5, runs=False), at(1400, 9.0))
    assert found == [None] * 5
    assert jumps.cycle is None


def test_the_first_position_is_no_jump() -> None:
    assert detector(at(64 * BAR, 1.0))[1] == [None]


def test_a_jump_back_sets_the_cycle() -> None:
    jumps, found = detector(at(4 * BAR - 480, 8.5), at(4 * BAR - 1, 9.0, runs=False), at(BAR, 9.0))
    assert found == [None, None, Jump(4 * BAR - 1, BAR)]
    assert jumps.cycle == Cycle(BAR, 4 * BAR)


def test_the_end_of_a_cycle_is_a_sixteenth_though_the_daw_tells_it_late() -> None:
    jumps, _ = detector(at(2 * BAR - 480, 0.5), at(2 * BAR + 40, 1.0417, runs=False), at(0, 1.0417))
    assert jumps.cycle == Cycle(0, 2 * BAR)


def test_a_cycle_holds_until_the_music_leaves_it() -> None:
    jumps, _ = detector(at(2 * BAR - 480, 0.5), at(0, 1.0), at(2 * BAR, 3.0))
    assert jumps.cycle == Cycle(0, 2 * BAR)
    jumps.receive(at(2 * BAR + 480, 3.5))
    assert jumps.cycle is None


def test_a_jump_forward_is_no_cycle() -> None:
    jumps, found = detector(at(0, 1.0), at(480, 1.5), at(8 * BAR, 2.0))
    assert found[-1] == Jump(960, 8 * BAR)
    assert jumps.cycle is None


def test_a_daw_that_stood_for_a_second_begins_anew_elsewhere() -> None:
    jumps, found = detector(at(3 * BAR, 1.0), at(3 * BAR + 480, 1.5, runs=False), at(0, 2.5))
    assert found[-1] == Jump(3 * BAR + 480, 0, after_stop=True)
    assert jumps.cycle is None


def test_a_daw_that_loops_by_stop_and_start_does_not_begin_anew() -> None:
    _, found = detector(at(3 * BAR, 1.0), at(3 * BAR + 480, 1.5, runs=False), at(0, 1.501, runs=False), at(0, 1.502))
    assert found == [None, None, Jump(3 * BAR + 480, 0), None]


def test_a_daw_moved_while_it_stands_stands_elsewhere_after_a_second() -> None:
    jumps, _ = detector(at(3 * BAR, 1.0), at(3 * BAR + 480, 1.5, runs=False), at(0, 1.6, runs=False))
    assert [jumps.stands_elsewhere(now_s) for now_s in (2.4, 2.5)] == [False, True]
    jumps.settle()
    assert not jumps.stands_elsewhere(9.0)
    assert not detector(at(0, 1.0), at(480, 1.5, runs=False))[0].stands_elsewhere(9.0)
