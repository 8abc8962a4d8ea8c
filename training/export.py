"""Exports a trained run as a model file, after checking that NumPy and Keras compute the same network."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from musicgen_live.errors import TrainingError
from musicgen_live.model.architecture import Architecture, Mode
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.card import ModelCard
from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import CarriedState, ExactWindow

from .checkpoint import load_weights
from .data.dataset import Corpus, Dataset
from .evaluation.evaluate import HELD_OUT, evaluate, held_out_split, with_metrics
from .evaluation.report import Evaluation
from .network import Tensors, build, inputs_of, set_weights
from .prompts import prompts_for
from .runs import NumberType, RunRecord, Weights, check_data, read_run

CHECK_STEPS = 100
ROUNDINGS = 1024
"""Allowed difference between NumPy and Keras, in units in the last place of the largest logit: they sum the same
float32 products in another order, over all layers and 100 steps. Half precision would differ by 8,192."""

_log = logging.getLogger(__name__)


def export(
    run: Path,
    dataset: Dataset,
    out: Path,
    *,
    weights: Weights = "best",
    dtype: NumberType = "float16",
    on_evaluation: Callable[[Evaluation], None] = lambda _: None,
) -> Bundle:
    """Write a run's weights as a model file, with prompts and metrics from its held-out pieces.

    First run the weights as stored in both NumPy and Keras; TrainingError, and no file, if they disagree. Then write
    the file, score the held-out pieces, which takes minutes, and write the file again with metrics. If no held-out
    piece is long enough to score, log a warning and leave the file without metrics.
    """
    record = read_run(run)
    check_data(run, record, dataset)
    architecture, tensors, epochs = load_weights(run / f"{weights}.safetensors")
    if architecture.classes != len(dataset.vocabulary):
        raise TrainingError(f"the weights in {run} are of another run; start anew in another folder")
    prompts, outlines = prompts_for(dataset, architecture.window)
    bundle = Bundle(
        encoding=dataset.encoding,
        vocabulary=dataset.vocabulary,
        architecture=architecture,
        card=_card(run, record, dataset, epochs),
        prompts=prompts,
        tensors=_rounded(tensors, dtype),
        outlines=outlines if architecture.reference else (),
    )
    check_against_keras(bundle)
    _save(bundle, out)
    measured = _with_held_out_metrics(bundle, dataset, on_evaluation)
    if measured is not bundle:
        _save(measured, out)
    return measured


def _save(bundle: Bundle, out: Path) -> None:
    try:
        bundle.save(out)
    except OSError as exc:
        raise TrainingError(f"the model file {out} cannot be written ({exc}); choose another --out") from exc


def _card(run: Path, record: RunRecord, dataset: Dataset, epochs: int) -> ModelCard:
    """Return the model card, without evaluation metrics."""
    corpora = [dataset.corpus]
    if base := record.base_card:
        # The weights of a fine-tuned model come from the base model's music too.
        corpora.append(Corpus(base.corpus, base.licence, base.credit))
    corpus = Corpus.joined(corpora)
    return ModelCard(
        recipe=record.options.recipe,
        epochs=epochs,
        corpus=corpus.name,
        licence=corpus.licence,
        credit=corpus.credit,
        music21_version=dataset.music21_version,
        metrics=_length_of(run),
    )


def _length_of(run: Path) -> dict[str, float]:
    """Return the number of epochs of a run as a figure for the card; none if its last weights are damaged."""
    try:
        return {"run_epochs": load_weights(run / "last.safetensors")[2]}
    except TrainingError:
        # The best weights are whole, and the model plays without this figure.
        return {}


def _with_held_out_metrics(bundle: Bundle, dataset: Dataset, on_evaluation: Callable[[Evaluation], None]) -> Bundle:
    """Return the bundle with metrics of the held-out pieces; if none can be scored, log why and return it unchanged."""
    if not dataset.of_split(*HELD_OUT):
        _log.warning("the model file carries no figures: all music was trained on; with more files some is held out")
        return bundle
    try:
        evaluation = evaluate(bundle, dataset, held_out_split(dataset, bundle.architecture.window))
    except TrainingError as error:
        _log.warning("the model file carries no figures: %s", error)
        return bundle
    on_evaluation(evaluation)
    return with_metrics(bundle, evaluation)


def _rounded(tensors: Tensors, dtype: NumberType) -> dict[str, NDArray[np.floating]]:
    largest = float(np.max([np.abs(tensor).max() for tensor in tensors.values()]))
    # Not "largest > limit": NaN must be refused as well.
    if not largest <= float(np.finfo(dtype).max):
        raise TrainingError(
            f"the largest weight is {largest}, which {dtype} cannot hold: the training has diverged; "
            "train again with a lower --learning-rate"
        )
    return {name: tensor.astype(dtype) for name, tensor in tensors.items()}


def check_against_keras(bundle: Bundle) -> None:
    """Raise TrainingError unless NumPy and Keras give the same logits over 100 steps, in both modes.

    NumPy continues the first prompt with its own argmax, and Keras then reads that output. Logits that agree imply the
    same argmax, so Keras alone would have produced the same output, except where two logits are equal within rounding.
    """
    mode: Mode
    for mode in get_args(Mode):
        architecture = replace(bundle.architecture, mode=mode)
        ids, ours = _continued(architecture, bundle)
        theirs = _keras_logits(architecture, bundle, ids)
        # Float32 errors grow with the size of the numbers: after 100 epochs logits reach 30 and more.
        tolerance = ROUNDINGS * float(np.finfo(np.float32).eps) * max(1.0, float(np.abs(theirs).max()))
        difference = float(np.abs(ours - theirs).max())
        argmax = "the same argmax" if (ours.argmax(axis=1) == theirs.argmax(axis=1)).all() else "another argmax"
        # Not "difference > limit": NaN must be refused as well.
        if not difference <= tolerance:
            raise TrainingError(
                f"NumPy and Keras disagree on this network in the mode {mode}: logits differ by up to {difference:.2g} "
                f"({tolerance:.2g} is allowed), {argmax} over {CHECK_STEPS} steps; no file was written. "
                "Please report this together with the run folder"
            )


def _continued(architecture: Architecture, bundle: Bundle) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the first prompt continued by NumPy's argmax, and NumPy's logits at the last `CHECK_STEPS` positions.

    Each of these positions has a whole window of ids before it.
    """
    network = Network(architecture, bundle.tensors)
    reader = ExactWindow(network) if architecture.mode == "window" else CarriedState(network)
    ids = list(bundle.prompts[0])
    length = max(len(ids), architecture.window) + CHECK_STEPS - 1
    logits = [reader.step(token_id) for token_id in ids]
    while len(ids) < length:
        ids.append(int(logits[-1].argmax()))
        logits.append(reader.step(ids[-1]))
    return np.array(ids), np.stack(logits[-CHECK_STEPS:])


def _keras_logits(architecture: Architecture, bundle: Bundle, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return Keras' logits at the last `CHECK_STEPS` positions of `ids`, shape `(CHECK_STEPS, classes)`."""
    read: NDArray[Any] = inputs_of(architecture, ids[None])
    if architecture.mode == "window":
        ends = range(len(ids) - CHECK_STEPS + 1, len(ids) + 1)
        read = np.stack([read[0, end - architecture.window : end] for end in ends])
    model = build(architecture)
    set_weights(model, architecture, bundle.tensors)
    logits = np.asarray(model.predict_on_batch(read), np.float32)
    return logits[0, -CHECK_STEPS:] if architecture.mode == "carried" else logits
