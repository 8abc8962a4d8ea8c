"""The faster LSTM layer beside that of Keras."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from musicgen_live.model.architecture import Architecture
from tests.support.networks import EMBEDDING_CARRIED, random_tensors
from training import segment_lstm
from training.network import build, set_weights, weights_of

LANES, FEATURES, UNITS = 4, 3, 5
NAMES = ("outputs", "hidden", "cell", "d inputs", "d hidden", "d cell", "d kernel", "d recurrent", "d bias")
Arrays = dict[str, NDArray[np.float32]]


def arguments(steps: int, dtype: str = "float32", draw: int = 0) -> list[tf.Tensor]:
    """Return inputs, states and weights so large that every gate is far from linear."""
    rng = np.random.default_rng([steps, draw])
    shapes = [(LANES, steps, FEATURES), (LANES, UNITS), (LANES, UNITS)]
    shapes += [(FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)]
    return [tf.constant(rng.normal(0, 0.8, shape), dtype) for shape in shapes]


def of_segment_lstm(tensors: list[tf.Tensor]) -> Arrays:
    return _results(segment_lstm.segment_lstm, tensors)


def of_keras(tensors: list[tf.Tensor]) -> Arrays:
    """Return the same from the cell of Keras, one step after the other."""

    def steps(inputs: tf.Tensor, hidden: tf.Tensor, cell: tf.Tensor, *weights: tf.Tensor) -> tuple[tf.Tensor, ...]:
        layer = keras.layers.LSTMCell(UNITS, dtype=inputs.dtype.name)
        layer.kernel, layer.recurrent_kernel, layer.bias = weights
        layer.built = True
        outputs = []
        for step in range(inputs.shape[1]):
            output, (hidden, cell) = layer.call(inputs[:, step], (hidden, cell))
            outputs.append(output)
        return tf.stack(outputs, 1), hidden, cell

    return _results(steps, tensors)


def _results(layer: object, tensors: list[tf.Tensor]) -> Arrays:
    """Return outputs, states, and the gradients of a sum that gives each of their numbers a weight of its own."""
    assert callable(layer)
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        results = layer(*tensors)
        rng = np.random.default_rng(1)
        factors = [tf.constant(rng.normal(size=tensor.shape), tensor.dtype) for tensor in results]
        total = tf.add_n([tf.reduce_sum(tensor * factor) for tensor, factor in zip(results, factors, strict=True)])
    found = [*results, *tape.gradient(total, tensors)]
    return {name: np.asarray(tf.cast(tensor, tf.float32)) for name, tensor in zip(NAMES, found, strict=True)}


@pytest.mark.parametrize("steps", [1, 2, 20])
def test_outputs_states_and_gradients_are_those_of_keras(steps: int) -> None:
    tensors = arguments(steps)
    ours, theirs = of_segment_lstm(tensors), of_keras(tensors)
    for name in NAMES:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=2e-5, atol=2e-5, err_msg=name)


def test_bfloat16_is_at_least_as_exact_as_keras() -> None:
    # Of one draw, rounding may favour either, and differently on each processor. Of 24, ours was half as far off.
    draws = [arguments(20, "bfloat16", draw) for draw in range(8)]
    exact = [of_keras([tf.cast(tensor, tf.float32) for tensor in tensors]) for tensors in draws]
    ours, theirs = [of_segment_lstm(tensors) for tensors in draws], [of_keras(tensors) for tensors in draws]
    for name in NAMES:
        assert _error(ours, exact, name) <= _error(theirs, exact, name), name


def _error(found: list[Arrays], exact: list[Arrays], name: str) -> float:
    """Return the root of the mean square of the differences in all draws."""
    pairs = zip(found, exact, strict=True)
    return float(np.sqrt(np.mean([np.square(one[name] - other[name]) for one, other in pairs])))


def test_a_segment_in_two_parts_is_the_whole_segment() -> None:
    inputs, hidden, cell, *weights = arguments(20)
    whole, *_ = segment_lstm.segment_lstm(inputs, hidden, cell, *weights)
    first, hidden, cell = segment_lstm.segment_lstm(inputs[:, :7], hidden, cell, *weights)
    second, *_ = segment_lstm.segment_lstm(inputs[:, 7:], hidden, cell, *weights)
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, atol=1e-6)


def test_a_graph_takes_segments_of_any_length() -> None:
    steps = tf.TensorSpec((LANES, None, FEATURES))
    inputs, *rest = arguments(20)
    graph = tf.function(lambda inputs: segment_lstm.segment_lstm(inputs, *rest)[0], input_signature=[steps])
    for length in (1, 20):
        expected, *_ = segment_lstm.segment_lstm(inputs[:, :length], *rest)
        np.testing.assert_allclose(graph(inputs[:, :length]), expected, atol=1e-6)


def trained(architecture: Architecture, dropout: float, precision: str) -> tuple[list[float], Arrays]:
    """Return the losses of eight training steps over a stream, and the weights after them."""
    keras.utils.set_random_seed(4)
    model = build(architecture, dropout, streams=3, precision=precision)
    set_weights(model, architecture, random_tensors(architecture))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2, global_clipnorm=1.0), loss)
    ids = np.random.default_rng(5).integers(0, architecture.classes, (8, 3, 6)).astype(np.int32)
    read = np.stack([ids, ids, ids % 3], -1) if architecture.recall_from is not None else ids
    losses = [float(np.ravel(model.train_on_batch(x, y))[0]) for x, y in zip(read, ids, strict=True)]
    return losses, weights_of(model, architecture)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_training_goes_as_with_the_layer_of_keras(
    layer_norm: bool, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    architecture = replace(EMBEDDING_CARRIED, recall_from=2, layer_norm=layer_norm)
    losses, weights = trained(architecture, 0.3, precision)
    monkeypatch.setattr(segment_lstm, "runs_on_processor", lambda: False)
    keras_losses, keras_weights = trained(architecture, 0.3, precision)
    assert np.ptp(losses) > 0.1
    np.testing.assert_allclose(losses, keras_losses, rtol=1e-5 if precision == "float32" else 0.02)
    if precision == "float32":
        for name, weight in keras_weights.items():
            np.testing.assert_allclose(weights[name], weight, atol=1e-3, err_msg=name)
