"""The descriptions of instruments: those that ship, and damaged ones, which say what is wrong."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from musicgen_live.errors import SoundError
from musicgen_live.sound.instrument import Sample, instrument_names, load_instrument, read_instrument

DESCRIPTION: dict[str, Any] = {
    "name": "bell",
    "sample_rate_hz": 44100,
    "source": "made up",
    "release_s": {"60": 0.2, "0": 0.5},
    "undamped_from_pitch": 90,
    "samples": [
        {"pitch": 72, "velocity": 80, "start_frame": 100, "frames": 50, "loop_start_frame": None, "gain": 0.5},
        {"pitch": 60, "velocity": 80, "start_frame": 0, "frames": 90, "loop_start_frame": 30, "gain": 1},
    ],
}


def described(folder: Path, values: object) -> Path:
    path = folder / "bell.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def changed(**values: object) -> dict[str, Any]:
    return DESCRIPTION | values


def with_sample(**values: object) -> dict[str, Any]:
    return changed(samples=[DESCRIPTION["samples"][0] | values])


def test_these_instruments_ship() -> None:
    assert instrument_names() == ["bass", "electric-piano", "felt", "pad", "piano"]


@pytest.mark.parametrize("name", instrument_names())
def test_an_instrument_that_ships_has_its_samples_beside_it(name: str) -> None:
    instrument = load_instrument(name)
    assert instrument.name == name
    assert instrument.ogg_path.read_bytes()[:4] == b"OggS"


def test_all_instruments_together_are_small() -> None:
    assert sum(load_instrument(name).ogg_path.stat().st_size for name in instrument_names()) < 4_000_000


def test_samples_are_sorted_by_pitch(tmp_path: Path) -> None:
    instrument = read_instrument(described(tmp_path, DESCRIPTION))
    assert instrument.samples == (Sample(60, 80, 0, 90, 30, 1.0), Sample(72, 80, 100, 50, None, 0.5))
    assert [sample.end_frame for sample in instrument.samples] == [90, 150]
    assert instrument.ogg_path == tmp_path / "bell.ogg"


@pytest.mark.parametrize(
    ("pitch", "release_s"), [(0, 0.5), (59, 0.5), (60, 0.2), (89, 0.2), (90, math.inf), (127, math.inf)]
)
def test_a_released_note_falls_by_pitch(tmp_path: Path, pitch: int, release_s: float) -> None:
    assert read_instrument(described(tmp_path, DESCRIPTION)).release_s(pitch) == release_s


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(SoundError, match="there is no instrument 'oboe'; there are bass, electric-piano, felt"):
        load_instrument("oboe")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "it is no JSON object"),
        ({}, "it has no 'samples'"),
        (changed(samples=[]), "it has no samples"),
        (changed(samples=3), "its samples is no list"),
        (changed(samples=[3]), "a sample is no JSON object"),
        (changed(samples=DESCRIPTION["samples"][:1] * 2), "two samples have the same pitch and velocity"),
        (changed(name=3), "its name is no text"),
        (changed(sample_rate_hz=44100.0), "sample_rate_hz is 44100.0; a whole number from 8000 to 192000 is needed"),
        (changed(release_s=[]), "its release_s is no JSON object"),
        (changed(release_s={"12": 0.1}), "its release_s does not begin with the pitch 0"),
        (changed(release_s={"0": 0}), "release_s is 0; a number above 0, up to 1000, is needed"),
        (changed(undamped_from_pitch=129), "undamped_from_pitch is 129; a whole number from 0 to 128 is needed"),
        (with_sample(pitch=128), "pitch is 128; a whole number from 0 to 127 is needed"),
        (with_sample(velocity=0), "velocity is 0; a whole number from 1 to 127 is needed"),
        (with_sample(frames=0), "frames is 0; a whole number from 1"),
        (with_sample(start_frame=True), "start_frame is True; a whole number from 0"),
        (with_sample(loop_start_frame=150), "loop_start_frame is 150; a whole number from 100 to 149 is needed"),
        (with_sample(gain="loud"), "gain is 'loud'; a number above 0, up to 1000, is needed"),
        (with_sample(gain=math.nan), "gain is nan; a number above 0, up to 1000, is needed"),
    ],
)
def test_a_damaged_description_says_what_is_wrong(tmp_path: Path, values: object, message: str) -> None:
    with pytest.raises(SoundError) as caught:
        read_instrument(described(tmp_path, values))
    assert message in str(caught.value)
    assert "install the program again" in str(caught.value)


def test_a_file_that_is_no_json_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bell.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(SoundError, match="describes no instrument"):
        read_instrument(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="cannot be read"):
        read_instrument(tmp_path / "bell.json")
