"""The configuration of a player process."""

from __future__ import annotations

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.errors import SettingsError
from musicgen_live.midi.file_writer import PackedTrack
from musicgen_live.midi.take_tracks import PackedTake
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import InputOptions, PlayerConfig, Resume, Timing
from musicgen_live.player.part_channels import PlayerPart

PARTS = (PlayerPart("melody", 0, program=5), PlayerPart("bass", 1, bank=129, has_pedal=False))


def test_a_config_survives_the_pipe_as_one_line() -> None:
    resume = Resume(
        None,
        PackedTake(
            PackedTrack(("eJwDAAAAAAE=",), 7, 480),
            (PackedTrack(("AA==",), 65_600, 960, ((0, 60, 1),)),),
            (Meter(1920, 1, TimeSignature(3, 4)),),
        ),
        ("803c00", "b04000"),
        sent_tick=240,
        position=Position(240, 12.5, 119.5, runs=True, take_tick=2160),
        tempos=((0, 120.0), (960, 118.25)),
        tempo_map=((0, 120.0), (960, 118.25), (1920, 90.0)),
    )
    timing = Timing("clock", "IAC", count_in_bars=2, sends_clock=True)
    ports, inputs = (
        (PortOptions("IAC", channel=2), PortOptions("Minitaur", routes=((0, 1), (15, 1)))),
        (InputOptions("keys", "input", thru=True), InputOptions(None, "control")),
    )
    config = PlayerConfig(
        ports,
        "take.mid",
        "toy",
        120.0,
        TimeSignature(3, 4),
        PARTS,
        7680,
        timing,
        resume,
        inputs,
        ((36, 10), (37, None)),
        take_texts=("musicgen-live 0.1.0", "seed: 7"),
    )
    line = config.to_line()
    assert line.count(b"\n") == 1
    assert PlayerConfig.from_line(line) == config


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"sync": "midi"}, "--sync is 'midi'; it can be internal, clock, link"),
        ({"clock_port": "IAC"}, "--clock-port 'IAC' is of no use with --sync internal; say --sync clock"),
        ({"sync": "link", "clock_port": "IAC"}, "of no use with --sync link"),
        ({"count_in_bars": 17}, "--count-in is 17; it can be from 0 to 16 bars"),
        ({"count_in_bars": -1}, "--count-in is -1"),
    ],
)
def test_invalid_timing_is_refused(values: dict[str, object], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        Timing(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"source": "knobs"}, "an input port is for 'knobs'; it can be for input, chords, control"),
        ({"source": "control", "thru": True}, "what controls is not played through"),
    ],
)
def test_invalid_input_options_are_refused(values: dict[str, object], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        InputOptions("keys", **values)  # type: ignore[arg-type]
