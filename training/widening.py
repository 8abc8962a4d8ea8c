"""Makes a larger network that computes the same as a smaller one, so that training goes on from what that has learnt.

The method is Net2WiderNet (Chen, Goodfellow & Shlens 2016): every unit stands twice or more, and what reads it divides
its weight among the copies. The shares are drawn at random, so that the copies learn different things.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from musicgen_live.model.architecture import Architecture

Tensors = dict[str, NDArray[np.float32]]

_EVENNESS = 0.25
"""Added to random numbers from 0 to 1, of which the shares of a weight are made: of two copies, none gets less than a
sixth."""


def widened(
    tensors: Mapping[str, NDArray[np.floating]], before: Architecture, after: Architecture, seed: int = 0
) -> Tensors:
    """Return the tensors of the architecture `after`, whose logits equal those of `before` within rounding.

    `after` has a whole multiple of the units, at least as wide an embedding, and perhaps a reference, which changes
    nothing at first; the rest is the same. ValueError otherwise.
    """
    copies, rest = divmod(after.units, before.units)
    same = ("classes", "input", "mode", "layers", "recall_from", "layer_norm")
    if rest or after.embedding < before.embedding or any(getattr(before, n) != getattr(after, n) for n in same):
        raise ValueError(
            f"a network of {before.units} units and {before.embedding} numbers an embedding cannot become one of "
            f"{after.units} and {after.embedding}: the units must be a whole multiple, and the rest the same"
        )
    rng = np.random.default_rng(seed)
    wide: Tensors = {}
    for name, shape in after.tensor_shapes().items():
        if name in ("embedding", *after.remembered):
            wide[name] = _wider_table(tensors.get(name), shape, before.embedding, rng)
            continue
        tensor = np.asarray(tensors[name], np.float32)
        part = name.partition(".")[2]
        if name.startswith("lstm"):
            tensor = _repeated_gates(tensor, copies)
        elif name.startswith("norm"):
            tensor = np.tile(tensor, copies)
        if name == "lstm0.kernel":
            added = np.zeros((after.input_width - before.input_width, tensor.shape[1]), np.float32)
            tensor = np.concatenate([tensor, added])
        elif part in ("kernel", "recurrent"):
            tensor = _shared_out(tensor, copies, rng)
        wide[name] = tensor
    return wide


def _wider_table(
    table: NDArray[np.floating] | None, shape: tuple[int, ...], width: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return an embedding with more columns, of random numbers, which the first kernel does not read yet."""
    wide = rng.standard_normal(shape).astype(np.float32)
    wide[:, :width] = 0 if table is None else table
    return wide


def _repeated_gates(tensor: NDArray[np.float32], copies: int) -> NDArray[np.float32]:
    """Repeat the columns of each of the four gates."""
    gates = np.split(tensor, 4, axis=-1)
    return np.concatenate([np.tile(gate, (1,) * (gate.ndim - 1) + (copies,)) for gate in gates], axis=-1)


def _shared_out(tensor: NDArray[np.float32], copies: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Repeat the rows, and divide each weight among them."""
    shares = _EVENNESS + rng.random((copies, *tensor.shape))
    shares /= shares.sum(axis=0)
    return np.concatenate([(tensor * share).astype(np.float32) for share in shares])
