"""The architecture of a network, which training builds in Keras and the live side runs in NumPy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from musicgen_live.model.recall import LENGTH_CLASSES

InputKind = Literal["index", "embedding"]
Mode = Literal["window", "carried"]

NORM_EPSILON = 1e-3
"""The constant that layer normalisation adds to the variance, as in Keras."""

LONGEST_WINDOW = 10_000
"""A limit, because the weights do not limit the window, and a damaged number must not claim all memory."""


@dataclass(frozen=True)
class Architecture:
    """A stack of LSTM layers between an input and a softmax over the classes.

    `input` is the input of the first layer: `index`, the id divided by the number of classes (the recipe's
    normalised scalar), or `embedding`, a learned vector of `embedding` numbers per id.
    `mode` is the way it was trained and must be run: `window`, the last `window` ids from a zero state for every
    prediction, or `carried`, one step per id with the state kept.
    With `recall_from`, the first layer also sees the id that followed the most recent earlier occurrence of the latest
    ids (`Recall`): embeddings of the recalled id and of the length class, `embedding` numbers each, are added. Ids
    below `recall_from` are not remembered.
    With `layer_norm`, the output of a layer to the next is normalised over its units, scaled and shifted (Ba, Kiros &
    Hinton 2016), and from the second layer on the layer's input is added; the recurrent state is not normalised.
    """

    classes: int
    units: int
    input: InputKind
    mode: Mode
    layers: int = 3
    embedding: int = 0
    window: int = 100
    recall_from: int | None = None
    layer_norm: bool = False

    def __post_init__(self) -> None:
        for name in ("classes", "units", "layers", "window"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is {value!r}; a whole number from 1 is needed")
        if self.window > LONGEST_WINDOW:
            raise ValueError(f"window is {self.window}; at most {LONGEST_WINDOW} can be run")
        if self.input not in get_args(InputKind):
            raise ValueError(f"input is {self.input!r}; known are {', '.join(get_args(InputKind))}")
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode is {self.mode!r}; known are {', '.join(get_args(Mode))}")
        if not isinstance(self.embedding, int) or (self.embedding > 0) != (self.input == "embedding"):
            raise ValueError(f"embedding is {self.embedding!r} with input {self.input!r}")
        first = self.recall_from
        if first is not None and not (isinstance(first, int) and 0 <= first < self.classes and self.embedding):
            raise ValueError(f"recall_from is {first!r} with {self.classes} classes and input {self.input!r}")
        if not isinstance(self.layer_norm, bool):
            raise ValueError(f"layer_norm is {self.layer_norm!r}; true or false is needed")

    @property
    def input_width(self) -> int:
        """The number of inputs of the first layer at a step."""
        return self.embedding if self.input == "embedding" else 1

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight, in a fixed order, with the gates in Keras' order (i, f, c, o)."""
        shapes: dict[str, tuple[int, ...]] = {}
        if self.input == "embedding":
            shapes["embedding"] = (self.classes, self.embedding)
        if self.recall_from is not None:
            shapes["recall"] = (self.classes + 1, self.embedding)
            shapes["recall_length"] = (LENGTH_CLASSES, self.embedding)
        width = self.input_width
        for layer in range(self.layers):
            shapes[f"lstm{layer}.kernel"] = (width, 4 * self.units)
            shapes[f"lstm{layer}.recurrent"] = (self.units, 4 * self.units)
            shapes[f"lstm{layer}.bias"] = (4 * self.units,)
            if self.layer_norm:
                shapes[f"norm{layer}.gamma"] = shapes[f"norm{layer}.beta"] = (self.units,)
            width = self.units
        shapes["output.kernel"] = (self.units, self.classes)
        shapes["output.bias"] = (self.classes,)
        return shapes

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as stored in a model file and in a run folder."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Architecture:
        """Return the architecture that `to_json` made these values of; ValueError or TypeError on others."""
        return cls(**values)
