"""Turns a folder of MIDI files into a data set on disk: finds, reads (or takes from the cache), splits and writes.

Ignored without a report:

- files with other suffixes (`corpus.find_midi`)
- files that the split list does not name (`prepare._chosen`)

Skipped with a reason:

- no ordinary file, too large, or not to be opened (`corpus.contents`)
- the same content as an earlier file (`prepare._Reading`)
- not MIDI, damaged, or no notes (`file_reader.read_tracks`)
- only drums (`rewriting.rewritten`)
- 100 bars of silence, in bar encodings (`midi_scores._refuse_silence`)
- errors of music21, or out of memory in it (`parsing.read_file`)
- the time limit, or a crash of the child process (`pool`)
- on a cluster, the death of every worker that read it (`cluster`)
- another content than a moment before (`prepare._reading`)

Read in part, with a remark:

- damaged tracks, and all songs but one of format 2 (`file_reader.read_tracks`)
- drums (`rewriting.rewritten`)
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.files import is_file
from musicgen_live.encodings import BAR_ENCODINGS, VOCABULARIES
from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS
from musicgen_live.errors import TrainingError
from musicgen_live.midi.file_type import UnreadableError

from ..files import check_folder
from .cache import Cache, default_cache_folder
from .cluster import Cluster, FileToRead, KilledWorkers, Task, read_on_cluster
from .corpus import contents, find_midi, path_in, size_of
from .dataset import Corpus, Dataset, Piece
from .labels import with_header
from .parsing import Reading, file_reader, music21_version, parser_id, warm_up
from .pool import DEFAULT_TIMEOUT_S, Crashed, Done, Outcome, default_jobs, run_in_children
from .split import Listed, known_styles, read_split, split_by_content
from .spool import Spool

DEFAULT_STYLE = "own"


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file that is not in the data set, or not as a whole."""

    name: str
    reason: str | None = None
    """The reason for skipping it, to print after its name."""
    remarks: tuple[str, ...] = ()
    """The parts that were left out of a file that was read, such as drums or a damaged track."""


@dataclass(frozen=True)
class Report:
    """The written data set, and the files that are not in it as a whole, sorted by name."""

    dataset: Dataset
    skipped: tuple[FileReport, ...]
    read_in_part: tuple[FileReport, ...]
    from_cache: int
    """Number of files whose reading came from the cache."""
    cache_problem: str | None = None
    """The reason if not every reading could be stored in the cache."""


@dataclass(slots=True)
class _File:
    """A file of the folder, and what became of it."""

    name: str
    path: str
    """From the folder of MIDI files."""
    sha256: str = ""
    tokens: int = 0
    place: int | None = None
    """The place of its ids in the spool, if it can be used."""
    reason: str | None = None
    remarks: tuple[str, ...] = ()

    def report(self) -> FileReport:
        """Return what became of the file."""
        return FileReport(self.name, self.reason, self.remarks)


def _ignore_progress(_done: int, _total: int) -> None:
    pass


def prepare(  # noqa: PLR0913 (a flag each)
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
    cluster: Cluster | None = None,
    on_file: Callable[[int, int], None] = _ignore_progress,
) -> Report:
    """Read every MIDI file under `midi_dir` (or those listed in `split_file`) and write the data set to `out`.

    In encodings with control tokens every piece begins with a header; its style is that of the split file, else
    `style`, else `own`. Reading uses `jobs` child processes (default: one per core) with a limit of `timeout_s` per
    file, and calls `on_file(done, total)` after each file. With a `cluster` its workers read, each task with `jobs`
    child processes (default: one); the data set is the same. TrainingError if no file is usable, or none for training.
    """
    read = file_reader(encoding)
    _check_style(encoding, style)
    if not timeout_s > 0:
        raise TrainingError(f"the time limit is {timeout_s} s a file; it must be above 0")
    if is_file(out):
        raise TrainingError(f"{out} is a file; --out needs a folder, which need not exist yet")
    listed = read_split(split_file) if split_file else None
    files = _files(midi_dir, listed)
    check_folder(out, "--out")
    store = Cache(cache or default_cache_folder(), parser_id(encoding))
    with Spool(out, VOCABULARIES.get(encoding)) as spool:
        reading = _Reading(
            midi_dir, files, store, spool, on_file, lambda file: _style_of(file, listed, encoding, style)
        )
        outcomes: Generator[Outcome | KilledWorkers]
        if cluster is None:
            paths = map(reading.path_of, reading.unread())
            outcomes = run_in_children(read, paths, jobs=jobs or default_jobs(), timeout_s=timeout_s, warm_up=warm_up)
        else:
            task = Task(read, warm_up, partial(parser_id, encoding), jobs or 1, timeout_s)
            to_read = (
                FileToRead(str(Path(reading.path_of(file)).absolute()), file.sha256) for file in reading.unread()
            )
            outcomes = read_on_cluster(cluster, task, to_read)
        # After Ctrl-C or an error in the loop, `closing` kills the children, or cancels the tasks, at once.
        with closing(outcomes):
            for outcome in outcomes:
                reading.take(outcome, timeout_s)
        skipped = tuple(file.report() for file in files if file.reason is not None)
        in_part = tuple(file.report() for file in files if file.remarks)
        dataset = _dataset(files, listed, encoding, corpus, spool, out)
    return Report(dataset, skipped, in_part, reading.from_cache, reading.cache_problem)


def _files(midi_dir: Path, listed: dict[str, Listed] | None) -> list[_File]:
    """Return the chosen files, by name."""
    chosen = _chosen(find_midi(midi_dir), listed, midi_dir)
    return [_File(name, path) for name, path in chosen.items()]


def _chosen(found: dict[str, str], listed: dict[str, Listed] | None, midi_dir: Path) -> dict[str, str]:
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


class _Reading:
    """Reads files one after the other, and keeps of each what the report says; its ids go to the spool at once."""

    def __init__(
        self,
        folder: Path,
        files: Sequence[_File],
        store: Cache,
        spool: Spool,
        on_file: Callable[[int, int], None],
        style_of: Callable[[_File], str | None],
    ) -> None:
        self.from_cache = 0
        self.cache_problem: str | None = None
        self._folder, self._files, self._store, self._spool, self._style_of = folder, files, store, spool, style_of
        self._on_file, self._done = on_file, 0
        self._sent, self._numbers = dict[int, _File](), count()

    def path_of(self, file: _File) -> str:
        """Return the path of a file, from the current folder."""
        return path_in(self._folder, file.path)

    def unread(self) -> Iterator[_File]:
        """Yield the files to read in child processes, and settle all others on the way.

        Largest first: if the largest file came last, all processes but one would wait for it. Of equal files, which
        have the same size, the first by name is read.
        """
        self._on_file(0, len(self._files))
        first: dict[str, str] = {}
        for file in sorted(self._files, key=lambda file: -size_of(self.path_of(file))):
            try:
                file.sha256 = hashlib.sha256(contents(self.path_of(file))).hexdigest()
            except UnreadableError as error:
                self._settle(file, Reading(reason=str(error), is_cacheable=False))
                continue
            if (original := first.setdefault(file.sha256, file.name)) != file.name:
                self._settle(file, Reading(reason=f"the same file as {original}", is_cacheable=False))
                continue
            if known := self._store.get(file.sha256):
                self.from_cache += 1
                self._settle(file, known)
                continue
            self._sent[next(self._numbers)] = file
            yield file

    def take(self, outcome: Outcome | KilledWorkers, timeout_s: float) -> None:
        """Take the outcome of a file that was sent to a child process, or to a cluster."""
        file = self._sent.pop(outcome.index)
        reading = _reading(outcome, timeout_s, file.sha256)
        self.cache_problem = self._store.put(file.sha256, reading) or self.cache_problem
        self._settle(file, reading)

    def _settle(self, file: _File, reading: Reading) -> None:
        file.reason, file.remarks, file.tokens = reading.reason, reading.remarks, len(reading.tokens)
        if reading.reason is None:
            numbers: NDArray[np.integer] = self._spool.numbers_of(reading.tokens)
            if style := self._style_of(file):
                numbers = with_header(style, numbers.astype(np.uint16))
            file.place = self._spool.append(numbers)
        self._done += 1
        self._on_file(self._done, len(self._files))


def _style_of(file: _File, listed: dict[str, Listed] | None, encoding: str, style: str | None) -> str | None:
    """Return the style in the header of a file; None in encodings without headers."""
    if encoding not in BAR_ENCODINGS:
        return None
    return (listed[file.name].style if listed else None) or style or DEFAULT_STYLE


def _reading(outcome: Outcome | KilledWorkers, timeout_s: float, sha256: str) -> Reading:
    """Return the reading of a file that had this hash when it was sent."""
    if isinstance(outcome, Done):
        if outcome.value["sha256"] not in ("", sha256):
            return Reading(reason="it changed while the files were read; prepare again", is_cacheable=False)
        return Reading.from_json(outcome.value)
    if isinstance(outcome, Crashed):
        how = f"killed by signal {-outcome.exit_code}" if outcome.exit_code < 0 else f"exit code {outcome.exit_code}"
        return Reading(reason=f"reading it crashed ({how}); perhaps memory ran out", is_cacheable=False)
    if isinstance(outcome, KilledWorkers):
        return Reading(reason="every worker that read it was killed; perhaps memory ran out", is_cacheable=False)
    return Reading(reason=f"took longer than {timeout_s:g} s to read", is_cacheable=False)


def _check_style(encoding: str, style: str | None) -> None:
    if style is not None and encoding not in BAR_ENCODINGS:
        raise TrainingError(f"the encoding {encoding} has no control tokens, so the style {style!r} cannot be said")
    if style is not None and style not in CONTROL_TOKENS["style"]:
        raise TrainingError(f"there is no style {style!r}; {known_styles()}")


def _dataset(
    files: list[_File], listed: dict[str, Listed] | None, encoding: str, corpus: Corpus, spool: Spool, out: Path
) -> Dataset:
    """Write the ids of all files that can be used, by name, as a data set, and return it memory-mapped.

    The list of the files is empty then: each makes room for its piece, as there may be a million.
    """
    used = {file.sha256: file.tokens for file in files if file.place is not None}
    if not used:
        reasons = Counter(file.reason for file in files)
        reason, count = reasons.most_common(1)[0]
        raise TrainingError(
            f"none of the {len(files)} MIDI files can be used; the most frequent reason ({count} of them): {reason}"
        )
    by_content = split_by_content(used)
    pieces: list[Piece] = []
    places, start = array("Q"), 0
    files.reverse()
    while files:
        file = files.pop()
        if file.place is not None:
            split = listed[file.name].split if listed else by_content[file.sha256]
            pieces.append(Piece(file.name, file.sha256, split, start, spool.length_of(file.place)))
            places.append(file.place)
            start += pieces[-1].length
    # A list of test pieces alone is music to measure a model with.
    asks_for_training = listed is None or any(entry.split == "train" for entry in listed.values())
    if asks_for_training and not any(piece.split == "train" for piece in pieces):
        raise TrainingError("none of the files that the split gives to training can be used; look at the others' list")
    empty = Dataset(encoding, spool.vocabulary(), corpus, music21_version(), tuple(pieces), np.zeros(0, np.uint16))
    return empty.write(out, spool.ids(places))
