"""How fast a step of generation is: Keras' `predict` against the NumPy runtime, same weights, in one run.

    python -m benchmarks.generate [--json] [--units 512] [--steps 200]

The recipe's own way costs one `predict` of a 100-step window a note. `exact window` gives the same result by windows in
flight, on all cores as Keras has them; `carried state` is one step of the network a note, on one core as `play` has it.
Each way runs in a process of its own. Prints a table, and one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from musicgen_live.model.architecture import Architecture

CLASSES = 358
WARM_UP = 5


class Timed(TypedDict):
    """What a way took at a step, and what it gave after the first 100 ids."""

    logits: list[float]
    ms: float


def median_step_ms(step: Callable[[int], object], steps: int) -> float:
    """Median time of a call in milliseconds, after some that do not count."""
    times_ms = []
    for i in range(WARM_UP + steps):
        start = time.perf_counter()
        step(i)
        times_ms.append(1000 * (time.perf_counter() - start))
    return statistics.median(times_ms[WARM_UP:])


def time_keras(weights: Path, units: int, steps: int) -> Timed:
    """Make random weights and save them; time `predict`; give the logits after the first 100 ids too."""
    import keras
    import numpy as np
    from safetensors.numpy import save_file

    from training.network import build, weights_of

    keras.utils.set_random_seed(0)
    model = build(_architecture(units))
    save_file(weights_of(model, _architecture(units)), weights)
    scalars = (np.array(_ids(steps)) / np.float32(CLASSES)).astype(np.float32)

    def predict(i: int) -> np.ndarray:
        logits: np.ndarray = model.predict(scalars[None, i : i + 100, None], verbose=0)[0]
        return logits

    return {"logits": predict(0).tolist(), "ms": median_step_ms(predict, steps)}


def time_numpy(weights: Path, units: int, steps: int, way: str) -> Timed:
    """Time a predictor of the live side; give its logits after the first 100 ids too."""
    from safetensors.numpy import load_file

    from musicgen_live.model.lstm import CarriedState, ExactWindow, Network, read_all

    network = Network(_architecture(units), load_file(weights))
    predictor = ExactWindow(network) if way == "window" else CarriedState(network)
    ids = _ids(steps)
    logits = read_all(predictor, ids[:100])
    return {"logits": logits.tolist(), "ms": median_step_ms(lambda i: predictor.step(ids[100 + i]), steps)}


def _architecture(units: int) -> Architecture:
    from musicgen_live.model.architecture import Architecture

    return Architecture(CLASSES, units, "index", "window")


def _ids(steps: int) -> list[int]:
    """The same ids in every process."""
    return [(i * i * 31 + i * 17) % CLASSES for i in range(100 + WARM_UP + steps)]


def run_way(way: str, weights: Path, units: int, steps: int) -> Timed:
    """Time one way in a fresh process."""
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
    if way == "carried":
        environment["OPENBLAS_NUM_THREADS"] = "1"
    command = [sys.executable, "-m", "benchmarks.generate", "--way", way, "--weights", str(weights)]
    command += ["--units", str(units), "--steps", str(steps)]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if output.returncode:
        raise SystemExit(output.stderr)
    result: Timed = json.loads(output.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--units", type=int, default=512)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--way", choices=("keras", "window", "carried"), help=argparse.SUPPRESS)
    parser.add_argument("--weights", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way == "keras":
        print(json.dumps(time_keras(given.weights, given.units, given.steps)))
        return
    if given.way:
        print(json.dumps(time_numpy(given.weights, given.units, given.steps, given.way)))
        return
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.safetensors"
        keras, window, carried = (
            run_way(way, weights, given.units, given.steps) for way in ("keras", "window", "carried")
        )
    result = {
        "units": given.units,
        "steps": given.steps,
        "predict_ms": keras["ms"],
        "window_ms": window["ms"],
        "carried_ms": carried["ms"],
        "ratio_window": keras["ms"] / window["ms"],
        "ratio_carried": keras["ms"] / carried["ms"],
        "largest_difference_of_logits": max(abs(a - b) for a, b in zip(keras["logits"], window["logits"], strict=True)),
    }
    if not given.json:
        print(f"3x{given.units} units, {given.steps} steps, median of a step:")
        print(f"  Keras predict, window of 100   {result['predict_ms']:8.2f} ms")
        print(f"  exact window, NumPy            {result['window_ms']:8.2f} ms   {result['ratio_window']:6.1f} x")
        print(f"  carried state, NumPy           {result['carried_ms']:8.2f} ms   {result['ratio_carried']:6.1f} x")
    print(json.dumps({name: round(value, 6) for name, value in result.items()}))


if __name__ == "__main__":
    main()
