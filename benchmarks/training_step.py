"""Measures a training step with our LSTM layer beside the one of Keras, in turns.

    python -m benchmarks.training_step [--quick] [--json]

Three layers, 64 streams, segments of 64, with recall, dropout and layer normalisation, as `stream` trains `piano`.
Measures tokens a second, by the clock and by processor time of one core. Other work on the machine slows the first, and
hardly the second, which says nothing about how well both cores are used.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks import command
from benchmarks.figure import Figure
from musicgen_live.model.architecture import Architecture
from training.tf_log import import_keras

STREAMS, SEGMENT, CLASSES = 64, 64, 450
SIZES = ((256, "float32"), (256, "bfloat16"), (512, "float32"), (512, "bfloat16"))
LAYERS = ("keras", "ours")


def measured(quick: bool) -> dict[str, dict[str, float]]:
    """Measure both layers at all sizes, in turns; the best turn of each counts."""
    import_keras()
    rounds, steps = (2, 1) if quick else (5, 3)
    return {f"3x{units}, {precision}": measure(units, precision, rounds, steps) for units, precision in SIZES}


def figures_of(results: dict[str, dict[str, float]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement: the time of a step, which is as many tokens at each size."""
    return tuple(
        Figure(
            name=f"processor time of a training step of {STREAMS * SEGMENT:,} tokens, {size}",
            value=STREAMS * SEGMENT / result["ours_tokens_per_cpu_s"],
            unit="s",
            peer="the same with `keras.layers.LSTM`",
            peer_value=STREAMS * SEGMENT / result["keras_tokens_per_cpu_s"],
        )
        for size, result in results.items()
    )


def measure(units: int, precision: str, rounds: int, steps: int) -> dict[str, float]:
    """Return tokens a second of both layers at their best."""
    trains = {layer: train_step(layer, units, precision) for layer in LAYERS}
    seconds: dict[str, list[tuple[float, float]]] = {layer: [] for layer in LAYERS}
    for _ in range(rounds):
        for layer, train in trains.items():
            seconds[layer].append(_timed(train, steps))
    best = {layer: np.min(times, axis=0) for layer, times in seconds.items()}
    tokens = steps * STREAMS * SEGMENT
    result = {f"{layer}_tokens_per_s": round(tokens / wall_s) for layer, (wall_s, _) in best.items()}
    result |= {f"{layer}_tokens_per_cpu_s": round(tokens / cpu_s) for layer, (_, cpu_s) in best.items()}
    return {name: float(value) for name, value in result.items()}


def train_step(layer: str, units: int, precision: str) -> Callable[[], None]:
    """Return a function that takes one training step; its graph is built."""
    import keras

    from training import segment_lstm
    from training.network import build

    ours = segment_lstm.runs_on_processor
    architecture = Architecture(CLASSES, units, "embedding", "carried", embedding=128, recall_from=10, layer_norm=True)
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, high, (STREAMS, SEGMENT)) for high in (CLASSES, CLASSES, 9)]
    x, y = np.stack(columns, -1).astype(np.int32), np.roll(columns[0], -1, 1).astype(np.int32)
    try:
        if layer == "keras":
            segment_lstm.runs_on_processor = lambda: False
        model = build(architecture, 0.2, STREAMS, precision)
        model.compile(
            keras.optimizers.Adam(1e-3, global_clipnorm=1.0),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy()],
            jit_compile=False,
        )
        for _ in range(2):
            model.train_on_batch(x, y)
    finally:
        segment_lstm.runs_on_processor = ours
    return lambda: model.train_on_batch(x, y)


def _timed(step: Callable[[], None], steps: int) -> tuple[float, float]:
    """Return the seconds of some steps, by the clock and by processor time."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for _ in range(steps):
        step()
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
