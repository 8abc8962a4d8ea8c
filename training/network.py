"""The network in Keras, and its weights to and from the names of the model file. Free of backend calls."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import NORM_EPSILON, Architecture
from training.data.recall import readings

Tensors = dict[str, NDArray[np.float32]]
Shape = tuple[int | None, ...]


class CarriedLSTM(keras.layers.LSTM):  # type: ignore[misc]
    """A stateful LSTM layer that counts the state it carries among its variables.

    Keras (3.15) hides that state from itself. Then no checkpoint holds it, and on JAX, where a step hands back the
    variables it knows of, the state is zero again at every batch, without a word.
    """

    def build(self, sequences_shape: Shape, initial_state_shape: Shape | None = None) -> None:
        """Make the weights and the state; Keras tracks variables that become attributes while a layer is built."""
        super().build(sequences_shape, initial_state_shape)
        self.carried = list(self.states)


def build(
    architecture: Architecture, dropout: float = 0.0, routes: int | None = None, precision: str = "float32"
) -> keras.Model:
    """Three (or `layers`) LSTM layers between an input and logits; the softmax is in the loss.

    `window` networks read `window` ids a row and give `(batch, classes)`; `carried` ones read any number of ids
    and give `(batch, time, classes)`. Ids come as `inputs_of` has them. With `routes`, the batch size is fixed and
    each row keeps its state from one call to the next. `dropout` is applied to what enters every layer but the
    first `index` one, never inside the recurrence (Zaremba et al. 2014). With `precision` bfloat16 all layers but
    the last compute in it, on weights kept in float32.
    """
    dtype = "mixed_bfloat16" if precision == "bfloat16" else precision
    every_step = architecture.mode == "carried"
    time = None if every_step else architecture.window
    if architecture.input == "embedding":
        recalls = architecture.recall_from is not None
        inputs = keras.Input((time, 3) if recalls else (time,), batch_size=routes, dtype="int32")
        # Keras' default of +-0.05 is so faint after three layers that 400 updates learned nothing but the
        # frequencies of the classes. Each table needs an initializer of its own: one alone gives all of them the same
        # rows, so that an id that was read and one that is recalled could not be told apart at first.
        looks = [
            keras.layers.Embedding(
                *architecture.tensor_shapes()[name],
                keras.initializers.RandomNormal(stddev=1.0),
                name=name,
                dtype=dtype,
            )
            for name in ("embedding", "recall", "recall_length")[: 3 if recalls else 1]
        ]
        x = looks[0](inputs[:, :, 0] if recalls else inputs)
        for column, look in enumerate(looks[1:], start=1):
            x += look(inputs[:, :, column])
    else:
        inputs = keras.Input((time, 1), batch_size=routes)
        x = inputs
    for layer in range(architecture.layers):
        sequences, name, below = every_step or layer < architecture.layers - 1, f"lstm{layer}", x
        if dropout and (layer or architecture.input == "embedding"):
            x = keras.layers.Dropout(dropout, dtype=dtype)(x)
        if routes is None:
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
    """What a model of this architecture reads for rows of ids, `(rows, time)`, each of them music from its beginning.

    The ids, with recall `(rows, time, 3)`; or `(rows, time, 1)` scalars in 0 to below 1.
    """
    if architecture.input == "embedding":
        return np.stack([readings(architecture, row) for row in ids])
    return ids.astype(np.float32)[..., None] / np.float32(architecture.classes)


def _weight_variables(model: keras.Model, architecture: Architecture) -> dict[str, keras.Variable]:
    """Keras' variable of every tensor name."""
    variables = {}
    for name in architecture.tensor_shapes():
        layer_name, _, part = name.partition(".")
        layer = model.get_layer(layer_name)
        if layer_name in {"embedding", "recall", "recall_length"}:
            variables[name] = layer.embeddings
        elif layer_name == "output" or layer_name.startswith("norm"):
            variables[name] = getattr(layer, part)
        else:
            cell = layer.cell
            variables[name] = {"kernel": cell.kernel, "recurrent": cell.recurrent_kernel, "bias": cell.bias}[part]
    return variables


def weights_of(model: keras.Model, architecture: Architecture) -> Tensors:
    """The weights of a model by the names of `Architecture.tensor_shapes`."""
    return {
        name: np.asarray(keras.ops.convert_to_numpy(variable), np.float32)
        for name, variable in _weight_variables(model, architecture).items()
    }


def set_weights(model: keras.Model, architecture: Architecture, tensors: Mapping[str, NDArray[np.floating]]) -> None:
    """Put weights into a model; the inverse of `weights_of`."""
    for name, variable in _weight_variables(model, architecture).items():
        variable.assign(np.asarray(tensors[name], np.float32))
