"""The sound of MIDI files as .wav files: format, peak, onsets, tail, and errors."""

from __future__ import annotations

import wave
from pathlib import Path

import mido
import numpy as np
import pytest

from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_messages import TimedMessages, messages_of, read_messages
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.sound.synthesizer import RATE_HZ
from musicgen_live.sound.wav import LONGEST_TAIL_S, rendered, write_wav
from tests.support.midi_writing import write_midi
from tests.support.sound import level, read_wav, toy_sampler
from tests.support.soundfonts import needs_soundfont, soundfont

NOTES = [Note(beat * PPQ, PPQ // 2, 60 + beat, 90) for beat in range(8)]


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """Eight beats at 240 BPM, from the first tick on."""
    return write_midi(tmp_path / "take.mid", [NOTES], tempos=[(0, 240)])


def test_the_file_has_its_format_and_its_peak_is_a_decibel_below_full_scale(take: Path, tmp_path: Path) -> None:
    wav = tmp_path / "take.wav"
    seconds = write_wav(take, wav, SoundOptions())
    with wave.open(str(wav), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44_100, 2, 2)
        assert file.getnframes() == round(seconds * RATE_HZ)
    sound = read_wav(wav)
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(-1, abs=0.01)
    assert level(sound[-100:]) < 0.0005
    assert 2 < seconds < 2 + LONGEST_TAIL_S


def test_the_same_file_has_the_same_sound(take: Path, tmp_path: Path) -> None:
    for name in ("one.wav", "two.wav"):
        write_wav(take, tmp_path / name, SoundOptions())
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()


def test_notes_begin_at_their_seconds(take: Path) -> None:
    sound = np.concatenate(list(rendered(toy_sampler(), read_messages(take))))
    # A quarter note lasts 0.25 s, and every note half of that.
    for beat in range(1, len(NOTES)):
        frame = round(beat * 0.25 * RATE_HZ)
        assert level(sound[frame : frame + 500]) > 5 * level(sound[frame - 500 : frame])


def test_notes_that_nothing_ends_are_released_at_the_end_of_the_file() -> None:
    timed = TimedMessages(((0.0, bytes((0x90, 60, 90))), (0.0, bytes((0xB0, 64, 127)))), end_s=1.0)
    sound = np.concatenate(list(rendered(toy_sampler(loops=True), timed)))
    assert 1.1 < len(sound) / RATE_HZ < 1.6
    assert level(sound[-200:]) < 1e-4


@needs_soundfont
def test_a_soundfont_sounds_instead(take: Path, tmp_path: Path) -> None:
    write_wav(take, tmp_path / "piano.wav", SoundOptions())
    write_wav(take, tmp_path / "font.wav", SoundOptions(soundfont=str(soundfont())))
    piano, font = read_wav(tmp_path / "piano.wav"), read_wav(tmp_path / "font.wav")
    frames = min(len(piano), len(font))
    assert level(font) > 0.02
    assert level(piano[:frames] - font[:frames]) > 0.02


def test_a_take_that_lasts_for_days_is_refused(tmp_path: Path) -> None:
    take = write_midi(tmp_path / "take.mid", [[Note(100_000_000, 480, 60, 90)]])
    with pytest.raises(TakeError, match=r"take\.mid lasts 28\.9 hours; up to 6 become a \.wav file"):
        write_wav(take, tmp_path / "take.wav", SoundOptions())
    assert not (tmp_path / "take.wav").exists()


def test_a_folder_that_cannot_be_written_is_told(take: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TakeError, match=r"x\.wav cannot be written \(.*\); choose another file: --wav FILE\.wav"):
        write_wav(take, tmp_path / "file" / "x.wav", SoundOptions())


def test_messages_have_the_seconds_of_all_tempos_and_keep_programs(tmp_path: Path) -> None:
    track = mido.MidiTrack(
        [
            mido.Message("program_change", program=5),
            mido.Message("note_on", note=60, velocity=64, time=0),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(60), time=480),
            mido.Message("pitchwheel", pitch=8191, time=480),
            mido.Message("note_off", note=60, time=480),
        ]
    )
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(tmp_path / "x.mid")
    timed = messages_of((tmp_path / "x.mid").read_bytes())
    assert timed.messages == (
        (0.0, bytes.fromhex("C0 05")),
        (0.0, bytes.fromhex("90 3C 40")),
        (1.5, bytes.fromhex("E0 7F 7F")),
        (2.5, bytes.fromhex("80 3C 40")),
    )
    assert timed.end_s == 2.5


def test_a_file_without_notes_is_refused(tmp_path: Path) -> None:
    mido.MidiFile(tracks=[mido.MidiTrack([mido.Message("program_change", program=5)])]).save(tmp_path / "x.mid")
    with pytest.raises(TakeError, match=r"x\.mid cannot be read: no notes in it"):
        read_messages(tmp_path / "x.mid")
