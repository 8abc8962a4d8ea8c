"""Measures the peak memory of each step of training at several sizes of the data set.

    python -m benchmarks.memory [--quick] [--json] [--only prepare batches mix evaluate fit]

The pieces are cut from a prepared corpus, and transposed, so that no two are alike. `prepare` takes their readings from
a cache made for it: it measures the parent process, not music21. `batches` makes the first batch of an epoch with 64
lanes, and 20 more. `evaluate` scores a network with random weights beside n-grams. `fit` trains a network of 3x16 units
for an epoch with 64 lanes, only on its first batches, but makes all of them, and scores the held-out pieces.

Every measurement runs in a process of its own. `own_mb` is the largest amount of memory seen that the process alone
had; `all_mb` counts the pages of files too, which the system takes back when it needs memory. `--quick` measures two
small sizes.
"""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import command, fresh_process
from benchmarks.corpora import SPLITS, corpus
from benchmarks.cut_pieces import make
from benchmarks.figure import Figure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZES = {
    "prepare": (400, (250, 1000, 4000)),
    "batches": (1000, (1000, 16000)),
    "mix": (400, (250, 1000, 4000)),
    "evaluate": (400, (250, 1000, 4000)),
    "fit": (1000, (1000, 16000)),
}
"""The tokens of a piece, about, and the numbers of pieces."""
QUICK_SIZES = (400, (25, 100))
CORPUS, QUICK_CORPUS = "openscore-lieder-more", "mutopia-pd-ragtime"
LANES = 64
FIT_STEPS = 150
"""Batches that `fit` trains on, as many at each size: TensorFlow takes some more memory with each of the first
hundreds."""


def measured(quick: bool, steps: Sequence[str] = tuple(SIZES)) -> dict[str, list[dict[str, float]]]:
    """Measure steps at all of their sizes."""
    results: dict[str, list[dict[str, float]]] = {step: [] for step in steps}
    sizes = {step: QUICK_SIZES if quick else SIZES[step] for step in steps}
    with tempfile.TemporaryDirectory() as name:
        data = _prepared(QUICK_CORPUS if quick else CORPUS, Path(name))
        for length, counts in sorted(set(sizes.values())):
            for count in counts:
                work = Path(name) / f"{length}-{count}"
                work.mkdir()
                tokens = make(data, work, count, length)
                for step in (step for step in steps if sizes[step] == (length, counts)):
                    found = fresh_process.call(measure, step, str(work))
                    results[step].append({"pieces": count, "tokens": tokens, **found})
    return results


def _prepared(name: str, work: Path) -> Path:
    """Read a corpus into a data set in bars, and return its folder."""
    from training.data.dataset import Corpus
    from training.data.prepare import prepare

    described, split = Corpus(name, "see its folder"), SPLITS / f"{name}.csv"
    prepare(corpus(name), work / "data", corpus=described, split_file=split, encoding="bars", cache=work / "cache")
    return work / "data"


def figures_of(result: Mapping[str, Sequence[Mapping[str, float]]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(
        Figure(row=f"`{step}`, {row['pieces']:,} pieces", name=name, value=row[key], unit=unit)
        for step, rows in result.items()
        for row in rows
        for key, name, unit in (("tokens", "tokens", ""), ("own_mb", "memory of the process alone", "MB"))
    )


def measure(step: str, folder: str) -> dict[str, float]:
    """Run a step in this process; return its seconds and the peak of its memory."""
    run = {"prepare": _prepare, "batches": _batches, "mix": _mix, "evaluate": _evaluate, "fit": _fit}[step]
    work = Path(folder)
    peak_kb, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peak_kb[0] = max(peak_kb[0], _status("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started_s, cpu_s = time.perf_counter(), time.process_time()
    figures = run(work)
    seconds, cpu_seconds = time.perf_counter() - started_s, time.process_time() - cpu_s
    done.set()
    watcher.join()
    figures |= {"seconds": round(seconds, 1), "cpu_seconds": round(cpu_seconds, 1)}
    return figures | {"own_mb": round(peak_kb[0] / 1024, 1), "all_mb": round(_status("VmHWM") / 1024, 1)}


def _status(name: str) -> int:
    """Return a figure of this process in kB, as Linux gives it."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(rf"{name}:\s*(\d+)", text)
    return int(found[1]) if found else 0


def _prepare(work: Path) -> dict[str, float]:
    from training.data.dataset import Corpus
    from training.data.prepare import prepare

    calls: list[float] = []
    started_s = time.perf_counter()
    on_file: Callable[[int, int], None] = lambda _done, _total: calls.append(time.perf_counter())  # noqa: E731
    prepare(
        work / "midi", work / "out", corpus=Corpus("x", "x"), encoding="bars", cache=work / "cache", on_file=on_file
    )
    return {"first_file_s": round(calls[1] - started_s, 2)}


def _batches(work: Path) -> dict[str, float]:
    from training.data.dataset import Dataset
    from training.recipes import RECIPES, options_for

    dataset = Dataset.load(work / "data")
    dataset.fingerprint()
    options = options_for("stream", dataset, batch_size=LANES)
    started_s = time.process_time()
    batches = RECIPES["stream"].batches(dataset, options, 0, 0)
    next(batches)
    first_s = time.process_time() - started_s
    for _ in zip(range(20), batches, strict=False):
        pass
    return {"first_batch_cpu_s": round(first_s, 2)}


def _mix(work: Path) -> dict[str, float]:
    from training.data.dataset import Dataset
    from training.data.mix import mix

    mix([Dataset.load(work / "data")], [2.0], work / "mixed")
    return {}


def _evaluate(work: Path) -> dict[str, float]:
    from tests.support.bar_datasets import bars_bundle
    from training.data.dataset import Dataset
    from training.evaluation.evaluate import predictions

    predictions(bars_bundle(), Dataset.load(work / "data"), "test")
    return {}


def _fit(work: Path) -> dict[str, float]:
    from training.data.dataset import Dataset
    from training.recipes import options_for
    from training.tf_log import import_keras

    import_keras()
    from training.fit import fit
    from training.trainer import Trainer

    class FewSteps(Trainer):
        taken = 0

        def train(self, x: NDArray[Any], y: NDArray[np.int32]) -> tuple[float, float, int]:
            self.taken += 1
            return super().train(x, y) if self.taken <= FIT_STEPS else (0.0, 0.0, y.size)

    dataset = Dataset.load(work / "data")
    options = options_for("stream", dataset, batch_size=LANES, units=16, epochs=1)
    reached_mb: list[float] = []
    fit(
        dataset,
        work / "run",
        options,
        make_trainer=FewSteps,
        on_step=lambda report: reached_mb.append(_status("RssAnon") / 1024) if report.step == FIT_STEPS else None,
    )
    return {"after_training_mb": round(reached_mb[0], 1)}


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--only", choices=SIZES, nargs="+", default=list(SIZES), help="the steps to measure")
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.only), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
