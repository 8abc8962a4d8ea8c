"""Measures a model: its predictions of held-out pieces beside those of n-grams, and how its argmax output repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from musicgen_live.errors import TrainingError
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.model.bundle import Bundle

from ..data.dataset import Dataset, Ids, Piece, Split
from ..data.token_kinds import is_kind
from ..data.transposition import possible_shifts, transpositions
from .adaptive_ngram import STATIC_ORDERS, AdaptiveNGram, kinds_of_ids
from .masks import Allowed
from .metrics import distinct_rate, longest_run, most_rounds
from .ngram import Distributions, NGram
from .report import GRAM, Evaluation, Match, Repetition
from .sample import Sample, drawn
from .scoring import Masks, Rows, Score, piece_rows, rows_of_probabilities, summarise

HELD_OUT: tuple[Split, ...] = ("test", "valid")
ARGMAX_STEPS, ARGMAX_PROMPTS = 200, 48
SEED = 0
"""The seed of recall dropout while a model continues its prompts."""
ORDERS = range(2, 10)
"""The orders of the n-grams that a model is compared with."""
MEMORY = 0
"""Stands for the n-gram with memory where n-grams are named by their order."""
NGRAM_TOKENS = 2_500_000
"""The n-grams learn from training pieces of at most that many tokens, in each key: 0.9 GB in twelve keys."""
SCORED_TOKENS = 1_500_000
"""At most that many tokens are scored, which takes some minutes."""
WARM_UP_IDS = 50_000
"""About this number of ids of validation pieces set the exponents of the n-gram with memory before it is scored."""


def evaluate(
    bundle: Bundle,
    dataset: Dataset,
    split: Split = "test",
    *,
    order: int | None = None,
    training: Dataset | None = None,
) -> Evaluation:
    """Score a model on the pieces of a split, as `predictions` does, and measure its argmax output."""
    found = predictions(bundle, dataset, split, order=order, training=training)
    prompts = argmax_prompts(len(bundle.prompts))
    return Evaluation(
        split=split,
        pieces=found.pieces,
        plain=found.match(),
        masked=found.match(masked=True) if bundle.encoding in BAR_ENCODINGS else None,
        by_style=found.by_style(),
        steps=ARGMAX_STEPS,
        prompts=len(prompts),
        pure_argmax=repetition(list(_continuations(bundle, prompts, "pure-argmax"))),
        argmax=repetition(list(_continuations(bundle, prompts, "argmax"))),
        scored=found.scored,
        learnt=found.learnt,
    )


def predictions(
    bundle: Bundle,
    dataset: Dataset,
    split: Split = "test",
    *,
    order: int | None = None,
    training: Dataset | None = None,
) -> Predictions:
    """Score the predictions of a model and of n-grams on the pieces of a split.

    The n-grams have the orders 2 to 9, or one `order` from 1; beside them is the n-gram with memory. They learn from
    the training pieces of the data set, or of `training`: in encodings that can be transposed, in every key in which
    the network may read them too. Without training pieces there are no n-grams to compare with. Of more music than
    `SCORED_TOKENS` and `NGRAM_TOKENS`, pieces are drawn at random. TrainingError if model and data set have different
    tokens, or no piece is long enough to score.
    """
    orders = ORDERS if order is None else range(order, order + 1)
    if orders[0] < 1:
        raise TrainingError(f"the order of the n-gram is {order}; it has to be at least 1")
    scored, pieces, skip = _scored_pieces(bundle, dataset, split)
    masks = [Allowed(bundle.encoding, piece, skip) for piece in pieces] if bundle.encoding in BAR_ENCODINGS else None
    rows = np.concatenate(piece_rows(bundle.network(), pieces, skip, masks))
    ngram_rows = {}
    source = training or dataset
    learnt = drawn(source.of_split("train"), NGRAM_TOKENS, SEED)
    if learnt.pieces:
        ngram = _ngram(bundle, source, learnt.pieces, max(orders[-1], *STATIC_ORDERS))
        warm_up = [] if split == "valid" and source is dataset else _warm_up(bundle, source, skip)
        ngram_rows = _ngram_rows(ngram, bundle.encoding, orders, _Queried(warm_up, pieces, skip, masks))
    return Predictions(bundle, pieces, skip, rows, ngram_rows, scored, learnt)


def network_score(bundle: Bundle, dataset: Dataset, split: Split) -> Score:
    """Score a model alone, on the tokens that `predictions` scores."""
    scored, pieces, skip = _scored_pieces(bundle, dataset, split)
    rows = np.concatenate(piece_rows(bundle.network(), pieces, skip))
    return Predictions(bundle, pieces, skip, rows, {}, scored, drawn([], NGRAM_TOKENS)).match().network


def _scored_pieces(bundle: Bundle, dataset: Dataset, split: Split) -> tuple[Sample, list[Ids], int]:
    """Return the pieces to score, the same as ids of the model, and how many ids of each are context alone."""
    in_model_ids, skip = translator(bundle, dataset), unscored(bundle)
    scored = drawn([piece for piece in dataset.of_split(split) if piece.length > skip], SCORED_TOKENS, SEED)
    pieces = [in_model_ids(dataset.ids_of(piece)) for piece in scored.pieces]
    if not pieces:
        raise TrainingError(
            f"no piece of the {split} pieces is longer than {skip} data points, so there is nothing to score: "
            "choose another --split, or prepare a data set with more or longer files"
        )
    return scored, pieces, skip


def unscored(bundle: Bundle) -> int:
    """Return the number of tokens at the beginning of a piece that are context alone.

    In bars, this is the style token; else the model's window.
    """
    return 1 if bundle.encoding in BAR_ENCODINGS else bundle.architecture.window


def held_out_split(dataset: Dataset, context: int) -> Split:
    """Return the test pieces, or the validation pieces if no test piece is longer than `context` tokens."""
    for split in HELD_OUT:
        if any(piece.length > context for piece in dataset.of_split(split)):
            return split
    return HELD_OUT[0]


def with_metrics(bundle: Bundle, evaluation: Evaluation) -> Bundle:
    """Return the same model with the figures of an evaluation on its card."""
    return replace(bundle, card=replace(bundle.card, metrics=bundle.card.metrics | evaluation.metrics()))


def repetition(outputs: Sequence[Sequence[int]]) -> Repetition:
    """Measure outputs of at least four ids each."""
    runs = [longest_run(output) for output in outputs]
    rates = [distinct_rate(output, GRAM) for output in outputs]
    rounds = max(most_rounds(output) for output in outputs)
    return Repetition(max(runs), float(np.mean(runs)), min(rates), float(np.mean(rates)), rounds)


def in_all_keys(encoding: str, pieces: Iterator[Ids]) -> Iterator[Ids]:
    """Yield every piece in every key in which `in_random_key` may return it; as it is in other encodings."""
    if encoding not in BAR_ENCODINGS:
        yield from pieces
        return
    for piece in pieces:
        for shift in possible_shifts(piece):
            yield transpositions()[shift][piece]


def translator(bundle: Bundle, dataset: Dataset) -> Callable[[Ids], Ids]:
    """Return a map of the data set's ids to the model's, by token; TrainingError if the model lacks some."""
    if bundle.encoding != dataset.encoding:
        raise TrainingError(
            f"the model speaks the encoding {bundle.encoding!r} and the data set {dataset.encoding!r}; "
            "evaluate it on a data set of its own encoding"
        )
    ids = bundle.vocabulary.ids
    unknown = [token for token in dataset.vocabulary.tokens if token not in ids]
    if unknown:
        raise TrainingError(
            f"{len(unknown)} of the data set's {len(dataset.vocabulary)} tokens are unknown to the model "
            f"({', '.join(unknown[:3])}{', ...' if len(unknown) > 3 else ''}): it was trained on another data set; "
            "evaluate it on its own, or train a model on this one"
        )
    if bundle.encoding in BAR_ENCODINGS and bundle.vocabulary != bar_tokens.VOCABULARY:
        raise TrainingError(
            f"the model's tokens are not those of the encoding {bundle.encoding!r} as this version knows it; "
            "train it again with this version"
        )
    table = np.array([ids[token] for token in dataset.vocabulary.tokens], np.uint16)
    return lambda piece: table[piece]


class Predictions:
    """The scores of a network and of n-grams on the same tokens: for all of them, or for those of a style."""

    def __init__(
        self,
        bundle: Bundle,
        pieces: Sequence[Ids],
        skip: int,
        rows: Rows,
        ngram_rows: dict[int, Rows],
        scored: Sample,
        learnt: Sample,
    ) -> None:
        self.pieces = len(pieces)
        self.scored, self.learnt = scored, learnt
        self._bundle = bundle
        self._rows, self._ngram_rows = rows, ngram_rows
        self._labels = np.concatenate([piece[skip:] for piece in pieces])
        self._styles = np.repeat([int(piece[0]) for piece in pieces], [len(piece) - skip for piece in pieces])

    def match(self, style: int | None = None, *, masked: bool = False) -> Match:
        """Return the scores of the tokens of a style, or of all; `masked`, among the tokens that the grammar allows."""
        chosen = np.ones(len(self._labels), np.bool_) if style is None else self._styles == style
        columns = slice(2, 4) if masked else slice(0, 2)
        notes = 0
        if self._bundle.encoding in BAR_ENCODINGS:
            notes = int(is_kind(self._labels[chosen], "pitch").sum())
        scores = {order: summarise(rows[chosen, columns], notes) for order, rows in self._ngram_rows.items()}
        return Match(
            summarise(self._rows[chosen, columns], notes),
            {order: score for order, score in scores.items() if order != MEMORY},
            scores.get(MEMORY),
        )

    def by_style(self) -> dict[str, Match]:
        """Return the scores for each style if the pieces have several."""
        styles = np.unique(self._styles)
        if self._bundle.encoding not in BAR_ENCODINGS or len(styles) < 2:
            return {}
        tokens = self._bundle.vocabulary.tokens
        return {tokens[style].removeprefix("style "): self.match(int(style)) for style in styles}


def _ngram(bundle: Bundle, training: Dataset, pieces: Sequence[Piece], order: int) -> NGram:
    """Return n-grams of training pieces."""
    in_model_ids = translator(bundle, training)
    in_keys = in_all_keys(bundle.encoding, (in_model_ids(training.ids_of(piece)) for piece in pieces))
    return NGram(in_keys, bundle.architecture.classes, order)


def _warm_up(bundle: Bundle, training: Dataset, skip: int) -> list[Ids]:
    """Return validation pieces of about `WARM_UP_IDS` ids, spread over all of them."""
    in_model_ids = translator(bundle, training)
    pieces = [piece for piece in training.of_split("valid") if piece.length > skip]
    every = max(1, round(sum(piece.length for piece in pieces) / WARM_UP_IDS))
    return [in_model_ids(training.ids_of(piece)) for piece in pieces[::every]]


@dataclass(frozen=True)
class _Queried:
    """Pieces to score after others that are only read, from the id number `skip` on of each."""

    warm_up: Sequence[Ids]
    pieces: Sequence[Ids]
    skip: int
    masks: Sequence[Masks] | None


def _ngram_rows(ngram: NGram, encoding: str, orders: range, queried: _Queried) -> dict[int, Rows]:
    """Return rows as `piece_rows` does for the network, of all pieces joined, for each order and for `MEMORY`."""
    skip, every_piece = queried.skip, [*queried.warm_up, *queried.pieces]
    warm_up = sum(len(piece) - skip for piece in queried.warm_up)
    labels = np.concatenate([piece[skip:] for piece in queried.pieces]).astype(np.int64)
    allowed = chain.from_iterable(queried.masks) if queried.masks else None
    rows = {order: np.zeros((len(labels), 2 if allowed is None else 4)) for order in (*orders, MEMORY)}
    skips = [skip] * len(every_piece)
    adaptive = AdaptiveNGram(every_piece, skips, kinds_of_ids(encoding, ngram.classes))
    statics: list[Distributions] = []

    masks: list[NDArray[np.bool_]] = []

    def score(order: int, run: slice, p: Distributions) -> None:
        scored = slice(max(run.start - warm_up, 0), max(run.stop - warm_up, 0))
        count = scored.stop - scored.start
        p = p[len(p) - count :]
        rows[order][scored, :2] = rows_of_probabilities(p, labels[scored])
        if allowed is not None and count:
            # Every order of a run has the same masks; they are made for one run at a time.
            masks.extend(islice(allowed, count - len(masks)))
            rows[order][scored, 2:] = rows_of_probabilities(p * np.stack(masks), labels[scored])

    for run, order, p in ngram.chunks(every_piece, skips):
        if order in orders:
            score(order, run, p)
        if order in STATIC_ORDERS:
            statics.append(p.copy())
        if order == ngram.order:
            score(MEMORY, run, adaptive.distributions(statics))
            statics.clear()
            masks.clear()
    return rows


def argmax_prompts(count: int) -> list[int]:
    """Return the numbers of the prompts that argmax continues, up to `ARGMAX_PROMPTS`, spread over all `count`.

    `piano` has 792, and to continue them all took longer than to score the held-out pieces.
    """
    kept = min(count, ARGMAX_PROMPTS)
    return [1 + number * count // kept for number in range(kept)]


def _continuations(bundle: Bundle, prompts: Sequence[int], decode: str) -> Iterator[list[int]]:
    """Yield the ids with which a model continues prompts, by number, as it plays with default settings."""
    for number in prompts:
        performance = Performance.of(Settings(decode=decode, prompt=number, steps=ARGMAX_STEPS), bundle, SEED)
        yield [step.token_id for step in Composer(performance).steps()]
