"""Builds the network in Keras and maps its weights to the names of the model file.

Calls no backend directly, except that TensorFlow on a processor has a faster layer in `segment_lstm`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import NORM_EPSILON, Architecture

from .data.recall import readings

Tensors = dict[str, NDArray[np.float32]]
Shape = tuple[int | None, ...]
Tensor = Any
"""A tensor of the backend."""


class CarriedLSTM(keras.layers.LSTM):  # type: ignore[misc]
    """Stateful LSTM layer that lists its carried state among its variables, and calls `segment_lstm` if it can.

    Keras (3.15) does not track that state. So checkpoints lack it, and on JAX, where a step returns only tracked
    variables, the state is silently reset to zero at every batch.
    """

    def build(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> None:
        """Create the weights and the state; Keras tracks variables that become attributes while a layer is built."""
        super().build(sequences_shape, initial_state_shape)
        self.carried = list(self.states)

    def inner_loop(
        self, sequences: Tensor, initial_state: list[Tensor], mask: Tensor | None, training: bool = False
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return the last output, all outputs and the last states."""
        if keras.backend.backend() == "tensorflow":
            from .segment_lstm import runs_on_processor, segment_lstm

            if runs_on_processor():
                hidden, cell = initial_state
                weights = (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
                outputs, hidden, cell = segment_lstm(sequences, hidden, cell, *weights)
                return outputs[:, -1], outputs, [hidden, cell]
        return super().inner_loop(sequences, initial_state, mask, training)  # type: ignore[no-any-return]


def build(
    architecture: Architecture, dropout: float = 0.0, streams: int | None = None, precision: str = "float32"
) -> keras.Model:
    """Build three (or `architecture.layers`) LSTM layers between input and logits; the softmax is in the loss.

    Networks of mode `window` read `window` ids per row and return `(batch, classes)`; those of mode `carried` read
    any number of ids and return `(batch, time, classes)`. `inputs_of` makes their inputs. With `streams`, the batch
    size is fixed and each row keeps its state from one call to the next. `dropout` applies to the input of every
    layer except the `index` input, never inside the recurrence (Zaremba et al. 2014). With `precision` bfloat16,
    all layers but the last compute in bfloat16 on float32 weights.
    """
    dtype = "mixed_bfloat16" if precision == "bfloat16" else precision
    every_step = architecture.mode == "carried"
    time = None if every_step else architecture.window
    if architecture.input == "embedding":
        remembered = architecture.remembered
        shape = (time, 1 + len(remembered)) if remembered else (time,)
        inputs = keras.Input(shape, batch_size=streams, dtype="int32")
        # With Keras' default of +-0.05 the signal is so weak after three layers that 400 updates learned only the
        # frequencies of the classes. Each table needs its own initializer: a shared one gives all tables the same
        # rows, so that at first the network could not distinguish an id from a recalled one.
        embeddings = [
            keras.layers.Embedding(
                *architecture.tensor_shapes()[name],
                keras.initializers.RandomNormal(stddev=1.0),
                name=name,
                dtype=dtype,
            )
            for name in ("embedding", *remembered)
        ]
        x = embeddings[0](inputs[:, :, 0] if remembered else inputs)
        for column, embedding in enumerate(embeddings[1:], start=1):
            x += embedding(inputs[:, :, column])
    else:
        inputs = keras.Input((time, 1), batch_size=streams)
        x = inputs
    for layer in range(architecture.layers):
        sequences, name, below = every_step or layer < architecture.layers - 1, f"lstm{layer}", x
        if dropout and (layer or architecture.input == "embedding"):
            x = keras.layers.Dropout(dropout, dtype=dtype)(x)
        if streams is None:
            x = keras.layers.LSTM(architecture.units, return_sequences=sequences, name=name, dtype=dtype)(x)
        else:
            x = CarriedLSTM(architecture.units, return_sequences=sequences, stateful=True, name=name, dtype=dtype)(x)
        if architecture.layer_norm:
            x = keras.layers.LayerNormalization(epsilon=NORM_EPSILON, name=f"norm{layer}", dtype=dtype)(x)
            if layer:
                x += below if sequences else below[:, -1]
    if dropout:
        x = keras.layers.Dropout(dropout, dtype=dtype)(x)
    return keras.Model(inputs, keras.layers.Dense(architecture.classes, name="output")(x))


def inputs_of(architecture: Architecture, ids: NDArray[np.integer]) -> NDArray[np.float32] | NDArray[np.int32]:
    """Return the model inputs for rows of ids, `(rows, time)`; each row begins at the start of a piece.

    For an embedding these are the ids, or with recall `(rows, time, columns)`; otherwise scalars in [0, 1),
    `(rows, time, 1)`.
    """
    if architecture.input == "embedding":
        return np.stack([readings(architecture, row) for row in ids])
    return ids.astype(np.float32)[..., None] / np.float32(architecture.classes)


def _weight_variables(model: keras.Model, architecture: Architecture) -> dict[str, keras.Variable]:
    """Map each tensor name to its Keras variable."""
    variables = {}
    for name in architecture.tensor_shapes():
        layer_name, _, part = name.partition(".")
        layer = model.get_layer(layer_name)
        if layer_name in {"embedding", *architecture.remembered}:
            variables[name] = layer.embeddings
        elif layer_name == "output" or layer_name.startswith("norm"):
            variables[name] = getattr(layer, part)
        else:
            cell = layer.cell
            variables[name] = {"kernel": cell.kernel, "recurrent": cell.recurrent_kernel, "bias": cell.bias}[part]
    return variables


def weights_of(model: keras.Model, architecture: Architecture) -> Tensors:
    """Return the weights of a model under the names of `Architecture.tensor_shapes`."""
    return {
        name: np.asarray(keras.ops.convert_to_numpy(variable), np.float32)
        for name, variable in _weight_variables(model, architecture).items()
    }


def set_weights(model: keras.Model, architecture: Architecture, tensors: Mapping[str, NDArray[np.floating]]) -> None:
    """Load weights into a model; the inverse of `weights_of`."""
    for name, variable in _weight_variables(model, architecture).items():
        variable.assign(np.asarray(tensors[name], np.float32))
