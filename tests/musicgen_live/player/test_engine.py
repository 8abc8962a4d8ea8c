"""The player on a manual clock: the messages that it sends, with their ticks and order."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from musicgen_live.errors import PortError
from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.commands import Command, Feed, Finish, Stop
from musicgen_live.player.count_in import CountIn
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.part_channels import PlayerPart
from musicgen_live.player.reports import Began, Report, Sent, TakeTempo, Trouble
from musicgen_live.player.sent_log import SentLog, Summary
from tests.support.scripted_clock import ALL_OFF, OFF, ON, Scripted, at_tempo, off, on


def play(
    *script: tuple[float, Command], tempo: float = 120, program: int | None = None, max_note_ticks: int = 100_000
) -> tuple[MemoryOutput, Summary]:
    output, sent_log = MemoryOutput(), SentLog()
    Player(
        Scripted(list(script)),
        at_tempo(tempo),
        [Route(output)],
        report=sent_log.record,
        options=PlayerOptions(parts=(PlayerPart("", 0, program),), max_note_ticks=max_note_ticks),
    ).run(SimpleQueue())
    # Every message sent is also reported, with its tick.
    assert sent_log.messages == output.messages
    return output, sent_log.summary()


def test_notes_begin_and_end_at_their_ticks() -> None:
    output, summary = play((0, Feed((Note(0, 240, 60, 80), Note(240, 240, 64, 70)))), (0, Finish(480)))
    assert output.messages == [on(0, 60), off(240, 60), on(240, 64, 70), off(480, 64), (480, ALL_OFF)]
    assert summary == Summary(notes=2)


def test_releases_precede_note_ons_at_one_tick() -> None:
    output, _ = play((0, Feed((Note(240, 240, 60, 80), Note(0, 240, 60, 80)))), (0, Finish(480)))
    assert output.messages == [on(0, 60), off(240, 60), on(240, 60), off(480, 60), (480, ALL_OFF)]


def test_equal_pitches_that_overlap_are_counted() -> None:
    output, _ = play((0, Feed((Note(0, 480, 60, 80), Note(240, 480, 60, 90)))), (0, Finish(720)))
    assert output.messages == [on(0, 60), off(240, 60), on(240, 60, 90), off(720, 60), (720, ALL_OFF)]


def test_a_program_is_sent_first() -> None:
    output, _ = play((0, Feed((Note(0, 240, 60, 80),))), (0, Finish(240)), program=5)
    assert output.messages[0] == (0, bytes((0xC0, 5)))


def test_stop_releases_exactly_the_sounding_notes_at_its_tick() -> None:
    # 120 BPM: half a second is a quarter note, 480 ticks.
    notes = Feed((Note(0, 4800, 60, 80), Note(0, 240, 64, 80), Note(960, 240, 67, 80)))
    output, summary = play((0, notes), (0.75, Stop()))
    assert output.messages == [on(0, 60), on(0, 64), off(240, 64), off(720, 60), (720, ALL_OFF)]
    assert summary.notes == 2


def test_tempo_sets_when_a_tick_is_due() -> None:
    output, _ = play((0, Feed((Note(0, 4800, 60, 80),))), (1.0, Stop()), tempo=60)
    assert output.messages[1] == off(480, 60)


def test_the_first_notes_fed_set_tick_zero() -> None:
    # Fed after two seconds of waiting, stopped a second later.
    output, _ = play((2.0, Feed((Note(0, 4800, 60, 80),))), (3.0, Stop()))
    assert output.messages == [on(0, 60), off(960, 60), (960, ALL_OFF)]


def test_a_note_fed_too_late_is_dropped_with_its_release() -> None:
    # At 120 BPM tick 480 is due at 0.5 s; the second note is fed at 1.0 s, half a second late.
    output, summary = play(
        (0, Feed((Note(0, 2400, 60, 80),))), (1.0, Feed((Note(480, 240, 64, 80),))), (1.0, Finish(2400))
    )
    assert output.messages == [on(0, 60), off(2400, 60), (2400, ALL_OFF)]
    assert summary.notes == 1
    assert summary.dropped == 1


def test_a_note_fed_a_little_late_is_played_and_counted() -> None:
    output, summary = play(
        (0, Feed((Note(0, 240, 60, 80),))), (0.6, Feed((Note(480, 240, 64, 80),))), (0.6, Finish(720))
    )
    assert on(480, 64) in output.messages
    assert summary.late_max_ms == 100.0
    assert summary.late_median_ms == 0.0


def test_a_note_is_released_after_the_longest_duration() -> None:
    output, _ = play((0, Feed((Note(0, 4800, 60, 80), Note(0, 960, 64, 80)))), (0, Finish(4800)), max_note_ticks=960)
    assert output.messages == [on(0, 60), on(0, 64), off(960, 60), off(960, 64), (4800, ALL_OFF)]


def test_a_resumed_player_keeps_the_origin() -> None:
    # Tick 0 was at 10 s; at 120 BPM it is tick 960 at 11 s, when this player is fed. Older notes are dropped.
    output, sent_log = MemoryOutput(), SentLog()
    notes = (Note(0, 240, 60, 80), Note(960, 240, 62, 80), Note(1440, 240, 64, 80))
    clock = Scripted([(11.0, Feed(notes)), (11.0, Finish(1920))])
    Player(clock, at_tempo(120, 10.0), [Route(output)], report=sent_log.record).run(SimpleQueue())
    assert output.messages == [on(960, 62), off(1200, 62), on(1440, 64), off(1680, 64), (1920, ALL_OFF)]
    assert sent_log.summary() == Summary(notes=2, dropped=1)
    assert clock.now_s() == 12.0


def test_a_take_without_a_note_is_over_at_once() -> None:
    output, summary = play((0, Finish(0)))
    assert output.messages == [(0, ALL_OFF)]
    assert summary == Summary()


def test_all_messages_are_reported_with_their_delays() -> None:
    reports: list[Report] = []
    mailbox: Mailbox = SimpleQueue()
    mailbox.put(Feed((Note(0, 240, 60, 80), Note(480, 240, 62, 80))))
    mailbox.put(Finish(720))
    Player(ManualClock(), at_tempo(120), [], report=reports.append).run(mailbox)
    assert reports == [
        Began(0.0),
        TakeTempo(0, 120),
        Sent(0, (bytes((ON, 60, 80)),), (0.0,)),
        Sent(240, (bytes((OFF, 60, 0)),)),
        Sent(480, (bytes((ON, 62, 80)),), (0.0,)),
        Sent(720, (bytes((OFF, 62, 0)),)),
        Sent(720, (ALL_OFF,)),
    ]


class Timed(MemoryOutput):
    """Records the moment of each message by the clock."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.sent_at_s: list[float] = []

    def send(self, tick: int, message: bytes) -> None:
        super().send(tick, message)
        self.sent_at_s.append(round(self._clock.now_s(), 6))


def play_routes(script: list[tuple[float, Command]], *latencies_s: float) -> tuple[list[Timed], SentLog]:
    clock, sent_log = Scripted(script), SentLog()
    outputs = [Timed(clock) for _ in latencies_s]
    routes = [Route(output, latency_s) for output, latency_s in zip(outputs, latencies_s, strict=True)]
    Player(clock, at_tempo(120), routes, report=sent_log.record).run(SimpleQueue())
    return outputs, sent_log


def test_outputs_are_sent_to_early_or_late_by_their_latencies() -> None:
    # Latencies of 20, 0 and -30 ms: everywhere tick 0 sounds 20 ms after the start.
    script: list[tuple[float, Command]] = [
        (0.0, Feed((Note(0, 240, 60, 80), Note(480, 240, 62, 80)))),
        (0.0, Finish(960)),
    ]
    outputs, sent_log = play_routes(script, 0.02, 0.0, -0.03)
    sent = [on(0, 60), off(240, 60), on(480, 62), off(720, 62), (960, ALL_OFF)]
    assert [output.messages for output in outputs] == [sent, sent, sent]
    assert [output.sent_at_s[:4] for output in outputs] == [
        [0.0, 0.25, 0.5, 0.75],
        [0.02, 0.27, 0.52, 0.77],
        [0.05, 0.3, 0.55, 0.8],
    ]
    assert sent_log.origin_s == 0.02
    assert sent_log.summary().late_max_ms == 0.0


def test_a_stop_discards_delayed_note_ons_and_leaves_no_note() -> None:
    script: list[tuple[float, Command]] = [(0.0, Feed((Note(0, 240, 60, 80), Note(240, 240, 62, 80)))), (0.26, Stop())]
    outputs, _ = play_routes(script, 0.02, 0.0)
    assert outputs[0].messages == [on(0, 60), off(240, 60), on(240, 62), off(249, 62), (249, ALL_OFF)]
    assert outputs[1].messages == [on(0, 60), off(240, 60), off(249, 62), (249, ALL_OFF)]


class FailingOutput(MemoryOutput):
    def send(self, tick: int, message: bytes) -> None:
        if len(self.messages) == 2:
            raise PortError("the port went away")
        super().send(tick, message)


def test_a_failed_output_is_reported_once_and_others_continue() -> None:
    reports: list[Report] = []
    mailbox: Mailbox = SimpleQueue()
    mailbox.put(Feed(tuple(Note(240 * i, 240, 60 + i, 80) for i in range(4))))
    mailbox.put(Finish(960))
    failing, good = FailingOutput(), MemoryOutput()
    Player(ManualClock(), at_tempo(120), [Route(failing), Route(good)], report=reports.append).run(mailbox)
    assert [r for r in reports if isinstance(r, Trouble)] == [Trouble("the port went away")]
    assert len(good.messages) == 9


class BrokenClock(ManualClock):
    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        if self._now_s >= 0.5:
            raise RuntimeError("a bug")
        return super().wait(mailbox, until_s)


def test_even_a_bug_leaves_nothing_sounding() -> None:
    mailbox: Mailbox = SimpleQueue()
    mailbox.put(Feed((Note(0, 4800, 60, 80), Note(480, 480, 64, 80), Note(960, 480, 67, 80))))
    output = MemoryOutput()
    with pytest.raises(RuntimeError, match="a bug"):
        Player(BrokenClock(), at_tempo(120), [Route(output)], report=lambda _: None).run(mailbox)
    assert output.messages[-3:] == [off(480, 60), off(480, 64), (480, ALL_OFF)]


def test_a_count_in_precedes_the_first_note_and_is_not_recorded() -> None:
    output, sent_log = MemoryOutput(), SentLog()
    clock = Scripted([(0.0, Feed((Note(0, 240, 60, 80),))), (0.0, Finish(240))])
    count_in = CountIn(1, TimeSignature(2, 4))
    Player(clock, at_tempo(120), [Route(output)], report=sent_log.record, options=PlayerOptions(count_in=count_in)).run(
        SimpleQueue()
    )
    assert output.messages == [
        (-960, bytes.fromhex("99 25 78")),
        (-901, bytes.fromhex("89 25 00")),
        (-480, bytes.fromhex("99 25 50")),
        (-421, bytes.fromhex("89 25 00")),
        on(0, 60),
        off(240, 60),
        (240, ALL_OFF),
    ]
    assert sent_log.origin_s == 1.0
    assert clock.now_s() == 1.25
    assert sent_log.messages == output.messages[4:]


def test_a_stop_in_the_count_in_ends_the_click() -> None:
    output = MemoryOutput()
    clock = Scripted([(0.0, Feed((Note(0, 240, 60, 80),))), (0.01, Stop())])
    player = Player(
        clock,
        at_tempo(120),
        [Route(output)],
        report=lambda _: None,
        options=PlayerOptions(count_in=CountIn(1, TimeSignature(4, 4))),
    )
    player.run(SimpleQueue())
    assert [message.hex(" ") for _, message in output.messages] == ["99 25 78", "89 25 00", "b0 7b 00"]
