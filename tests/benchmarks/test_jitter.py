"""The figures of the jitter benchmark: matching of sent and received notes, and quantiles of the delay."""

from __future__ import annotations

from benchmarks.jitter import described, figures_of, matched
from benchmarks.jitter_ways import GRID_TICKS, Lateness, due_s, grid_notes, messages
from tests.support.jack import Received

NOTES = grid_notes(6)


def received(late_s: float = 0.0) -> list[Received]:
    """Return all of `NOTES` as received, each note-on followed by its note-off."""
    moments = [(100 + due_s(note) + late_s, note.pitch) for note in NOTES]
    return [
        Received(at_s, bytes((kind, pitch, velocity)))
        for at_s, pitch in moments
        for kind, velocity in ((0x90, 80), (0x80, 0))
    ]


def test_the_grid_has_a_chord_at_every_fourth_step() -> None:
    assert [note.pitch for note in NOTES] == [36, 40, 43, 48, 41, 46, 51, 56, 60, 63, 68, 61]
    assert [note.start_tick // GRID_TICKS for note in NOTES] == [0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 5]
    assert due_s(NOTES[-1]) == 0.625


def test_no_pitch_repeats_within_a_second() -> None:
    last: dict[int, float] = {}
    for note in grid_notes(400):
        assert due_s(note) - last.get(note.pitch, -1.0) >= 1.0
        last[note.pitch] = due_s(note)


def test_note_offs_go_before_note_ons() -> None:
    assert [(tick, message.type) for tick, message in messages(NOTES[3:5])] == [
        (0, "note_on"),
        (96, "note_off"),
        (120, "note_on"),
        (216, "note_off"),
    ]


def test_quantiles_of_the_delay_are_in_milliseconds() -> None:
    assert Lateness.of([0.001 * late for late in range(200)]) == Lateness(200, 99.0, 197.0, 199.0)


def test_received_notes_match_in_any_order_within_a_chord() -> None:
    arrivals = received()
    arrivals[0], arrivals[6] = arrivals[6], arrivals[0]
    arrived, strangers = matched(NOTES, arrivals)
    assert sorted(note for note, _ in arrived) == sorted(NOTES)
    assert strangers == 0


def test_lost_notes_are_missing_and_repeated_ones_strangers() -> None:
    arrivals = received()
    run = described(Lateness(12, 0.1, 0.2, 0.3), NOTES, [*arrivals[:8], arrivals[0], *arrivals[10:]])
    assert (run["notes"], run["sent"], run["received"], run["missing"], run["strangers"]) == (12, 12, 11, 1, 1)
    assert run["releases"] == 11


def test_drift_is_the_delay_of_the_end_against_the_beginning() -> None:
    arrivals = received()
    arrivals = arrivals[:12] + [Received(each.at_s + 0.004, each.message) for each in arrivals[12:]]
    run = described(Lateness(12, 0.1, 0.2, 0.3), NOTES, arrivals)
    assert (run["drift_ms"], run["arrival_median_ms"], run["arrival_max_ms"]) == (4.0, 0.0, 4.0)
    assert (run["send_median_ms"], run["send_p99_ms"], run["send_max_ms"]) == (0.1, 0.2, 0.3)


def way(quiet_ms: float, busy_ms: float, **counts: int) -> dict[str, dict[str, float]]:
    run = {"notes": 12, "missing": 0, "strangers": 0, "releases": 12} | counts
    return {
        load: {**run, "send_median_ms": median_ms, "send_p99_ms": 10 * median_ms}
        for load, median_ms in (("quiet", quiet_ms), ("busy", busy_ms))
    }


def test_the_goals_are_beside_the_best_peer() -> None:
    found = figures_of({"ways": {"ours": way(0.1, 0.1), "mido": way(0.12, 5.0), "asyncio": way(0.7, 4.0)}})
    goals = [(figure.peer, figure.value, figure.peer_value, figure.goal()) for figure in found if figure.goal()]
    assert goals == [
        ("`mido.MidiFile.play`", 1.0, 1.2, "at most 0.25 ms"),
        ("asyncio", 0.1, 4.0, "50 times less"),
        ("asyncio", 1.0, 40.0, "at most 0.25 ms"),
        ("", 0, None, "at most 0"),
    ]
    assert [figure.peer for figure in found if figure.telling] == ["asyncio"]


def test_a_lost_release_counts_as_a_note_that_is_lost() -> None:
    *_, lost = figures_of({"ways": {"ours": way(0.1, 0.1, releases=11), "mido": way(0.12, 5.0)}})
    assert lost.value == 2
