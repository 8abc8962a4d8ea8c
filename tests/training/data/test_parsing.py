import random
from typing import Any

import mido
import music21
import pytest

from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_type import UnreadableError
from tests.support.midi_files import ODD, QUARTER, chord, midi, notes
from tests.support.skips import CORPORA
from training.data.parsing import READERS, Reading, file_reader, parser_id, read_file, score_tokens

BAR = 4 * QUARTER


def chord_tokens(data: bytes) -> list[str]:
    return list(READERS["chords"].read(data).tokens)


def plain_tokens(data: bytes) -> list[str]:
    """Return the tokens of the unstripped file, as music21 alone reads it."""
    score: Any = music21.converter.parseData(data, format="midi")
    return score_tokens(score)


def test_notes_are_pitch_names_and_chords_normal_orders() -> None:
    data = midi([*notes(60, 61, 70), *chord(60, 64, 67), *chord(48, 60), *chord(62, 65, 69, 72)])
    assert chord_tokens(data) == ["C4", "C#4", "B-4", "0.4.7", "0", "9.0.2.5"]


def test_parts_follow_each_other_in_the_order_of_their_tracks() -> None:
    assert chord_tokens(midi(notes(72, 74), notes(48, 50))) == ["C5", "D5", "C3", "D3"]


def test_a_note_held_over_a_bar_line_counts_in_both_bars() -> None:
    assert chord_tokens(midi([*notes(60, ticks=3 * QUARTER), *notes(62, ticks=2 * QUARTER)])) == ["C4", "D4", "D4"]


def test_voices_of_a_bar_follow_each_other() -> None:
    held = [mido.Message("note_on", note=48, velocity=80)]
    released = [mido.Message("note_off", note=48)]
    assert chord_tokens(midi([*held, *notes(60, 62, 64, 65), *released])) == ["C3", "C4", "D4", "E4", "F4"]


def test_drums_are_left_out() -> None:
    assert chord_tokens(midi(notes(36, 38, channel=9), notes(60))) == ["C4"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no-notes-only-tempo", "no notes in it"),
        ("only-drums-channel-10", "only drums in it"),
    ],
)
def test_a_file_without_pitched_notes_is_an_error(name: str, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        chord_tokens((ODD / f"{name}.mid").read_bytes())
    assert str(error.value) == reason


def rich_file() -> bytes:
    """Return a file with ties, chords, voices, tracks, channels, tempos, time signatures, programs, pedal and names."""
    conductor = [
        mido.MetaMessage("track_name", name="Conductor"),
        mido.MetaMessage("set_tempo", tempo=500_000),
        mido.MetaMessage("key_signature", key="Eb"),
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.MetaMessage("set_tempo", tempo=700_000, time=BAR + 100),
        mido.MetaMessage("time_signature", numerator=5, denominator=8, time=2 * BAR - 100),
        mido.MetaMessage("key_signature", key="F#m"),
    ]
    right = [
        mido.MetaMessage("instrument_name", name="Clarinet"),
        mido.Message("program_change", program=71),
        mido.MetaMessage("lyrics", text="la"),
        *notes(75, 70, 66, ticks=5 * QUARTER // 2),
        mido.Message("program_change", program=40, time=30),
        *chord(60, 63, 67, ticks=BAR, after=17),
        mido.Message("pitchwheel", pitch=900, time=3),
        *chord(61, 64, ticks=QUARTER // 3),
        *chord(62, 66, 69, ticks=QUARTER // 3),
    ]
    left: list[mido.Message] = []
    for step in range(24):
        left.append(mido.Message("control_change", control=64, value=127 * (step % 2), channel=1, time=5))
        left.append(mido.Message("note_on", note=36 + step, velocity=70, channel=1, time=QUARTER // 4))
        left.append(mido.Message("polytouch", note=36 + step, value=3, channel=1, time=10))
        if step >= 3:  # each note overlaps the next three
            left.append(mido.Message("note_off", note=33 + step, channel=1, time=7))
    left += [mido.Message("note_off", note=57 + i, channel=1, time=90) for i in range(3)]
    two_channels = [*notes(80, 82), *chord(50, 54, channel=5), mido.Message("program_change", program=9, channel=5)]
    two_channels += [*notes(84, channel=5), *notes(86), *notes(36, channel=9)]
    return midi(conductor, right, left, two_channels)


def test_dropped_events_and_rests_change_no_token() -> None:
    tokens = chord_tokens(rich_file())
    assert tokens == plain_tokens(rich_file())
    assert len(tokens) == 43
    assert {"E-5", "0.3.7", "1.4", "2.6.9"} <= set(tokens)


@pytest.mark.parametrize(
    "name",
    [
        "2000-tempo-changes",
        "byteflip-05",
        "cluster-of-128-notes",
        "division-32767",
        "events-after-end-of-track",
        "format-0-two-tracks",
        "meta-keysig-9-sharps",
        "meta-timesig-5-8-7-16-changes",
        "note-on-twice-same-pitch",
        "off-grid-performed",
        "program-change-mid-track",
        "running-status-after-meta",
        "sixteen-channels-one-track",
        "sysex-f7-continuation",
        "track-length-too-long",
        "triplets-and-quintuplets",
        "unison-chord-two-channels",
        "zero-length-notes",
    ],
)
def test_odd_files_give_what_music21_gives(name: str) -> None:
    data = (ODD / f"{name}.mid").read_bytes()
    assert chord_tokens(data) == plain_tokens(data)


@pytest.mark.parametrize("name", ["meta-tempo-zero", "meta-tempo-length-2", "meta-timesig-0-4"])
def test_damage_in_dropped_events_does_not_matter(name: str) -> None:
    data = (ODD / f"{name}.mid").read_bytes()
    with pytest.raises((ZeroDivisionError, IndexError, music21.exceptions21.MeterException)):
        plain_tokens(data)
    assert chord_tokens(data) == ["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5"]


def random_file(seed: int) -> bytes:
    """Return a file of 60 notes of any length on a grid of 12 a quarter, each pitch once, and three time signatures."""
    rng = random.Random(seed)
    conductor = [
        mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator, time=time)
        for time in (0, 5 * QUARTER, 8 * QUARTER)
        for numerator, denominator in [rng.choice([(2, 4), (3, 4), (4, 4), (6, 8), (5, 8)])]
    ]
    timed = []
    for pitch in rng.sample(range(30, 100), 60):
        start = rng.randrange(24 * 12) * QUARTER // 12
        timed.append((start, mido.Message("note_on", note=pitch, velocity=80)))
        timed.append((start + rng.choice([40, 160, 240, 480, 1000, 3000]), mido.Message("note_off", note=pitch)))
    timed.sort(key=lambda event: event[0])
    starts = [0, *(time for time, _ in timed)]
    events = [message.copy(time=time - before) for before, (time, message) in zip(starts, timed, strict=False)]
    return midi(conductor, events)


@pytest.mark.parametrize("seed", range(20))
def test_voices_and_ties_of_any_bars_are_those_of_music21(seed: int) -> None:
    data = random_file(seed)
    assert chord_tokens(data) == plain_tokens(data)


@pytest.mark.corpora
@pytest.mark.parametrize(
    # The others have unisons of two voices, which are one note here.
    "folder",
    ["mutopia-pd-baroque", "mutopia-pd-ragtime", "nifc-keyboard", "openscore-quartets"],
)
def test_files_of_every_corpus_give_what_music21_gives(folder: str) -> None:
    if not (CORPORA / folder).is_dir():
        pytest.skip("the corpora do not lie beside the repository")
    small = sorted(path for path in (CORPORA / folder).glob("*.mid") if path.stat().st_size < 15_000)
    for path in random.Random(folder).sample(small, 2):
        data = path.read_bytes()
        assert chord_tokens(data) == plain_tokens(data), path.name


def test_reading_a_file_never_raises() -> None:
    good = read_file(str(ODD / "ok-scale.mid"), "chords")
    assert good["tokens"] == ["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5"]
    bad = Reading.from_json(read_file(str(ODD / "division-0.mid"), "chords"))
    assert bad.reason == "a damaged MIDI file (a beat lasts no time in it); open it in a DAW and save it anew"
    gone = Reading.from_json(read_file(str(ODD / "nowhere.mid"), "chords"))
    assert gone == Reading(reason="it is gone, or a link to a file that is not there", is_cacheable=False)


def test_a_reading_says_what_of_the_file_was_left_out() -> None:
    data = midi(notes(60), notes(36, channel=9))
    for reader in READERS.values():
        assert reader.read(data).remarks == ("drums are left out (track 2, channel 10)",)


def test_readings_round_trip_through_json() -> None:
    for reading in (
        Reading(("C4", "0.4.7")),
        Reading(("C4",), remarks=("drums are left out (Drums)",)),
        Reading(reason="no notes in it"),
        Reading(reason="x", is_cacheable=False),
    ):
        assert Reading.from_json(reading.to_json()) == reading
    before_remarks = {"tokens": ["C4"], "reason": None, "lasting": True}
    not_text = {**Reading(("C4",)).to_json(), "tokens": [1]}
    rubbish: list[object] = [{}, [], None, before_remarks, not_text, Reading().to_json()]
    for damaged in rubbish:
        with pytest.raises(ValueError, match="not a reading"):
            Reading.from_json(damaged)


def test_an_unknown_encoding_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(TrainingError, match=r"no encoding 'jazz'; known: .*chords"):
        file_reader("jazz")


def test_the_parser_id_has_all_that_determines_the_tokens() -> None:
    assert parser_id("chords") == f"chords-3-music21-{music21.__version__}"
