"""The messages between the player and the sound process."""

from __future__ import annotations

from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.sound.protocol import (
    RECORD_BYTES,
    News,
    from_records,
    options_from_text,
    options_to_text,
    to_record,
)


def test_messages_of_two_and_three_bytes_keep_their_moments() -> None:
    messages = [(12.5, bytes((0x90, 60, 100))), (12.75, bytes((0xC0, 5))), (13.0, bytes((0x80, 60, 0)))]
    data = b"".join(to_record(*each) for each in messages)
    assert len(data) == 3 * RECORD_BYTES
    assert list(from_records(data)) == messages


def test_news_and_options_return_as_they_were() -> None:
    assert News.from_line(News("trouble", "two\nlines").to_line()) == News("trouble", "two\nlines")
    options = SoundOptions("felt", "a b.sf2", "Built-in", -6.0, 80.0)
    assert options_from_text(options_to_text(options)) == options
