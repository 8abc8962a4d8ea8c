"""Turns a folder of MIDI files into a data set on disk: finds, reads (or takes from the cache), splits and writes.

Ignored without a report:

- files with other suffixes (`corpus.find_midi`)
- files that the split list does not name (`prepare._chosen`)

Skipped with a reason:

- no ordinary file, too large, or not to be opened (`corpus.contents`)
- the same content as an earlier file (`prepare._read_from_cache`)
- not MIDI, damaged, or no notes (`file_reader.read_tracks`)
- only drums (`rewriting.rewritten`)
- 100 bars of silence, in bar encodings (`midi_scores._refuse_silence`)
- errors of music21, or out of memory in it (`parsing.read_file`)
- the time limit, or a crash of the child process (`pool`)
- another content than when the run began (`prepare._reading`)

Read in part, with a remark:

- damaged tracks, and all songs but one of format 2 (`file_reader.read_tracks`)
- drums (`rewriting.rewritten`)
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicgen_live.config.files import is_file
from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS
from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_type import UnreadableError
from training.data.cache import Cache, default_cache_folder
from training.data.corpus import contents, find_midi
from training.data.dataset import Corpus, Dataset
from training.data.labels import with_header
from training.data.parsing import Reading, file_reader, music21_version, parser_id, warm_up
from training.data.pool import DEFAULT_TIMEOUT_S, Crashed, Done, Outcome, default_jobs, run_in_children
from training.data.split import Listed, known_styles, read_split, split_by_content
from training.files import check_folder

DEFAULT_STYLE = "own"


@dataclass(frozen=True)
class FileReport:
    """Result for one file: the number of `tokens`, or the `reason` for skipping it, to print after its name."""

    name: str
    tokens: int = 0
    reason: str | None = None
    remarks: tuple[str, ...] = ()
    """The parts that were left out of a file that was read, such as drums or a damaged track."""


@dataclass(frozen=True)
class Report:
    """The written data set, and the result for every file, sorted by name."""

    dataset: Dataset
    files: tuple[FileReport, ...]
    from_cache: int
    """Number of files whose reading came from the cache."""
    cache_problem: str | None = None
    """The reason if not every reading could be stored in the cache."""

    @property
    def skipped(self) -> tuple[FileReport, ...]:
        """The files that were skipped."""
        return tuple(file for file in self.files if file.reason is not None)

    @property
    def read_in_part(self) -> tuple[FileReport, ...]:
        """The files that were read, but not all of them."""
        return tuple(file for file in self.files if file.remarks)


@dataclass
class _File:
    """State of a file during `prepare`."""

    name: str
    path: Path
    sha256: str = ""
    size_bytes: int = 0
    reading: Reading | None = None


def _ignore_progress(_done: int, _total: int) -> None:
    pass


def prepare(
    midi_dir: Path,
    out: Path,
    *,
    corpus: Corpus,
    split_file: Path | None = None,
    encoding: str = "chords",
    style: str | None = None,
    jobs: int | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    cache: Path | None = None,
    on_file: Callable[[int, int], None] = _ignore_progress,
) -> Report:
    """Read every MIDI file under `midi_dir` (or those listed in `split_file`) and write the data set to `out`.

    In encodings with control tokens every piece begins with a header; its style is that of the split file, else
    `style`, else `own`. Reading uses `jobs` child processes (default: one per core) with a limit of `timeout_s` per
    file, and calls `on_file(done, total)` after each file. TrainingError if no file is usable, or none for training.
    """
    read = file_reader(encoding)
    _check_style(encoding, style)
    if not timeout_s > 0:
        raise TrainingError(f"the time limit is {timeout_s} s a file; it must be above 0")
    if is_file(out):
        raise TrainingError(f"{out} is a file; --out needs a folder, which need not exist yet")
    listed = read_split(split_file) if split_file else None
    chosen = _chosen(find_midi(midi_dir), listed, midi_dir)
    check_folder(out, "--out")
    files = [_File(name, path) for name, path in chosen.items()]
    store = Cache(cache or default_cache_folder(), parser_id(encoding))
    from_cache = _read_from_cache(files, store)
    # Largest first: if the largest file came last, all processes but one would wait for it.
    unread = sorted((file for file in files if file.reading is None), key=lambda file: -file.size_bytes)
    on_file(len(files) - len(unread), len(files))
    cache_problem: str | None = None
    outcomes = run_in_children(
        read, [str(file.path) for file in unread], jobs=jobs or default_jobs(), timeout_s=timeout_s, warm_up=warm_up
    )
    # After Ctrl-C or an error in the loop, `closing` kills the children at once.
    with closing(outcomes):
        for done, outcome in enumerate(outcomes, len(files) - len(unread) + 1):
            file = unread[outcome.index]
            file.reading = _reading(outcome, timeout_s, file.sha256)
            cache_problem = store.put(file.sha256, file.reading) or cache_problem
            on_file(done, len(files))
    dataset = _dataset(files, listed, encoding, style or DEFAULT_STYLE, corpus)
    dataset.save(out)
    reports = tuple(FileReport(file.name, len(r.tokens), r.reason, r.remarks) for file, r in _readings(files))
    return Report(dataset, reports, from_cache, cache_problem)


def _chosen(found: dict[str, Path], listed: dict[str, Listed] | None, midi_dir: Path) -> dict[str, Path]:
    if listed is None:
        return found
    absent = [name for name in listed if name not in found]
    if absent:
        shown = ", ".join(absent[:5]) + (", ..." if len(absent) > 5 else "")
        raise TrainingError(
            f"{midi_dir} lacks {len(absent)} of the {len(listed)} files that the split lists: {shown}; "
            "names are paths from that folder, with /"
        )
    return {name: found[name] for name in found if name in listed}


def _read_from_cache(files: list[_File], store: Cache) -> int:
    """Set the readings of unreadable, duplicate and cached files; return the number of cached ones."""
    first: dict[str, str] = {}
    from_cache = 0
    for file in files:
        try:
            data = contents(file.path)
        except UnreadableError as error:
            file.reading = Reading(reason=str(error), is_cacheable=False)
            continue
        file.sha256, file.size_bytes = hashlib.sha256(data).hexdigest(), len(data)
        if (original := first.setdefault(file.sha256, file.name)) != file.name:
            file.reading = Reading(reason=f"the same file as {original}", is_cacheable=False)
            continue
        file.reading = store.get(file.sha256)
        from_cache += file.reading is not None
    return from_cache


def _reading(outcome: Outcome, timeout_s: float, sha256: str) -> Reading:
    """Return the reading of a file that had this hash when the run began."""
    if isinstance(outcome, Done):
        if outcome.value["sha256"] not in ("", sha256):
            return Reading(reason="it changed while the files were read; prepare again", is_cacheable=False)
        return Reading.from_json(outcome.value)
    if isinstance(outcome, Crashed):
        how = f"killed by signal {-outcome.exit_code}" if outcome.exit_code < 0 else f"exit code {outcome.exit_code}"
        return Reading(reason=f"reading it crashed ({how}); perhaps memory ran out", is_cacheable=False)
    return Reading(reason=f"took longer than {timeout_s:g} s to read", is_cacheable=False)


def _readings(files: list[_File]) -> Iterator[tuple[_File, Reading]]:
    for file in files:
        assert file.reading is not None
        yield file, file.reading


def _check_style(encoding: str, style: str | None) -> None:
    if style is not None and encoding not in BAR_ENCODINGS:
        raise TrainingError(f"the encoding {encoding} has no control tokens, so the style {style!r} cannot be said")
    if style is not None and style not in CONTROL_TOKENS["style"]:
        raise TrainingError(f"there is no style {style!r}; {known_styles()}")


def _dataset(
    files: list[_File], listed: dict[str, Listed] | None, encoding: str, style: str, corpus: Corpus
) -> Dataset:
    good = [(file, list(reading.tokens)) for file, reading in _readings(files) if reading.reason is None]
    if not good:
        reasons = Counter(reading.reason for _, reading in _readings(files))
        reason, count = reasons.most_common(1)[0]
        raise TrainingError(
            f"none of the {len(files)} MIDI files can be used; the most frequent reason ({count} of them): {reason}"
        )
    by_content = split_by_content({file.sha256: len(tokens) for file, tokens in good})
    pieces = []
    for file, tokens in good:
        entry = listed[file.name] if listed else Listed(by_content[file.sha256])
        pieces.append((file.name, file.sha256, entry.split, _with_header(encoding, entry.style or style, tokens)))
    # A list of test pieces alone is music to measure a model with.
    asks_for_training = listed is None or any(entry.split == "train" for entry in listed.values())
    if asks_for_training and not any(split == "train" for _, _, split, _ in pieces):
        raise TrainingError("none of the files that the split gives to training can be used; look at the others' list")
    return Dataset.of(encoding, corpus, music21_version(), pieces)


def _with_header(encoding: str, style: str, tokens: list[str]) -> list[str]:
    """Put the header before the tokens of a piece, if the encoding has control tokens."""
    if encoding not in BAR_ENCODINGS:
        return tokens
    vocabulary = bar_tokens.VOCABULARY
    return vocabulary.decode(with_header(style, np.array(vocabulary.encode(tokens), np.uint16)).tolist())
