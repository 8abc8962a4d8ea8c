"""Computes an LSTM layer over a whole segment in TensorFlow, faster on a processor than `keras.layers.LSTM`.

Keras multiplies the input of each step by the kernel, and adds to the gradients of both kernels at each step. Here the
inputs of a segment take one product before the loop, and each gradient takes one after the backward loop; the loops
keep only the product with the recurrent kernel. Gates and cell state are computed in float32, whatever the number type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

Tensor = Any
Gradients = Callable[..., tuple[Tensor, ...]]
Saved = tuple[Tensor, ...]
"""The values of a forward step that its backward step reads; see `_step`."""


def runs_on_processor() -> bool:
    """Return True if TensorFlow has no GPU, where Keras would call cuDNN."""
    return not tf.config.list_physical_devices("GPU")


def segment_lstm(
    inputs: Tensor, hidden: Tensor, cell: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the outputs `(lanes, time, units)` and the hidden and cell state after the last step.

    `inputs` are `(lanes, time, features)`, with a known number of lanes; the weights are those of Keras, whose gates
    have the order input, forget, candidate, output. All have one number type.
    """
    # A custom gradient refuses variables as arguments, which Keras passes in float32.
    tensors = (tf.convert_to_tensor(weights) for weights in (kernel, recurrent, bias))
    return _with_gradients(inputs, hidden, cell, *tensors)  # type: ignore[no-any-return]


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _with_gradients(
    inputs: Tensor, hidden: Tensor, cell: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor
) -> tuple[tuple[Tensor, Tensor, Tensor], Gradients]:
    """Return the result of `segment_lstm`, and the function that computes the gradients."""
    dtype, lanes, features, units = inputs.dtype, inputs.shape[0], inputs.shape[2], recurrent.shape[0]
    # sigmoid(x) is (tanh(x / 2) + 1) / 2, so that one tanh serves all four gates: their columns are halved beforehand,
    # which is exact in binary numbers. Likewise a quarter of 1 - tanh(x / 2) ** 2 is the derivative of the sigmoid.
    half, quarter = _gate_factors(0.5, units, dtype), _gate_factors(0.25, units, dtype)
    rows = tf.reshape(tf.transpose(inputs, (1, 0, 2)), (-1, features))
    from_inputs = tf.nn.bias_add(tf.matmul(rows, kernel * half), bias * half)
    from_inputs = tf.reshape(from_inputs, (-1, lanes, 4 * units))
    sequence, last_hidden, last_cell, saved = _forward(from_inputs, hidden, tf.cast(cell, tf.float32), recurrent * half)

    def gradients(d_outputs: Tensor, d_hidden: Tensor, d_cell: Tensor) -> tuple[Tensor, ...]:
        transposed = tf.transpose(recurrent * quarter)
        d_sequence = tf.transpose(d_outputs, (1, 0, 2))
        d_gates, d_hidden, d_cell = _backward(d_sequence, d_hidden, tf.cast(d_cell, tf.float32), transposed, saved)
        before = tf.reshape(tf.concat([hidden[None], sequence[:-1]], 0), (-1, units))
        d_rows = tf.reshape(tf.matmul(d_gates, kernel * quarter, transpose_b=True), (-1, lanes, features))
        ones = tf.ones((1, tf.shape(rows)[0]), dtype)
        return (
            tf.transpose(d_rows, (1, 0, 2)),
            d_hidden,
            tf.cast(d_cell, dtype),
            tf.matmul(rows, d_gates, transpose_a=True) * quarter,
            tf.matmul(before, d_gates, transpose_a=True) * quarter,
            tf.matmul(ones, d_gates)[0] * quarter,
        )

    return (tf.transpose(sequence, (1, 0, 2)), last_hidden, tf.cast(last_cell, dtype)), gradients


def _gate_factors(sigmoid: float, units: int, dtype: tf.DType) -> Tensor:
    """Return a factor for each column of a kernel: `sigmoid`, or 1 for the candidate, whose activation is tanh."""
    return tf.constant([sigmoid] * (2 * units) + [1.0] * units + [sigmoid] * units, dtype)


def _forward(
    from_inputs: Tensor, hidden: Tensor, cell: Tensor, recurrent: Tensor
) -> tuple[Tensor, Tensor, Tensor, tuple[tf.TensorArray, ...]]:
    """Return the outputs `(time, lanes, units)`, the last hidden and cell state, and `Saved` of each step."""
    steps, (lanes, units), dtype = tf.shape(from_inputs)[0], cell.shape, hidden.dtype

    def body(
        step: Tensor, hidden: Tensor, cell: Tensor, outputs: tf.TensorArray, arrays: tuple[tf.TensorArray, ...]
    ) -> tuple[Any, ...]:
        gates = tf.cast(tf.matmul(hidden, recurrent) + from_inputs[step], tf.float32)
        hidden, cell, saved = _step(gates, cell)
        hidden = tf.cast(hidden, dtype)
        arrays = tuple(array.write(step, tensor) for array, tensor in zip(arrays, saved, strict=True))
        return step + 1, hidden, cell, outputs.write(step, hidden), arrays

    widths = (4 * units, *[units] * 6)
    arrays = tuple(tf.TensorArray(tf.float32, steps, element_shape=(lanes, width)) for width in widths)
    outputs = tf.TensorArray(dtype, steps, element_shape=(lanes, units))
    loop = tf.while_loop(lambda step, *_: step < steps, body, (0, hidden, cell, outputs, arrays))
    _, hidden, cell, outputs, arrays = loop
    return outputs.stack(), hidden, cell, arrays


def _step(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, Saved]:
    """Return the hidden and cell state after a step, and what `_step_gradients` needs of it."""
    activations = tf.tanh(gates)
    take, keep, candidate, give = tf.split(activations, 4, axis=1)
    take, keep, give = (0.5 * gate + 0.5 for gate in (take, keep, give))
    after = keep * cell + take * candidate
    squashed = tf.tanh(after)
    return give * squashed, after, (activations, take, keep, candidate, give, squashed, cell)


def _backward(
    d_sequence: Tensor, d_hidden: Tensor, d_cell: Tensor, transposed: Tensor, saved: tuple[tf.TensorArray, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the gates, `(time * lanes, 4 * units)`, and of the states before the first step."""
    steps, (lanes, units), dtype = tf.shape(d_sequence)[0], d_cell.shape, d_sequence.dtype

    def body(step: Tensor, d_hidden: Tensor, d_cell: Tensor, all_gates: tf.TensorArray) -> tuple[Tensor, ...]:
        d_hidden = tf.cast(d_hidden, tf.float32) + tf.cast(d_sequence[step], tf.float32)
        d_gates, d_cell = _step_gradients(d_hidden, d_cell, tuple(array.read(step) for array in saved))
        d_gates = tf.cast(d_gates, dtype)
        return step - 1, tf.matmul(d_gates, transposed), d_cell, all_gates.write(step, d_gates)

    all_gates = tf.TensorArray(dtype, steps, element_shape=(lanes, 4 * units))
    loop = tf.while_loop(lambda step, *_: step >= 0, body, (steps - 1, d_hidden, d_cell, all_gates))
    _, d_hidden, d_cell, all_gates = loop
    return tf.reshape(all_gates.stack(), (-1, 4 * units)), d_hidden, d_cell


def _step_gradients(d_hidden: Tensor, d_cell: Tensor, saved: Saved) -> tuple[Tensor, Tensor]:
    """Return the gradients of the gates, without the factors of `_gate_factors`, and of the cell state before."""
    activations, take, keep, candidate, give, squashed, cell = saved
    d_cell += tf.raw_ops.TanhGrad(y=squashed, dy=d_hidden * give)
    d_activations = tf.concat([d_cell * candidate, d_cell * cell, d_cell * take, d_hidden * squashed], axis=1)
    return tf.raw_ops.TanhGrad(y=activations, dy=d_activations), d_cell * keep
