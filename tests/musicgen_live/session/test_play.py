"""Takes rendered through the live engine: the same bytes from the same seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mido
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.plan import for_file
from musicgen_live.music.notes import Note
from musicgen_live.session.play import render
from tests.support.midi_writing import write_midi
from tests.support.models import toy_bars_bundle, toy_model


def notes_of(path: Path) -> list[tuple[int, str, int, int]]:
    """Return every note message of a file: absolute tick, kind, pitch, velocity."""
    found, tick = [], 0
    for message in mido.MidiFile(path).tracks[1]:
        tick += message.time
        if message.type in ("note_on", "note_off"):
            found.append((tick, message.type, message.note, message.velocity))
    return found


@pytest.mark.parametrize("mode", ["window", "carried"])
@pytest.mark.parametrize("decode", ["argmax", "pure-argmax", "sample"])
def test_same_seed_same_bytes(tmp_path: Path, mode: str, decode: str) -> None:
    model = toy_model(tmp_path, mode)  # type: ignore[arg-type]
    settings = Settings(model=str(model), decode=decode, steps=40)
    files = [tmp_path / name for name in ("one.mid", "two.mid")]
    for path in files:
        render(settings, 7, path, print)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_another_seed_is_another_take(tmp_path: Path) -> None:
    settings = Settings(model=str(toy_model(tmp_path)), decode="sample", steps=40, prompt=1)
    render(settings, 7, tmp_path / "one.mid", print)
    render(settings, 8, tmp_path / "two.mid", print)
    assert notes_of(tmp_path / "one.mid") != notes_of(tmp_path / "two.mid")


def test_the_seed_chooses_the_prompt_unless_one_is_set(tmp_path: Path) -> None:
    settings = Settings(model=str(toy_model(tmp_path)), decode="pure-argmax", steps=30)
    for seed in (0, 1, 3):
        render(settings, seed, tmp_path / f"{seed}.mid", print)
    render(settings.changed({"prompt": 2}), 0, tmp_path / "asked.mid", print)
    # Three prompts: seed 3 is back at the first one.
    assert notes_of(tmp_path / "0.mid") == notes_of(tmp_path / "3.mid")
    assert notes_of(tmp_path / "1.mid") == notes_of(tmp_path / "asked.mid")


def test_the_file_is_what_a_daw_expects(tmp_path: Path) -> None:
    settings = Settings(
        model=str(toy_model(tmp_path)), steps=4, tempo=90, channel=3, program=5, step="1/16", meter="6/8"
    )
    ended = render(settings, 0, tmp_path / "take.mid", print)
    file = mido.MidiFile(tmp_path / "take.mid")
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 480, 2)
    assert [m.tempo for m in file.tracks[0] if m.type == "set_tempo"] == [mido.bpm2tempo(90)]
    assert [(m.numerator, m.denominator) for m in file.tracks[0] if m.type == "time_signature"] == [(6, 8)]
    assert [m.name for m in file.tracks[1] if m.type == "track_name"] == ["toy-carried 0"]
    assert [(m.channel, m.program) for m in file.tracks[1] if m.type == "program_change"] == [(2, 4)]
    notes = notes_of(tmp_path / "take.mid")
    assert {tick for tick, kind, *_ in notes if kind == "note_on"} == {0, 120, 240, 360}
    assert max(tick for tick, *_ in notes) == 480
    assert (ended.steps, ended.stopped) == (4, False)
    assert ended.summary.notes == sum(kind == "note_on" for _, kind, *_ in notes)


def test_every_note_that_begins_ends(tmp_path: Path) -> None:
    render(Settings(model=str(toy_model(tmp_path)), steps=300, decode="sample"), 5, tmp_path / "take.mid", print)
    sounding: dict[int, int] = {}
    for _, kind, pitch, _ in notes_of(tmp_path / "take.mid"):
        sounding[pitch] = sounding.get(pitch, 0) + (1 if kind == "note_on" else -1)
        assert sounding[pitch] in (0, 1)
    assert set(sounding.values()) == {0}


def test_a_prompt_that_the_model_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"prompt is 4; the model .*toy-carried.safetensors has 1 to 3"):
        render(Settings(model=str(toy_model(tmp_path)), prompt=4), 0, tmp_path / "take.mid", print)
    assert not (tmp_path / "take.mid").exists()


def test_an_encoding_of_another_version_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.support.models import toy_bundle

    path = tmp_path / "later.safetensors"
    replace(toy_bundle(), encoding="holograms").save(path)
    with pytest.raises(ModelError, match="encoding 'holograms', which this version does not know; known are chords"):
        render(Settings(model=str(path)), 0, tmp_path / "take.mid", print)


def test_rendering_leaves_one_file_and_nothing_else(tmp_path: Path) -> None:
    model = toy_model(tmp_path)
    folder = tmp_path / "new folder"
    render(Settings(model=str(model), steps=4), 0, folder / "take.mid", print)
    assert [path.name for path in folder.iterdir()] == ["take.mid"]


def test_tempo_time_signature_and_key_of_a_prompt_are_printed(tmp_path: Path) -> None:
    toy_bars_bundle().save(tmp_path / "toy.safetensors")
    line = [Note(i * 240, 240, pitch, 80) for i, pitch in enumerate((62, 64, 65, 69, 67, 61, 62, 64, 62))]
    path = write_midi(tmp_path / "song.mid", [line], time_signatures=[(0, 3, 4)], tempos=[(0, 72.5)])
    settings = for_file(Settings(model=str(tmp_path / "toy.safetensors"), decode="sample", bars=1), str(path))

    def second_line(**values: Any) -> str:  # noqa: ANN401 (settings of any type)
        said: list[str] = []
        render(settings.changed(values), 0, tmp_path / "take.mid", said.append)
        assert said[0] == f"The model toy at {values.get('tempo', 72.5)} BPM, from the end of song.mid, seed 0."
        assert len(said) == 2
        return said[1]

    assert second_line() == "It goes on at 72.5 BPM in 3/4, near D minor."
    assert second_line(tempo=100.5, meter="4/4") == "It goes on at 100.5 BPM in 4/4, near D minor."
    assert second_line(near_key="A") == "It goes on at 72.5 BPM in 3/4, near A major."
    assert second_line(key="G dorian") == "It goes on at 72.5 BPM in 3/4, in G dorian."
    assert second_line(key_strength=0.0) == "It goes on at 72.5 BPM in 3/4."


def test_a_take_in_bars_ends_in_its_last_bar(tmp_path: Path) -> None:
    toy_bars_bundle().save(tmp_path / "toy.safetensors")
    settings = Settings(model=str(tmp_path / "toy.safetensors"), decode="sample", style="baroque", bars=5, polyphony=2)
    said: list[str] = []
    render(settings, 2, tmp_path / "take.mid", said.append)
    assert said == ["The model toy at 120 BPM, opening 3, seed 2."]
    file = mido.MidiFile(tmp_path / "take.mid")
    assert [(m.numerator, m.denominator) for m in file.tracks[0] if m.type == "time_signature"] == [(3, 4)]
    # The file ends with its last bar, though its last note ends at tick 5960.
    assert [sum(message.time for message in track) for track in file.tracks] == [0, 5 * 3 * 480]
    assert max(tick for tick, *_ in notes_of(tmp_path / "take.mid")) == 5960
    sounding = most = 0
    for _, kind, *_ in notes_of(tmp_path / "take.mid"):
        sounding += 1 if kind == "note_on" else -1
        most = max(most, sounding)
    assert (most, sounding) == (2, 0)


def test_a_file_is_read_before_numpy_takes_memory(tmp_path: Path) -> None:
    file = write_midi(tmp_path / "prompt.mid", [[Note(i * 480, 480, 60 + i % 5, 80) for i in range(32)]])
    toy_bars_bundle().save(tmp_path / "toy.safetensors")
    code = f"""
import sys
from pathlib import Path
from musicgen_live.config.settings import Settings
from musicgen_live.session.play import render

found = []
sys.addaudithook(lambda event, args: event == "open" and str(args[0]) == {str(file)!r} and found.append(
    "numpy" in sys.modules))
render(Settings(model="toy.safetensors", prompt_midi={str(file)!r}, bars=1), 1, Path("take.mid"), str)
print(found)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout == "[False]\n"
