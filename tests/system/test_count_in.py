"""Count-ins over JACK, before a take and before music that follows a clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clock_senders import CLOCK_PORT, Sender
from tests.support.following import following, interrupt, wait_for_notes
from tests.support.jack import JackServer, Receiver
from tests.support.playing import note_ons_of, playing

pytestmark = pytest.mark.midi


def test_a_count_in_is_received_and_not_recorded(jack: JackServer, tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    flags = ("--port", "stranger:channel=3,transpose=12", "--count-in", "1", "--meter", "3/4", "--tempo", "240")
    with (
        Receiver(jack) as receiver,
        playing(jack, tmp_path, *flags, "--seed", "5", "--steps", "8", "--out", "take.mid") as process,
    ):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    click = [bytes.fromhex("99 25 78"), bytes.fromhex("89 25 00")]
    soft = [bytes.fromhex("99 25 50"), bytes.fromhex("89 25 00")]
    assert receiver.messages()[:6] == [*click, *soft, *soft]
    assert receiver.messages()[6] == bytes((0x92, plan[0][1] + 12, 80))
    assert note_ons_of(tmp_path / "take.mid")[0] == plan[0]
    assert f"Done: {len(note_ons_of(tmp_path / 'take.mid'))} notes" in out


def test_a_count_in_starts_with_a_running_clock(jack: JackServer, tmp_path: Path) -> None:
    with following(jack, tmp_path, "--count-in", "1") as (receiver, process), Sender(jack) as sender:
        jack.connect(sender.port, CLOCK_PORT)
        wait_for_notes(receiver, 3)
        interrupt(process)
    clicks = [message for message in receiver.messages() if message[0] == 0x99]
    assert [message[2] for message in clicks] == [120, 80, 80, 80]
