"""Measures how fast music21 alone and `prepare` read a folder of MIDI files, cold and again.

    python -m benchmarks.prepare [--quick] [--json]

Each way runs in a process of its own on the same files, one after the other. Its time is that from the first file to
the last token (`prepare`: to the data set on disk), without the start of Python and the imports before it. The cold run
of `prepare` includes its child processes and their imports; plain music21 is already imported. Fails if the tokens
differ.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from benchmarks import command, fresh_process
from benchmarks.corpora import corpus
from benchmarks.figure import Figure
from benchmarks.startup import keeping_bytecode

FILES = 40


def measured(quick: bool) -> dict[str, Any]:
    """Measure on the first files of a corpus, by name."""
    return measure(corpus("mutopia-pd-classical"), 10 if quick else FILES)


def figures_of(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    name, plain = f"reading {result['files']} files into a data set in `chords`, the same tokens", "music21 alone"
    return (
        Figure(
            name=f"{name}, {result['processes']} processes",
            value=result["cold_s"],
            unit="s",
            peer=plain,
            peer_value=result["plain_s"],
            times=4,
            limit="music21 itself, which each of the processes has to import",
            telling=True,
        ),
        Figure(
            name=f"{name}, processor time",
            value=result["cold_cpu_s"],
            unit="s",
            peer=plain,
            peer_value=result["plain_cpu_s"],
        ),
        Figure(name="the same files again, from the cache", value=result["again_s"], unit="s"),
    )


def measure(midi: Path, count: int) -> dict[str, Any]:
    """Return seconds and ratios of the three ways on the first `count` files of a folder."""
    from training.data.corpus import find_midi
    from training.data.parsing import music21_version
    from training.data.pool import default_jobs

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        files = [midi / path for path in find_midi(midi).values()][:count]
        for i, path in enumerate(files):
            shutil.copyfile(path, _created(work / "midi") / f"{i:04d}.mid")
        # The first of the ways compiles music21, before its time begins.
        environment = keeping_bytecode(work / "bytecode")
        plain, cold, again = (
            fresh_process.call(way, name, environment=environment) for way in (read_plainly, read, read)
        )
    if not plain["tokens"] == cold["tokens"] == again["tokens"]:
        sys.exit("the tokens differ between plain music21 and prepare")
    return {
        "files": len(files),
        "data_points": plain["data_points"],
        "music21": music21_version(),
        "processes": default_jobs(),
        "plain_s": round(plain["seconds"], 3),
        "plain_cpu_s": round(plain["cpu_seconds"], 3),
        "cold_cpu_s": round(cold["cpu_seconds"], 3),
        "cold_s": round(cold["seconds"], 3),
        "again_s": round(again["seconds"], 4),
        "same_tokens": True,
    }


def _created(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def read_plainly(work: str) -> dict[str, Any]:
    """Run the classic recipe's loop over music21, file by file, without duplicate files and files without tokens."""
    import music21

    from training.data.parsing import score_tokens

    warnings.simplefilter("ignore")
    tokens: dict[str, list[str]] = {}
    start = time.perf_counter()
    for path in sorted((Path(work) / "midi").iterdir()):
        data = path.read_bytes()
        score: Any = music21.converter.parseData(data, format="midi")
        tokens.setdefault(hashlib.sha256(data).hexdigest(), score_tokens(score))
    return _summary(time.perf_counter() - start, [piece for piece in tokens.values() if piece])


def read(work: str) -> dict[str, Any]:
    """Run `prepare`, which finds in the cache what it has read before."""
    from training.data.dataset import Corpus
    from training.data.prepare import prepare

    start = time.perf_counter()
    folder = Path(work)
    described = Corpus("benchmark", "not stated")
    report = prepare(folder / "midi", folder / "data", corpus=described, cache=folder / "cache")
    seconds = time.perf_counter() - start
    dataset = report.dataset
    return _summary(seconds, [dataset.vocabulary.decode(dataset.ids_of(piece)) for piece in dataset.pieces])


def _summary(seconds: float, pieces: list[list[str]]) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(pieces).encode()).hexdigest()
    # CPU time includes that of the child processes, and excludes other programs on the machine.
    cpu_seconds = sum(os.times()[:4])
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "tokens": digest,
        "data_points": sum(len(piece) for piece in pieces),
    }


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
