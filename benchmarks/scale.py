"""Measures time and memory of training's commands at several sizes of the data set.

    python -m benchmarks.scale [--quick] [--json] [--midi DIR] [--only prepare fit export evaluate mix]

`prepare` reads as many MIDI files of a corpus as the smallest size says, evenly spread over their names: this is the
row "read anew". The pieces of all sizes are cut from these files to about 400 tokens and transposed, so that no two are
alike, and `prepare` finds their readings in a cache: music21 would need hours for the larger ones.

Every command runs in a process of its own. Processor time and memory include its child processes; `memory_mb` is the
largest amount seen that belongs to these processes alone, without the pages of files, which the system takes back when
it needs memory. `fit` trains `stream` with 64 streams, as by default from 500,000 tokens on, for one epoch. `export`
and `evaluate` need the run and the model of the commands before them. `--quick` leaves these three out, and measures
two small sizes. Linux only: it reads `/proc`.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import command, fresh_process
from benchmarks.corpora import corpus
from benchmarks.cut_pieces import make
from benchmarks.figure import Figure

TRAIN = (sys.executable, "-m", "training.cli.main")
COMMANDS = ("prepare", "fit", "export", "evaluate", "mix")
FILES, QUICK_FILES = (250, 1000, 4000), (10, 20)
TOKENS = 400
CORPUS, QUICK_CORPUS = "nifc-keyboard", "mutopia-pd-ragtime"
COLUMNS = {
    "tokens": ("tokens", ""),
    "wall_s": ("wall", "s"),
    "cpu_s": ("processor", "s"),
    "memory_mb": ("memory", "MB"),
    "first_s": ("first result", "s"),
}
SAMPLE_S = 0.05


def measured(quick: bool, midi: Path | None = None, commands: Sequence[str] = tuple(COMMANDS)) -> list[dict[str, Any]]:
    """Measure every command at every size."""
    folder = midi or corpus(QUICK_CORPUS if quick else CORPUS)
    sizes = QUICK_FILES if quick else FILES
    chosen = [each for each in commands if not quick or each in ("prepare", "mix")]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        rows = [_reading(folder, work, min(sizes))]
        for files in sizes:
            size = work / str(files)
            size.mkdir()
            tokens = make(work / "read", size, files, TOKENS)
            for each in chosen:
                rows.append({"files": files, "tokens": tokens, "command": each} | _measured(each, size))
                print(rows[-1], file=sys.stderr, flush=True)
            shutil.rmtree(size)
    return rows


def figures_of(result: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(figure for row in result for figure in _figures(row))


def _figures(row: Mapping[str, Any]) -> Iterator[Figure]:
    words = {"prepare": "`prepare`, from the cache", "prepare, read anew": "`prepare`, read anew"}
    name = f"{words.get(row['command'], '`' + row['command'] + '`')}, {row['files']:,} files"
    for key, (column, unit) in COLUMNS.items():
        if key in row:
            yield Figure(row=name, name=column, value=row[key], unit=unit)


def _reading(midi: Path, work: Path, count: int) -> dict[str, Any]:
    """Read `count` MIDI files with music21 into the data set `work/read`, and return the figures."""
    from training.data.corpus import find_midi
    from training.data.dataset import Dataset

    found = [midi / path for path in find_midi(midi).values()]
    chosen = found[:: max(1, len(found) // count)][:count]
    (work / "chosen").mkdir()
    for number, path in enumerate(chosen):
        shutil.copyfile(path, work / "chosen" / f"{number:06d}.mid")
    arguments = [str(work / "chosen"), "--out", str(work / "read"), "--cache", str(work / "new")]
    figures = _run([*TRAIN, "prepare", *arguments, "--encoding", "bars"], work / "read" / "dataset.json")
    tokens = len(Dataset.load(work / "read").ids)
    return {"files": len(chosen), "tokens": tokens, "command": "prepare, read anew"} | figures


def _measured(command: str, work: Path) -> dict[str, Any]:
    """Run a command on the data set in `work`, and return its figures."""
    data, run, model = str(work / "data"), str(work / "run"), str(work / "model.safetensors")
    prepared = ["--out", str(work / "prepared"), "--cache", str(work / "cache"), "--encoding", "bars"]
    commands = {
        "prepare": ([*TRAIN, "prepare", str(work / "midi"), *prepared], work / "prepared" / "dataset.json"),
        "fit": (fresh_process.command_of(fit_once, str(work)), work / "first-batch"),
        "export": ([*TRAIN, "export", run, "--out", model], Path(model)),
        "evaluate": ([*TRAIN, "evaluate", model, data, "--passages", "0"], None),
        "mix": ([*TRAIN, "mix", data, "--weight", "2", "--out", str(work / "mixed")], None),
    }
    return _run(*commands[command])


def fit_once(folder: str) -> None:
    """Train one epoch on the data set in a folder, and make the file `first-batch` behind the first batch."""
    from training.data.dataset import Dataset
    from training.recipes import options_for
    from training.tf_log import import_keras

    import_keras()
    from training.fit import StepReport, fit

    work = Path(folder)

    def on_step(report: StepReport) -> None:
        if report.step == 1:
            (work / "first-batch").touch()

    dataset = Dataset.load(work / "data")
    options = options_for("stream", dataset, batch_size=64, epochs=1)
    fit(dataset, work / "run", options, data_folder=work / "data", on_step=on_step)


def _run(command: list[str], first: Path | None) -> dict[str, Any]:
    """Run a command to its end, and return its seconds, its memory, and the seconds until the file `first` exists."""
    before, started_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    peak_kb, first_s = 0, None
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            peak_kb = max(peak_kb, sum(_own_kb(pid) for pid in _family(process.pid)))
            if first_s is None and first is not None and first.exists():
                first_s = time.perf_counter() - started_s
            time.sleep(SAMPLE_S)
        wall_s, after = time.perf_counter() - started_s, resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{output.read().decode(errors='replace')}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {"wall_s": round(wall_s, 1), "cpu_s": round(cpu_s, 1), "memory_mb": round(peak_kb / 1024)}
    return figures | ({} if first_s is None else {"first_s": round(first_s, 1)})


def _family(pid: int) -> list[int]:
    """Return the ids of a process and of its children, and of theirs."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (as quick as it gets, many times a second)
        text = " ".join(Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii") for task in tasks)
    except OSError:
        return []
    return [pid, *(each for child in text.split() for each in _family(int(child)))]


def _own_kb(pid: int) -> int:
    """Return the memory of a process alone in kB; 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"RssAnon:\s*(\d+)", text)
    return int(found[1]) if found else 0


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--midi", type=Path, metavar="DIR", help="a folder of MIDI files, in place of the corpus")
    parser.add_argument("--only", choices=COMMANDS, nargs="+", default=list(COMMANDS), help="the commands to measure")
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.midi, given.only), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
