"""The end of a MIDI file as a prompt."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.errors import SettingsError, TakeError
from musicgen_live.generation.prompt_file import PromptFile, read_prompt_file
from musicgen_live.generation.prompts import MOST_IDS
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.midi_writing import Track, write_midi
from tests.support.skips import CORPORA

BAR = 1920


def melody(count: int, *, every: int = 480, pitch: int = 60, first_tick: int = 0, velocity: int = 88) -> list[Note]:
    return [Note(first_tick + i * every, every, pitch + i % 12, velocity) for i in range(count)]


def tokens(file: PromptFile, *, hands: bool = False) -> str:
    return "|".join(VOCABULARY.decode(file.bar_ids(hands=hands)))


def test_a_short_file_is_the_prompt_from_its_first_note_on(tmp_path: Path) -> None:
    notes = [Note(2 * 1440, 480, 64, 90), Note(2 * 1440 + 480, 960, 67, 90), Note(3 * 1440, 240, 60, 90)]
    path = write_midi(tmp_path / "a.mid", [notes], time_signatures=[(0, 3, 4)], tempos=[(0, 90.0)])
    file = read_prompt_file(str(path))
    assert (file.time_signature, file.tempo) == ((3, 4), 90.0)
    assert tokens(file) == (
        "bar 3/4|position 0|pitch 64|duration 24|position 24|pitch 67|duration 48"
        "|bar 3/4|position 0|pitch 60|duration 12"
    )


def test_hands_are_tracks_by_height_without_drums(tmp_path: Path) -> None:
    tracks: list[Track] = [
        [Note(0, 480, 40, 70)],
        [Note(0, 480, 72, 70)],
        [Note(0, 480, 36, 120), Note(BAR, 9, 36, 120)],
    ]
    file = read_prompt_file(str(write_midi(tmp_path / "a.mid", tracks, channels=[1, 2, 10])))
    assert tokens(file, hands=True) == (
        "bar 4/4|position 0|hand left|pitch 40|duration 24|hand right|pitch 72|duration 24"
    )
    assert tokens(file) == "bar 4/4|position 0|pitch 40|duration 24|pitch 72|duration 24"


def test_of_a_long_file_the_last_whole_bars_are_taken(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "a.mid", [melody(400)])
    ids = read_prompt_file(str(path)).bar_ids(hands=False)
    # A bar of four notes is 13 ids, and 18 of them are 234.
    whole = VOCABULARY.encode(bars.encode(Score((tuple(melody(400)),))))[:-1]
    assert (len(ids), MOST_IDS) == (234, 240)
    assert ids == tuple(whole[-234:])


def test_one_bar_is_taken_however_full_it_is(tmp_path: Path) -> None:
    cluster = [Note(tick, 60, pitch, 88) for tick in range(0, BAR, 240) for pitch in range(40, 60)]
    file = read_prompt_file(str(write_midi(tmp_path / "a.mid", [cluster])))
    assert len(file.bar_ids(hands=False)) == 1 + 8 * (1 + 20 * 2)
    # The bar is encoded as 4/4 and 3/4, of which the second is empty.
    file = read_prompt_file(str(write_midi(tmp_path / "b.mid", [cluster], time_signatures=[(0, 7, 4)])))
    assert len(file.bar_ids(hands=False)) == 1 + 8 * (1 + 20 * 2) + 1


def test_bar_lines_follow_changes_of_time_signature(tmp_path: Path) -> None:
    # The 5/8 ends early, after 3/8; the file ends in 2/4.
    time_signatures = [(0, 3, 4), (2880, 5, 8), (2880 + 1200 + 720, 2, 4)]
    notes = melody(14)
    path = write_midi(tmp_path / "a.mid", [notes], time_signatures=time_signatures)
    file = read_prompt_file(str(path))
    score = Score(
        (tuple(notes),),
        tuple(TimeSignatureChange(tick, TimeSignature(beats, unit)) for tick, beats, unit in time_signatures),
    )
    assert file.bar_ids(hands=False) == tuple(VOCABULARY.encode(bars.encode(score))[:-1])
    assert file.time_signature == (2, 4)
    assert tokens(file).count("bar ") == 2 + 2 + 2


def test_the_end_of_a_very_long_file_is_found_at_once(tmp_path: Path) -> None:
    # Counted bar by bar from the beginning, this would take minutes.
    path = write_midi(tmp_path / "a.mid", [melody(3, first_tick=268_435_440)], time_signatures=[(0, 1, 128)])
    assert read_prompt_file(str(path)).time_signature == (1, 128)
    path = write_midi(tmp_path / "b.mid", [[Note(0, 480, 60, 88), *melody(8, first_tick=100_000 * BAR)]])
    assert tokens(read_prompt_file(str(path))).count("bar 4/4") == 2


def test_a_note_a_little_early_is_on_the_bar_line(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "a.mid", [[Note(5, 470, 60, 88), Note(BAR - 12, 500, 62, 88)]])
    assert tokens(read_prompt_file(str(path))) == (
        "bar 4/4|position 0|pitch 60|duration 24|bar 4/4|position 0|pitch 62|duration 24"
    )


def test_the_tempo_is_the_median_of_the_last_bars(tmp_path: Path) -> None:
    def tempo(*tempos: tuple[int, float]) -> float:
        return read_prompt_file(str(write_midi(tmp_path / "a.mid", [melody(80)], tempos=tempos))).tempo

    assert tempo() == 120.0
    assert tempo((0, 140.0)) == 140.0
    # Twenty bars, of which the last eight count: five of them at 100, and a ritardando.
    assert tempo((0, 180.0), (15 * BAR, 100.0), (19 * BAR, 70.0), (19 * BAR + 960, 50.0)) == 100.0
    # Events after the end have no effect.
    assert tempo((0, 96.0), (21 * BAR, 30.0)) == 96.0


def test_the_key_is_that_of_the_last_bars(tmp_path: Path) -> None:
    def key(*pitches: int) -> str | None:
        line = [Note(i * BAR // 8, BAR // 8, pitch, 80) for i, pitch in enumerate(pitches)]
        found = read_prompt_file(str(write_midi(tmp_path / "a.mid", [line]))).key
        return None if found is None else found.name

    in_e_flat = (63, 65, 67, 63, 70, 68, 65, 63)
    in_b_minor = (71, 73, 74, 78, 76, 73, 70, 71)
    assert key(*in_e_flat) == "Eb major"
    assert key(*in_e_flat * 20, *in_b_minor * 8) == "B minor"
    assert key(*in_b_minor * 20, *in_e_flat * 8) == "Eb major"
    assert key(60, 62, 60, 62) is None
    # Drums have no key.
    drums = [Note(0, 240, pitch, 100) for pitch in range(35, 60)]
    line = [Note(i * 240, 240, pitch, 80) for i, pitch in enumerate(in_e_flat)]
    path = write_midi(tmp_path / "b.mid", [line, drums], channels=[1, 10])
    assert read_prompt_file(str(path)).key == Key(3, "major")


def test_a_key_signature_counts_up_to_the_end(tmp_path: Path) -> None:
    # Neither leading tone nor fourth: C major or G major.
    line = [Note(i * 480, 480, pitch, 80) for i, pitch in enumerate((60, 62, 64, 67, 69, 67, 64, 62, 60))]
    path = tmp_path / "a.mid"

    def key(*signatures: tuple[int, str]) -> Key | None:
        file = mido.MidiFile(write_midi(path, [line]))
        before = 0
        for tick, name in signatures:
            file.tracks[0].insert(-1, mido.MetaMessage("key_signature", key=name, time=tick - before))
            before = tick
        file.save(path)
        return read_prompt_file(str(path)).key

    assert key() == Key(0, "major")
    assert key((0, "G")) == Key(7, "major")
    assert key((0, "G"), (BAR, "C")) == Key(0, "major")
    # A key signature after the end has no effect.
    assert key((0, "G"), (4 * BAR, "C")) == Key(7, "major")


def test_files_that_nothing_can_continue_are_refused(tmp_path: Path) -> None:
    drums = write_midi(tmp_path / "drums.mid", [melody(4)], channels=[10])
    with pytest.raises(SettingsError, match=r"prompt-midi is '.*drums\.mid', which has only drums in it"):
        read_prompt_file(str(drums))
    with pytest.raises(TakeError, match=r"empty\.mid cannot be read: no notes in it"):
        read_prompt_file(str(write_midi(tmp_path / "empty.mid", [[]])))
    with pytest.raises(TakeError, match=r"there is no file .*nosuch\.mid; give the path of a \.mid file"):
        read_prompt_file(str(tmp_path / "nosuch.mid"))


STEPS = ("0.4.7", "4", "C4", "D4", "E4", "G4")


def test_notes_and_chords_without_rhythm(tmp_path: Path) -> None:
    # C, a spread chord of C major, an octave of E, an unknown chord, an unknown note, D.
    notes = [Note(0, 240, 60, 88)]
    notes += [Note(480 + late, 240, pitch, 88) for late, pitch in ((0, 48), (20, 64), (40, 67))]
    notes += [Note(960, 240, 40, 88), Note(960, 240, 52, 88), Note(1440, 240, 61, 88), Note(1440, 240, 64, 88)]
    notes += [Note(1920, 240, 61, 88), Note(2400, 240, 62, 88)]
    file = read_prompt_file(str(write_midi(tmp_path / "a.mid", [notes])))
    assert [STEPS[i] for i in file.step_ids(STEPS, 100)] == ["C4", "0.4.7", "4", "E4", "D4"]
    assert [STEPS[i] for i in file.step_ids(STEPS, 2)] == ["E4", "D4"]
    with pytest.raises(SettingsError, match="none of its last notes is one that the model knows"):
        file.step_ids(("A8",), 100)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["JoplinS-maple.mid", "SousaJP-ElCapitanMarch.mid"])
def test_the_end_of_a_real_piece_is_that_of_the_whole_piece(name: str) -> None:
    from musicgen_live.midi.file_reader import read_midi

    path = CORPORA / "mutopia-pd-ragtime" / name
    music = read_midi(path)
    whole = bars.encode(Score(bars.hands_of(music.score.parts), music.score.time_signatures), hands=True)[:-1]
    ids = read_prompt_file(str(path)).bar_ids(hands=True)
    assert len(ids) > 200
    assert VOCABULARY.decode(ids) == whole[-len(ids) :]


def test_a_last_bar_that_completes_an_upbeat_does_not_count(tmp_path: Path) -> None:
    time_signatures = [(0, 1, 4), (480, 4, 4), (480 + 4 * BAR, 3, 4)]
    path = write_midi(tmp_path / "a.mid", [melody(20)], time_signatures=time_signatures)
    assert read_prompt_file(str(path)).time_signature == (4, 4)
    # A new time signature that lasts counts.
    path = write_midi(tmp_path / "b.mid", [melody(32)], time_signatures=[(0, 4, 4), (4 * BAR, 3, 4)])
    assert read_prompt_file(str(path)).time_signature == (3, 4)


def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "a.mid", [melody(4), melody(4, pitch=36)], channels=[1, 10])
    assert read_prompt_file(str(path)).remarks == ("drums are left out (track 3, channel 10)",)


def test_the_theme_of_a_file_is_what_lies_before_its_prompt(tmp_path: Path) -> None:
    file = read_prompt_file(str(write_midi(tmp_path / "a.mid", [melody(80, first_tick=BAR)])))
    theme, prompt = file.theme_ids(hands=False), file.bar_ids(hands=False)
    # Of 20 bars with notes the last 18 are the prompt.
    assert "|".join(VOCABULARY.decode(theme)) == (
        "bar 4/4|position 0|pitch 60|duration 24|position 24|pitch 61|duration 24"
        "|position 48|pitch 62|duration 24|position 72|pitch 63|duration 24"
        "|bar 4/4|position 0|pitch 64|duration 24|position 24|pitch 65|duration 24"
        "|position 48|pitch 66|duration 24|position 72|pitch 67|duration 24"
    )
    assert len(prompt) == 18 * 13


def test_a_short_file_has_no_theme_before_its_prompt(tmp_path: Path) -> None:
    file = read_prompt_file(str(write_midi(tmp_path / "a.mid", [melody(8)])))
    assert file.theme_ids(hands=False) == ()
