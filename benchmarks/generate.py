"""Measures the time of a generation step: Keras' `predict` against the NumPy runtime, same weights, in one run.

    python -m benchmarks.generate [--json] [--units 512] [--steps 200]

The classic recipe needs one `predict` of a 100-step window per note. `exact window` gives the same result by windows in
flight, on all cores like Keras; `carried state` is one step of the network per note, on one core as in `play`. The
`token` rows are for a network with embedding and carried state, whose state Keras keeps too (a stateful model that
reads one id per `predict`). Each way runs in a process of its own. Prints a table, and one JSON line last.
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

WARM_UP = 5
READ_FIRST = 100
"""Ids to read before the timing; the script compares the logits after them."""

TOKEN_UNITS = 256


class Timed(TypedDict):
    """Time of a step in ms, and the logits after the first 100 ids."""

    logits: list[float]
    ms: float


def median_step_ms(step: Callable[[int], object], steps: int) -> float:
    """Return the median time of a call in milliseconds, after warm-up calls."""
    times_ms = []
    for i in range(WARM_UP + steps):
        start = time.perf_counter()
        step(i)
        times_ms.append(1000 * (time.perf_counter() - start))
    return statistics.median(times_ms[WARM_UP:])


def time_keras(weights: Path, architecture: Architecture, steps: int) -> Timed:
    """Save random weights, and return the time of `predict` and the logits after the first ids."""
    import keras
    import numpy as np
    from safetensors.numpy import save_file

    from training.network import build, inputs_of, weights_of

    keras.utils.set_random_seed(0)
    carried = architecture.mode == "carried"
    model = build(architecture, streams=1 if carried else None)
    save_file(weights_of(model, architecture), weights)
    inputs = inputs_of(architecture, np.array([_ids(architecture, steps)]))

    def predict(start: int, end: int) -> np.ndarray:
        logits: np.ndarray = model.predict(inputs[:, start:end], verbose=0)[0]
        return logits[-1] if carried else logits

    if not carried:
        logits = predict(0, READ_FIRST)
        ms = median_step_ms(lambda i: predict(i, i + READ_FIRST), steps)
    else:
        predict(0, READ_FIRST - 1)
        logits = predict(READ_FIRST - 1, READ_FIRST)
        ms = median_step_ms(lambda i: predict(READ_FIRST + i, READ_FIRST + i + 1), steps)
    return {"logits": logits.tolist(), "ms": ms}


def time_numpy(weights: Path, architecture: Architecture, steps: int, way: str) -> Timed:
    """Return the time of a step of a NumPy predictor, and its logits after the first ids."""
    from safetensors.numpy import load_file

    from musicgen_live.model.lstm import CarriedState, ExactWindow, Network, read_all

    network = Network(architecture, load_file(weights))
    predictor = ExactWindow(network) if way == "window" else CarriedState(network)
    ids = _ids(architecture, steps)
    logits = read_all(predictor, ids[:READ_FIRST])
    return {"logits": logits.tolist(), "ms": median_step_ms(lambda i: predictor.step(ids[READ_FIRST + i]), steps)}


def _architecture(network: str, units: int) -> Architecture:
    from musicgen_live.model.architecture import Architecture

    if network == "token":
        return Architecture(333, units, "embedding", "carried", embedding=128)
    return Architecture(358, units, "index", "window")


def _ids(architecture: Architecture, steps: int) -> list[int]:
    """Return ids, the same in every process."""
    return [(i * i * 31 + i * 17) % architecture.classes for i in range(READ_FIRST + WARM_UP + steps)]


def run_ways(network: str, ways: tuple[str, ...], units: int, steps: int) -> list[Timed]:
    """Time ways to run one network, each in a new process; Keras must come first, because it makes the weights."""
    timed: list[Timed] = []
    with tempfile.TemporaryDirectory() as folder:
        for way in ways:
            environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
            if way == "carried":
                environment["OPENBLAS_NUM_THREADS"] = "1"
            command = [sys.executable, "-m", "benchmarks.generate", "--network", network, "--way", way]
            command += ["--weights", str(Path(folder) / "weights.safetensors")]
            command += ["--units", str(units), "--steps", str(steps)]
            output = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if output.returncode:
                raise SystemExit(output.stderr)
            timed.append(json.loads(output.stdout.splitlines()[-1]))
    return timed


def _largest_difference(one: Timed, other: Timed) -> float:
    return max(abs(a - b) for a, b in zip(one["logits"], other["logits"], strict=True))


def measure(units: int, steps: int) -> dict[str, float]:
    """Time every way to run both networks."""
    keras, window, carried = run_ways("recipe", ("keras", "window", "carried"), units, steps)
    token_keras, token = run_ways("token", ("keras", "carried"), TOKEN_UNITS, steps)
    return {
        "units": units,
        "steps": steps,
        "predict_ms": keras["ms"],
        "window_ms": window["ms"],
        "carried_ms": carried["ms"],
        "ratio_window": keras["ms"] / window["ms"],
        "ratio_carried": keras["ms"] / carried["ms"],
        "largest_difference_of_logits": _largest_difference(keras, window),
        f"predict_token_{TOKEN_UNITS}_ms": token_keras["ms"],
        f"token_{TOKEN_UNITS}_ms": token["ms"],
        f"ratio_token_{TOKEN_UNITS}": token_keras["ms"] / token["ms"],
        f"largest_difference_of_logits_token_{TOKEN_UNITS}": _largest_difference(token_keras, token),
    }


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--units", type=int, default=512)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--network", choices=("recipe", "token"), help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=("keras", "window", "carried"), help=argparse.SUPPRESS)
    parser.add_argument("--weights", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        architecture = _architecture(given.network, given.units)
        if given.way == "keras":
            print(json.dumps(time_keras(given.weights, architecture, given.steps)))
        else:
            print(json.dumps(time_numpy(given.weights, architecture, given.steps, given.way)))
        return
    result = measure(given.units, given.steps)
    if not given.json:
        token_ms, token_ratio = result[f"token_{TOKEN_UNITS}_ms"], result[f"ratio_token_{TOKEN_UNITS}"]
        print(f"3x{given.units} units, {given.steps} steps, median of a step:")
        print(f"  Keras predict, window of 100   {result['predict_ms']:8.2f} ms")
        print(f"  exact window, NumPy            {result['window_ms']:8.2f} ms   {result['ratio_window']:6.1f} x")
        print(f"  carried state, NumPy           {result['carried_ms']:8.2f} ms   {result['ratio_carried']:6.1f} x")
        print(f"3x{TOKEN_UNITS} units, embedding of 128, state kept, {given.steps} steps, median of a step:")
        print(f"  Keras predict, one id          {result[f'predict_token_{TOKEN_UNITS}_ms']:8.2f} ms")
        print(f"  token, NumPy                   {token_ms:8.2f} ms   {token_ratio:6.1f} x")
    print(json.dumps({name: round(value, 6) for name, value in result.items()}))


if __name__ == "__main__":
    main()
