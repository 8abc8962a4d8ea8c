"""Measures how fast music21 alone and `prepare` read a folder of MIDI files, cold and again; one JSON line last.

    python -m benchmarks.prepare --json [--midi DIR] [--files 40]

Each way runs in a process of its own on the same files, one after the other. Its time is that from the first file to
the last token (`prepare`: to the data set on disk), without the start of Python and the imports before it. The cold run
of `prepare` includes its child processes and their imports; plain music21 is already imported. Fails if the tokens
differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, LeftOutError, print_figures
from benchmarks.startup import keeping_bytecode

ROOT = Path(__file__).resolve().parent.parent
FILES = 40
DEFAULT_MIDI = ROOT.parent / "shared" / "corpora" / "mutopia-pd-classical"


def main() -> None:
    """Parse the arguments, measure the three ways, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one line of JSON last")
    parser.add_argument("--midi", type=Path, default=DEFAULT_MIDI, metavar="DIR", help="folder with MIDI files")
    parser.add_argument("--files", type=int, default=FILES, metavar="N", help="how many of them, the first by name")
    parser.add_argument("--only", choices=("plain", "prepare"), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(_plain(given.midi) if given.only == "plain" else _prepare(given.midi, given.work)))
        return
    if not given.midi.is_dir():
        parser.error(f"there is no folder {given.midi}; give one that holds MIDI files with --midi DIR")
    result = measure(given.midi, given.files)
    print_figures(figures_of(result))
    if given.json:
        print(json.dumps(result))


def figures(quick: bool) -> tuple[Figure, ...]:
    """Measure, and return the figures."""
    if not DEFAULT_MIDI.is_dir():
        raise LeftOutError(f"MIDI files, in {DEFAULT_MIDI}")
    return figures_of(measure(DEFAULT_MIDI, 10 if quick else FILES))


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
        plain = _in_fresh_process("plain", work)
        cold = _in_fresh_process("prepare", work)
        again = _in_fresh_process("prepare", work)
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


def _in_fresh_process(way: str, work: Path) -> dict[str, Any]:
    arguments = ["--only", way, "--midi", str(work / "midi"), "--work", str(work)]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.prepare", *arguments],
        cwd=ROOT,
        # The first of the ways compiles music21, before its time begins.
        env=keeping_bytecode(work / "bytecode"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return result


def _plain(midi: Path) -> dict[str, Any]:
    """Run the classic recipe's loop over music21, file by file, without duplicate files and files without tokens."""
    import music21

    from training.data.parsing import score_tokens

    warnings.simplefilter("ignore")
    tokens: dict[str, list[str]] = {}
    start = time.perf_counter()
    for path in sorted(midi.iterdir()):
        data = path.read_bytes()
        score: Any = music21.converter.parseData(data, format="midi")
        tokens.setdefault(hashlib.sha256(data).hexdigest(), score_tokens(score))
    return _summary(time.perf_counter() - start, [piece for piece in tokens.values() if piece])


def _prepare(midi: Path, work: Path) -> dict[str, Any]:
    from training.data.dataset import Corpus
    from training.data.prepare import prepare

    start = time.perf_counter()
    report = prepare(midi, work / "data", corpus=Corpus("benchmark", "not stated"), cache=work / "cache")
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
    main()
