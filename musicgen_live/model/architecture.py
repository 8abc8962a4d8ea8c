"""The architecture of a network, which training builds in Keras and the live side runs in NumPy."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

InputKind = Literal["index", "embedding"]
Mode = Literal["window", "carried"]

NORM_EPSILON = 1e-3
"""The constant that layer normalisation adds to the variance, as in Keras."""

ORDERS = (2, 3, 4, 6, 8, 12, 16, 24)
"""The context lengths that recall looks up; the longest one that was read before is used."""
LENGTH_CLASSES = len(ORDERS) + 1
"""The number of length classes: 0 for no context found, else 1 plus the index of its length in `ORDERS`."""

RELATIONS = ("none", "new", "same", "varied", "transposed")
"""The relations of a bar to an earlier one, its reference, in the order of their classes. `none` says nothing."""

LONGEST_WINDOW = 10_000
"""A limit, because the weights do not limit the window, and a damaged number must not claim all memory."""

MOST = {"classes": 100_000, "units": 4096, "layers": 64, "window": LONGEST_WINDOW, "embedding": 4096}
"""The largest values, far above what can be trained and played in time."""
MOST_WEIGHTS = 100_000_000
"""400 MB in float32; three layers of 1,024 units have a quarter of it."""
MOST_WINDOW_STATES = 2_000_000
"""The largest product of window, layers and units: an exact window has three numbers for each, in each checkpoint."""


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
    With `intervals`, it also sees the same of `IntervalRecall`, which finds contexts in other transpositions.
    With `reference`, it sees the id that stood at the same place of an earlier bar, and the relation to that bar
    (`Reference`), by two more embeddings.
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
    reference: bool = False
    intervals: bool = False

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            value, least = getattr(self, name), 0 if name == "embedding" else 1
            if type(value) is not int or value < least:
                raise ValueError(f"{name} is {value!r:.60}; a whole number from {least} is needed")
            if value > most:
                raise ValueError(f"{name} is {value!r:.60}; at most {most} can be run")
        if self.input not in get_args(InputKind):
            raise ValueError(f"input is {self.input!r:.60}; known are {', '.join(get_args(InputKind))}")
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode is {self.mode!r:.60}; known are {', '.join(get_args(Mode))}")
        if (self.embedding > 0) != (self.input == "embedding"):
            raise ValueError(f"embedding is {self.embedding!r} with input {self.input!r}")
        first = self.recall_from
        if first is not None and not (type(first) is int and 0 <= first < self.classes and self.embedding):
            raise ValueError(f"recall_from is {first!r:.60} with {self.classes} classes and input {self.input!r}")
        for name in ("layer_norm", "reference", "intervals"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r:.60}; true or false is needed")
        if (self.reference or self.intervals) and first is None:
            raise ValueError("a reference, and recall by intervals, need recall too")
        if self.weights > MOST_WEIGHTS:
            raise ValueError(f"the network has {self.weights:,} weights; at most {MOST_WEIGHTS:,} can be run")
        states = self.window * self.layers * self.units
        if self.mode == "window" and states > MOST_WINDOW_STATES:
            raise ValueError(
                f"a window of {self.window} in {self.layers} layers of {self.units} units has {states:,} states; "
                f"at most {MOST_WINDOW_STATES:,} can be run"
            )

    @property
    def weights(self) -> int:
        """The number of weights."""
        return sum(math.prod(shape) for shape in self.tensor_shapes().values())

    @property
    def remembered(self) -> tuple[str, ...]:
        """The names of the embeddings added to that of the id, in the order of the columns of the input."""
        recall = ("recall", "recall_length") if self.recall_from is not None else ()
        intervals = ("interval_recall", "interval_length") if self.intervals else ()
        return (*recall, *intervals, *(("reference", "relation") if self.reference else ()))

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
        if self.intervals:
            shapes["interval_recall"] = (self.classes + 1, self.embedding)
            shapes["interval_length"] = (LENGTH_CLASSES, self.embedding)
        if self.reference:
            shapes["reference"] = (self.classes + 1, self.embedding)
            shapes["relation"] = (len(RELATIONS), self.embedding)
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
