"""The options of a part, as `--part` spells them."""

from __future__ import annotations

import pytest

from musicgen_live.config.part_options import PartOptions, all_parts, format_part, parse_part
from musicgen_live.errors import SettingsError


def test_a_part_alone() -> None:
    assert parse_part("bass") == PartOptions("bass")


def test_every_option() -> None:
    text = (
        "bass:port=Minitaur,channel=2,transpose=-12,velocity=+10,program=34,bank=128,latency-ms=5,pedal=off,"
        "instrument=felt"
    )
    assert parse_part(text) == PartOptions(
        "bass", "Minitaur", channel=1, transpose=-12, velocity=10, program=34, bank=128, latency_ms=5,
        has_pedal=False, instrument="felt",
    )  # fmt: skip


def test_a_new_port_and_the_latency_of_all() -> None:
    assert parse_part("you:virtual=keys", latency_ms=20) == PartOptions("you", "keys", is_virtual=True, latency_ms=20)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("drums:channel=10", "there is no part 'drums'; there are melody, bass, chords and you"),
        ("bass:chanel=2", "'chanel=2', which is no option"),
        ("bass:IAC", "'IAC', which is no option; write --part bass:port=NAME"),
        ("bass:channel=17", "'17' where a whole number from 1 to 16 belongs"),
        ("bass:transpose=-49", "from -48 to 48"),
        ("bass:bank=16384", "from 0 to 16383"),
        ("bass:pedal=maybe", "pedal=maybe; it can be on or off"),
        ("bass:port=A,virtual=B", "names two ports"),
        ("bass:latency-ms=soon", "the latency soon"),
    ],
)
def test_a_wrong_part_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_part(text)
    assert reason in str(refused.value)


def test_all_parts_come_in_one_order_and_a_musician_only_if_given() -> None:
    assert [part.name for part in all_parts(())] == ["melody", "bass", "chords"]
    given = all_parts([PartOptions("you"), PartOptions("chords", channel=4)])
    assert [(part.name, part.channel) for part in given] == [
        ("melody", None),
        ("bass", None),
        ("chords", 4),
        ("you", None),
    ]


def test_a_part_given_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="--part bass is given twice; put its options into one"):
        all_parts([PartOptions("bass", "IAC"), PartOptions("bass", channel=2)])


@pytest.mark.parametrize(
    "text",
    [
        "melody",
        "melody:port=IAC,channel=1",
        "bass:virtual=Low,transpose=-12,velocity=8,program=34,bank=129,latency-ms=20,pedal=off,instrument=bass",
        "you:channel=4",
    ],
)
def test_a_part_is_written_as_it_is_given(text: str) -> None:
    assert format_part(parse_part(text)) == text
