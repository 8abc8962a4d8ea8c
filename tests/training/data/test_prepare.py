import hashlib
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from tests.support.midi_files import ODD, midi, notes, tune
from tests.support.skips import CORPORA
from training.data.cache import Cache
from training.data.corpus import contents
from training.data.dataset import Corpus, Dataset
from training.data.parsing import Reading, parser_id
from training.data.prepare import FileReport, Report, prepare

ROOT = Path(__file__).parents[3]
CORPUS = Corpus("tunes", "CC0-1.0", "nobody")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three good files, one of them twice, and two bad ones."""
    midi_dir = tmp_path / "midi"
    (midi_dir / "more").mkdir(parents=True)
    (midi_dir / "a.mid").write_bytes(tune(1, length=120))
    (midi_dir / "b.mid").write_bytes(midi(notes(60, 62, 64)))
    (midi_dir / "bad.mid").write_bytes(b"<html>")
    (midi_dir / "c.MIDI").write_bytes(midi(notes(60, 62, 64)))
    (midi_dir / "more" / "d.mid").write_bytes(tune(2, length=130))
    (midi_dir / "tempo.mid").write_bytes((ODD / "no-notes-only-tempo.mid").read_bytes())
    return midi_dir


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(folder: Path, **options: object) -> Report:
    given: dict[str, object] = {"corpus": CORPUS, "jobs": 1, "cache": folder.parent / "cache", **options}
    return prepare(folder, folder.parent / "data", **given)  # type: ignore[arg-type]


def test_a_folder_becomes_a_data_set(folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = run(folder, on_file=lambda done, total: calls.append((done, total)))
    assert [(piece.name, piece.length) for piece in report.dataset.pieces] == [
        ("a.mid", 120),
        ("b.mid", 3),
        ("more/d.mid", 130),
    ]
    assert report.skipped == (
        FileReport("bad.mid", "an HTML page; the download went wrong"),
        FileReport("c.MIDI", "the same file as b.mid"),
        FileReport("tempo.mid", "no notes in it"),
    )
    assert calls == [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]
    stored = Dataset.load(folder.parent / "data")
    assert stored.corpus == CORPUS
    assert stored.fingerprint() == report.dataset.fingerprint()
    assert [(piece.name, piece.length) for piece in stored.pieces] == [
        ("a.mid", 120),
        ("b.mid", 3),
        ("more/d.mid", 130),
    ]
    assert sorted(piece.split for piece in stored.pieces) == ["train", "train", "valid"]
    assert stored.vocabulary.decode(stored.ids_of(stored.pieces[1])) == ["C4", "D4", "E4"]


def test_the_same_folder_gives_the_ids_of_before(folder: Path) -> None:
    run(folder, encoding="bars")
    assert sha256_of(folder.parent / "data" / "ids.npy")[:16] == "42edcb913fdad375"


def test_what_was_left_out_is_reported_each_time(folder: Path) -> None:
    (folder / "band.mid").write_bytes(midi(notes(60, 62), notes(36, channel=9)))
    found = FileReport("band.mid", remarks=("drums are left out (track 2, channel 10)",))
    assert run(folder).read_in_part == (found,)
    again = run(folder)
    assert again.read_in_part == (found,)
    assert again.from_cache > 0


def test_a_second_run_uses_the_cache_without_music21(folder: Path) -> None:
    first = run(folder)
    assert first.from_cache == 0
    code = f"""
import sys
import tracemalloc
from pathlib import Path
from training.data.dataset import Corpus
from training.data.prepare import prepare
report = prepare(Path({str(folder)!r}), Path({str(folder.parent / "again")!r}),
                 corpus=Corpus("tunes", "CC0-1.0", "nobody"), cache=Path({str(folder.parent / "cache")!r}))
print(report.from_cache, "music21" in sys.modules, "multiprocessing.popen_spawn_posix" in sys.modules)
"""
    second = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert second.stdout == "5 False False\n"
    for name in ("dataset.json", "ids.npy"):
        assert (folder.parent / "again" / name).read_bytes() == (folder.parent / "data" / name).read_bytes()


def test_a_changed_or_damaged_entry_is_read_again(folder: Path) -> None:
    first = run(folder)
    (folder / "b.mid").write_bytes(midi(notes(61, 62, 64)))
    next((folder.parent / "cache").rglob(f"{sha256_of(folder / 'a.mid')}.json")).write_text("{")
    second = run(folder)
    assert second.from_cache == 4
    assert second.dataset.vocabulary.decode(second.dataset.ids_of(second.dataset.pieces[1])) == ["C#4", "D4", "E4"]
    assert second.dataset.pieces[0] == first.dataset.pieces[0]


@pytest.mark.parametrize("other", [b"junk", tune(1, length=120)], ids=["junk", "another file of the folder"])
def test_a_file_exchanged_while_it_is_read_is_skipped(
    folder: Path, other: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (folder / "b.mid").read_bytes()

    def exchanged_after_its_hash(path: str) -> bytes:
        data = contents(path)
        if Path(path).name == "b.mid":
            Path(path).write_bytes(other)
        return data

    with monkeypatch.context() as patch:
        patch.setattr("training.data.prepare.contents", exchanged_after_its_hash)
        first = run(folder)
    reason = "it changed while the files were read; prepare again"
    assert FileReport("b.mid", reason) in first.skipped
    (folder / "b.mid").write_bytes(content)
    assert [piece.length for piece in run(folder).dataset.pieces if piece.name == "b.mid"] == [3]


@pytest.mark.parametrize("broken", ["a file for a folder", "entries for folders", "garbage", "a link to nowhere"])
def test_a_broken_cache_stops_no_run(folder: Path, broken: str) -> None:
    cache = folder.parent / "cache"
    whole = run(folder).dataset.fingerprint()
    if broken == "a file for a folder":
        shutil.rmtree(cache)
        cache.write_text("")
    elif broken == "a link to nowhere":
        shutil.rmtree(cache)
        cache.symlink_to("/proc/nowhere/cache")
    for entry in list(cache.rglob("*.json")):
        if broken == "garbage":
            entry.write_bytes(b"\xff\0[")
        elif broken == "entries for folders":
            entry.unlink()
            (entry / "x").mkdir(parents=True)
    report = run(folder)
    assert report.dataset.fingerprint() == whole
    assert report.from_cache == 0
    assert (report.cache_problem is None) == (broken == "garbage")


def test_a_split_selects_the_files_and_assigns_them(folder: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.csv"
    split.write_text("file,split\nmore/d.mid,test\na.mid,train\ntempo.mid,valid\n", encoding="utf-8")
    report = run(folder, split_file=split)
    assert [(piece.name, piece.split) for piece in report.dataset.pieces] == [
        ("a.mid", "train"),
        ("more/d.mid", "test"),
    ]
    assert report.skipped == (FileReport("tempo.mid", "no notes in it"),)


def test_a_list_of_test_pieces_alone_is_a_data_set(folder: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.csv"
    split.write_text("file,split\na.mid,test\n", encoding="utf-8")
    assert [(piece.name, piece.split) for piece in run(folder, split_file=split).dataset.pieces] == [("a.mid", "test")]


def test_a_split_that_does_not_fit_the_folder_is_an_error(folder: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.csv"
    split.write_text("file,split\na.mid,train\nd.mid,valid\n", encoding="utf-8")
    with pytest.raises(
        TrainingError, match=r"lacks 1 of the 2 files that the split lists: d\.mid; names are paths from"
    ):
        run(folder, split_file=split)
    split.write_text("file,split\nbad.mid,train\na.mid,valid\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="none of the files that the split gives to training can be used"):
        run(folder, split_file=split)


def test_no_usable_file_is_an_error_with_the_main_reason(tmp_path: Path) -> None:
    (tmp_path / "midi").mkdir()
    for i in range(3):
        (tmp_path / "midi" / f"{i}.mid").write_bytes(b"<html>" + bytes([i]))
    (tmp_path / "midi" / "x.mid").write_bytes(b"")
    message = r"none of the 4 MIDI files can be used; the most frequent reason \(3 of them\): an HTML page"
    with pytest.raises(TrainingError, match=message):
        run(tmp_path / "midi")
    assert not (tmp_path / "data").exists()


def test_an_unwritable_folder_is_refused_before_reading(folder: Path) -> None:
    (folder.parent / "data").write_text("")
    with pytest.raises(TrainingError, match="data is a file; --out needs a folder, which need not exist yet"):
        run(folder)


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    """Readings come from a cache made for it, as music21 would need minutes."""
    peaks, store = [], Cache(tmp_path / "cache", parser_id("chords"))
    (tmp_path / "midi").mkdir()
    for count in (10, 60):
        for i in range(count):
            path = tmp_path / "midi" / f"{i}.mid"
            path.write_bytes(b"%d" % i)
            store.put(sha256_of(path), Reading(("C4", "E4", "G4", "0.4.7") * 5_000))
        tracemalloc.start()
        assert len(run(tmp_path / "midi").dataset.ids) == count * 20_000
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # The tokens of a file alone take 160 kB.
    assert peaks[1] - peaks[0] < 50 * 10_000


@pytest.fixture(scope="module")
def odd_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """Read all odd files with a limit of 1 s: most take a hundredth of that, two would never end."""
    path = tmp_path_factory.mktemp("odd")
    shutil.copytree(ODD, path / "midi")
    return run(path / "midi", timeout_s=1.0, jobs=2), path / "cache"


def _names(report: Report) -> set[str]:
    """Return the names of the files that were read."""
    return {piece.name for piece in report.dataset.pieces}


def test_no_odd_file_stops_the_run(odd_run: tuple[Report, Path]) -> None:
    report, _ = odd_run
    assert len(report.skipped) + len(report.dataset.pieces) == len(list(ODD.glob("*.mid")))
    reasons = {file.name: file.reason for file in report.skipped} | dict.fromkeys(_names(report))
    expected = {
        "ok-chords": None,
        "delta-max-0fffffff": "took longer than 1 s to read",
        "vlq-5-bytes": "a damaged MIDI file (a number has more than four bytes); open it in a DAW and save it anew",
        "division-0": "a damaged MIDI file (a beat lasts no time in it); open it in a DAW and save it anew",
        "tracks-says-5-has-1": None,
        "format-2-three-songs": None,
        "truncated-mid-event": None,
        "trailing-garbage": None,
        "text-1-mib": None,
        "riff-rmid-container": None,
    }
    assert {name: reasons[f"{name}.mid"] for name in expected} == expected


def test_reasons_that_a_retry_may_cure_are_not_cached(odd_run: tuple[Report, Path]) -> None:
    cache = Cache(odd_run[1], parser_id("chords"))
    known = cache.get(sha256_of(ODD / "division-0.mid"))
    assert known is not None
    assert known.reason == "a damaged MIDI file (a beat lasts no time in it); open it in a DAW and save it anew"
    assert cache.get(sha256_of(ODD / "delta-max-0fffffff.mid")) is None


@pytest.mark.corpora
def test_third_party_files_that_break_parsers_are_survived(tmp_path: Path) -> None:
    if not (CORPORA / "odd-midi" / "nfroidure").is_dir():
        pytest.skip("the corpora do not lie beside the repository")
    shutil.copytree(CORPORA / "odd-midi" / "nfroidure", tmp_path / "midi")
    report = run(tmp_path / "midi", timeout_s=5.0)
    assert {"MIDIOkFormat0.mid", "MIDIOkFormat1.mid", "MIDIOkFormat1-lyrics.mid"} <= _names(report)
    assert "MIDIBadHeaderChunk.mid" not in _names(report)


@pytest.mark.corpora
def test_the_figures_of_the_classic_recipe(tmp_path: Path) -> None:
    midi_dir = CORPORA / "mutopia-pd-classical"
    if not midi_dir.is_dir():
        pytest.skip("the corpora do not lie beside the repository")
    split = ROOT / "training" / "splits" / "mutopia-pd-classical-recipe.csv"
    report = prepare(midi_dir, tmp_path / "data", corpus=CORPUS, split_file=split, cache=tmp_path / "cache")
    assert report.skipped == ()
    assert len(report.dataset.pieces) == 120
    assert (len(report.dataset.ids), len(report.dataset.vocabulary)) == (65_804, 358)
    again = prepare(midi_dir, tmp_path / "again", corpus=CORPUS, split_file=split, cache=tmp_path / "cache")
    assert again.from_cache == 120
    assert again.dataset.fingerprint() == report.dataset.fingerprint()
    assert again.dataset.pieces == report.dataset.pieces
