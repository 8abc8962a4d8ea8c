"""The instruments of the catalogue: they render the same at every call, and are written as they were rendered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from musicgen_live.sound.instrument import instruments_folder, read_instrument
from training.instruments.catalogue import CATALOGUE
from training.instruments.files import Description, RenderedSample, write_instrument


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_note_is_the_same_at_every_call(name: str) -> None:
    model, pitch = CATALOGUE[name].model, CATALOGUE[name].pitches[-1]
    np.testing.assert_array_equal(model.note(pitch, 90).sound, model.note(pitch, 90).sound)


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_ships_is_what_the_code_renders(name: str) -> None:
    entry = CATALOGUE[name]
    instrument = read_instrument(instruments_folder() / f"{name}.json")
    keys = [(pitch, velocity) for pitch in entry.pitches for velocity in entry.velocities]
    assert [(sample.pitch, sample.velocity) for sample in instrument.samples] == keys
    # The highest key is the shortest.
    sample = instrument.samples[-1]
    # The whole file: libsndfile is some frames off when it seeks in Ogg Vorbis.
    shipped = soundfile.read(instrument.ogg_path)[0][sample.start_frame : sample.end_frame].T
    rendered = entry.sample(sample.pitch, sample.velocity).sound
    lead = 132
    heard = min(shipped.shape[1] - lead, rendered.shape[1])
    after, before = shipped[:, lead : lead + heard], rendered[:, :heard]
    assert np.corrcoef(after.reshape(-1), before.reshape(-1))[0, 1] > 0.97


def test_a_written_instrument_is_read_back(tmp_path: Path) -> None:
    seconds = np.arange(22_050) / 44_100
    sound = np.stack([np.sin(2 * np.pi * 440 * seconds) * np.exp(-5 * seconds)] * 2)
    samples = [RenderedSample(69, 127, sound), RenderedSample(69, 40, sound, 10_000, 20_000)]
    size = write_instrument(Description("bell", "made up", {0: 0.3, 60: 0.1}, 90), samples, tmp_path, 0.5)
    assert size == sum(path.stat().st_size for path in tmp_path.iterdir())
    soft, loud = read_instrument(tmp_path / "bell.json").samples
    assert (loud.start_frame, loud.frames, loud.loop_start_frame) == (2048, 132 + 22_050, None)
    assert (soft.start_frame, soft.frames) == (loud.end_frame + 2048, 132 + 20_000)
    assert soft.loop_start_frame == soft.start_frame + 132 + 10_000
    read, rate_hz = soundfile.read(tmp_path / "bell.ogg")
    assert (rate_hz, read.shape[1]) == (44_100, 2)
    # The sine's loudest moment is a quarter of a period after its beginning.
    assert 0.7 < np.abs(read[loud.start_frame : loud.end_frame]).max() < 0.9
    assert json.loads((tmp_path / "bell.json").read_text())["release_s"] == {"0": 0.3, "60": 0.1}
