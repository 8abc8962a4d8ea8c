"""Messages of musicians: reported with their ticks, played through, and distinguished from our own echo."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Begin, Command, Feed, Incoming, InputGone, SetChannel, SetThru, Stop
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.reports import Received
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from tests.support.daw import START, STOP, Daw
from tests.support.scripted_clock import Scripted
from tests.support.stage import keys, perform

LONG = Feed((Note(0, 1920, 60, 80),))


def thru(at_s: float, message: str, *, port: int = 0) -> tuple[float, Command]:
    return keys(at_s, message, port=port, thru=True)


def test_messages_are_reported_with_their_tick_and_not_sent() -> None:
    stage = perform(
        keys(0.1, "90 40 50"), (1, LONG), keys(1.25, "80 40 00"), keys(1.5, "b0 01 7f"), keys(1.5, "e0 00 50"),
        keys(1.5, "c0 07"), (2, Stop()),
    )  # fmt: skip
    assert stage.received() == [
        (-1, "90 40 50"),
        (240, "80 40 00"),
        (480, "b0 01 7f"),
        (480, "e0 00 50"),
        (480, "c0 07"),
    ]
    assert stage.sent() == [(0, "90 3c 50"), (960, "80 3c 00"), (960, "b0 7b 00")]


def test_the_tick_is_that_of_the_arrival_not_of_reading() -> None:
    late: tuple[float, Command] = (0.6, Incoming(0, "chords", thru=False, at_s=0.5, message=b"\x90\x40\x50"))
    stage = perform((0, LONG), late, (1, Stop()))
    assert Received("chords", 480, 0.5, b"\x90\x40\x50") in stage.reports


def test_clock_and_active_sensing_are_not_reported() -> None:
    stage = perform((0, LONG), *(keys(0.1, message) for message in ("f8", "fe", "f2 00 00", "f7")), (1, Stop()))
    assert stage.received() == []


def test_a_part_of_a_message_is_ignored() -> None:
    parts = ("", "90", "90 40", "90 40 50 00", "b0 39", "40 50", "90 ff 50", "f0", "f0 7e f7")
    stage = perform((0, LONG), *(thru(0.1, part) for part in parts), (1, Stop()))
    assert stage.received() == []
    assert stage.sent() == [(0, "90 3c 50"), (960, "80 3c 00"), (960, "b0 7b 00")]


def test_pressure_comes_through_and_ends_with_the_take() -> None:
    stage = perform(
        (0, Begin()), thru(0.25, "93 3c 40"), thru(0.25, "d3 4d"), thru(0.5, "a3 3c 32"), thru(0.75, "83 3c 00"),
        (1, Stop()),
    )  # fmt: skip
    assert stage.received() == [(240, "93 3c 40"), (240, "d3 4d"), (480, "a3 3c 32"), (720, "83 3c 00")]
    assert stage.recorded() == [
        (240, "9f 3c 40"),
        (240, "df 4d"),
        (480, "af 3c 32"),
        (720, "8f 3c 00"),
        (960, "df 00"),
    ]


def test_velocity_0_is_a_release_and_a_lone_release_is_ignored() -> None:
    stage = perform(
        (0, LONG), keys(0.25, "80 40 00"), keys(0.5, "93 40 50"), keys(0.75, "93 40 00"), keys(0.8, "83 40 00"),
        (1, Stop()),
    )  # fmt: skip
    assert stage.received() == [(480, "93 40 50"), (720, "83 40 00")]


def test_a_lost_keyboard_releases_its_keys_and_pedals() -> None:
    stage = perform(
        (0, LONG), thru(0.25, "90 40 50"), thru(0.25, "b0 40 7f"), thru(0.25, "90 43 50", port=1),
        (0.5, InputGone(0)), (1, Stop()),
    )  # fmt: skip
    assert stage.received()[3:] == [(480, "80 40 00"), (480, "b0 40 00")]
    assert stage.sent()[4:] == [
        (480, "8f 40 00"),
        (480, "bf 40 00"),
        (960, "8f 43 00"),
        (960, "80 3c 00"),
        (960, "b0 7b 00"),
    ]


def test_thru_sends_at_once_on_a_channel_of_its_own_and_records() -> None:
    stage = perform((0, LONG), thru(0.25, "95 40 50"), thru(0.5, "85 40 00"), (1, Stop()), channel=2)
    assert stage.sent()[1:3] == [(240, "9f 40 50"), (480, "8f 40 00")]
    assert stage.recorded() == [
        (0, "92 3c 50"),
        (240, "9f 40 50"),
        (480, "8f 40 00"),
        (960, "82 3c 00"),
    ]


def test_without_thru_it_is_recorded_and_not_sent() -> None:
    stage = perform(
        (0, LONG), keys(0.25, "95 40 50"), keys(0.3, "b5 40 7f"), keys(0.5, "85 40 00"), keys(0.6, "b5 40 00"),
        (1, Stop()),
    )  # fmt: skip
    assert stage.sent() == [(0, "90 3c 50"), (960, "80 3c 00"), (960, "b0 7b 00")]
    assert stage.recorded() == [
        (0, "90 3c 50"),
        (240, "9f 40 50"),
        (288, "bf 40 7f"),
        (480, "8f 40 00"),
        (576, "bf 40 00"),
        (960, "80 3c 00"),
    ]


def test_chords_that_steer_are_not_recorded() -> None:
    held: tuple[float, Command] = (0.25, Incoming(0, "chords", thru=False, at_s=0.25, message=b"\x90\x40\x50"))
    assert perform((0, LONG), held, (1, Stop())).recorded() == [(0, "90 3c 50"), (960, "80 3c 00")]


def test_musician_and_model_do_not_cut_off_each_others_pitch() -> None:
    # The model holds it from 0 to 480 and from 960 to 1440, the musician from 240 to 1200.
    notes = Feed((Note(0, 480, 60, 80), Note(960, 480, 60, 80)))
    stage = perform((0, notes), thru(0.25, "90 3c 40"), thru(1.25, "80 3c 00"), (2, Stop()))
    assert stage.sent() == [
        (0, "90 3c 50"),
        (240, "9f 3c 40"),
        (480, "80 3c 00"),
        (960, "90 3c 50"),
        (1200, "8f 3c 00"),
        (1440, "80 3c 00"),
        (1920, "b0 7b 00"),
    ]


def test_two_musicians_do_not_cut_off_each_others_pitch() -> None:
    stage = perform(
        (0, Begin()), thru(0.25, "90 3c 40"), thru(0.5, "90 3c 41", port=1), thru(0.75, "80 3c 00"),
        thru(1.0, "80 3c 00", port=1), (2, Stop()),
    )  # fmt: skip
    assert stage.sent() == [
        (240, "9f 3c 40"),
        (480, "8f 3c 00"),
        (480, "9f 3c 41"),
        (960, "8f 3c 00"),
        (1920, "b0 7b 00"),
    ]


def test_a_second_note_on_of_a_key_releases_the_first() -> None:
    stage = perform((0, Begin()), thru(0.25, "90 3c 40"), thru(0.5, "90 3c 41"), thru(0.75, "80 3c 00"), (1, Stop()))
    assert stage.received() == [(240, "90 3c 40"), (480, "80 3c 00"), (480, "90 3c 41"), (720, "80 3c 00")]
    assert stage.sent()[:-1] == [(240, "9f 3c 40"), (480, "8f 3c 00"), (480, "9f 3c 41"), (720, "8f 3c 00")]


def test_held_notes_end_with_the_take_and_a_channel_change() -> None:
    stage = perform(
        (0, Begin()), thru(0.25, "90 3c 40"), thru(0.3, "e0 00 50"), (0.5, SetChannel(3)),
        thru(0.6, "80 3c 00"), thru(0.75, "90 3e 40"), (1, Stop()),
    )  # fmt: skip
    assert stage.sent() == [
        (240, "9f 3c 40"),
        (288, "ef 00 50"),
        (480, "8f 3c 00"),
        (480, "ef 00 40"),
        (480, "b0 7b 00"),
        (720, "9f 3e 40"),
        (960, "8f 3e 00"),
        (960, "b3 7b 00"),
    ]


def test_input_before_the_take_is_reported_and_not_recorded() -> None:
    stage = perform(thru(0.25, "90 3c 40"), thru(0.5, "80 3c 00"), (1, LONG), (1.5, Stop()))
    assert stage.sent()[:2] == [(-1, "9f 3c 40"), (-1, "8f 3c 00")]
    assert stage.recorded() == [(0, "90 3c 50"), (480, "80 3c 00")]


def test_a_take_that_begins_with_earlier_input_records_it() -> None:
    # The take begins with the third message, though `Begin` arrives half a second later.
    stage = perform(
        thru(0.5, "90 30 40"), thru(0.75, "80 30 00"), thru(1.0, "90 3c 40"), thru(1.25, "80 3c 00"),
        thru(1.4, "90 3e 40"), (1.5, Begin(1.0)), thru(1.75, "80 3e 00"), (2, Stop()),
    )  # fmt: skip
    assert stage.recorded() == [(0, "9f 3c 40"), (240, "8f 3c 00"), (384, "9f 3e 40"), (720, "8f 3e 00")]
    assert [m for _, m in stage.sent()].count("9f 3c 40") == 1


def test_a_pickup_note_is_recorded_on_the_first_beat() -> None:
    stage = perform((0, Begin(1.0)), thru(0.95, "90 3c 40"), thru(1.25, "80 3c 00"), (1.5, Stop()))
    assert stage.received() == [(-48, "90 3c 40"), (240, "80 3c 00")]
    assert stage.recorded() == [(0, "9f 3c 40"), (240, "8f 3c 00")]


def test_a_musicians_release_does_not_wait_for_a_delayed_note() -> None:
    # The first port gets the model's note 20 ms after it is due; the musician's release is in between.
    script = ((0, Begin()), thru(0.1, "90 3c 40"), (0.2, Feed((Note(240, 12, 60, 80),))), thru(0.245, "80 3c 00"))
    stage = perform(*script, (1, Stop()), latencies_s=(0.0, 0.02))
    assert [m for _, m in stage.sent()] == ["9f 3c 40", "8f 3c 00", "90 3c 50", "80 3c 00", "b0 7b 00"]


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.03])
def test_our_own_echo_is_neither_reported_nor_sent_on(after_s: float) -> None:
    notes = Feed(tuple(Note(120 * i, 120, 60 + i % 3, 80) for i in range(16)))
    looped = perform((0, notes), (3, Stop()), looped_s=after_s)
    alone = perform((0, notes), (3, Stop()))
    assert looped.received() == []
    assert looped.sent() == alone.sent()


def test_a_musician_in_a_loop_is_reported_once() -> None:
    stage = perform(
        (0, Begin()), keys(0.25, "90 3c 40", port=1, thru=True), keys(0.5, "80 3c 00", port=1, thru=True), (3, Stop()),
        looped_s=0.01,
    )  # fmt: skip
    assert stage.received() == [(240, "90 3c 40"), (480, "80 3c 00")]
    assert stage.sent() == [(240, "9f 3c 40"), (480, "8f 3c 00"), (2880, "b0 7b 00")]


def test_pedals_and_bends_do_not_circulate_in_a_loop() -> None:
    presses = [
        keys(0.25 + i / 10, message, port=1, thru=True) for i, message in enumerate(("b0407f", "e00050", "c007"))
    ]
    stage = perform((0, Begin()), *presses, (3, Stop()), looped_s=0.01)
    assert stage.received() == [(240, "b0 40 7f"), (336, "e0 00 50"), (432, "c0 07")]
    assert len(stage.sent()) == 6


def test_a_knob_with_thru_is_reported_at_both_ports() -> None:
    stage = perform((0, Begin()), thru(0.25, "b01540"), keys(0.251, "b01540", port=1), (1, Stop()), looped_s=0.01)
    assert stage.received() == [(240, "b0 15 40"), (240, "b0 15 40")]


def test_our_pitch_with_another_velocity_or_later_is_no_echo() -> None:
    script = ((0, LONG), keys(0.01, "90 3c 51"), keys(0.1, "80 3c 00"), keys(0.2, "90 3c 50"), keys(0.3, "80 3c 00"))
    stage = perform(*script, (1, Stop()), looped_s=0.005)
    assert stage.received() == [(9, "90 3c 51"), (96, "80 3c 00"), (192, "90 3c 50"), (288, "80 3c 00")]


def follow(daw: Daw, *played: tuple[float, Command]) -> tuple[MemoryOutput, list[Received]]:
    script = sorted([*played, *((sent.at_s, sent) for sent in daw.sent)], key=lambda entry: entry[0])
    clock = Scripted([*script, (max(at_s for at_s, _ in script) + 1, Stop())])
    output, reports = MemoryOutput(), list[object]()
    Player(clock, MidiClockTransport(TimeSignature(4, 4), 120), [Route(output)], report=reports.append).run(
        SimpleQueue()
    )
    return output, [report for report in reports if isinstance(report, Received)]


def test_ticks_are_those_of_an_external_transport() -> None:
    daw = Daw(at_s=3.0).sends(START).beats(2).sends(STOP)
    _, received = follow(daw, keys(1.0, "90 40 50"), keys(3.25, "80 40 00"), keys(3.5, "90 40 50"), keys(9, "80 40 00"))
    # Stopped a millisecond before the third beat.
    assert [report.tick for report in received] == [-1, 240, 480, 960]


def test_a_musician_can_play_while_daw_and_take_stand_still() -> None:
    daw = Daw(at_s=1.0).sends(START).beats(2).sends(STOP)
    output, _ = follow(daw, thru(1.25, "90 40 50"), thru(5, "80 40 00"), thru(6, "90 41 50"))
    assert output.messages == [
        (240, bytes.fromhex("9f 40 50")),
        (959, bytes.fromhex("8f 40 00")),
        (-1, bytes.fromhex("9f 41 50")),
        (-1, bytes.fromhex("8f 41 00")),
        (959, bytes.fromhex("b0 7b 00")),
    ]


def test_thru_can_be_switched_off_and_a_key_that_sounds_is_released() -> None:
    stage = perform(
        (0, LONG), thru(0.25, "90 40 50"), thru(0.3, "b0 40 7f"), (0.5, SetThru(is_thru=False)),
        thru(0.55, "90 43 50"), thru(0.6, "80 43 00"), thru(0.75, "80 40 00"), (1, Stop()),
    )  # fmt: skip
    assert [message for message in stage.sent() if message[0] < 960][1:] == [
        (240, "9f 40 50"),
        (288, "bf 40 7f"),
        (-1, "bf 40 00"),
        (720, "8f 40 00"),
    ]
    assert stage.recorded()[1:-1] == [
        (240, "9f 40 50"),
        (288, "bf 40 7f"),
        (528, "9f 43 50"),
        (576, "8f 43 00"),
        (720, "8f 40 00"),
        (960, "bf 40 00"),
    ]
    # All of it is heard by the network.
    assert len(stage.received()) == 5


def test_thru_can_be_switched_on() -> None:
    stage = perform((0, LONG), (0.1, SetThru(is_thru=True)), keys(0.25, "90 40 50"), keys(0.5, "80 40 00"), (1, Stop()))
    assert stage.sent()[1:3] == [(240, "9f 40 50"), (480, "8f 40 00")]
