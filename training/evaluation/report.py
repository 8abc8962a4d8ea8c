"""Result of an evaluation: scores of a model and of n-grams, and the repetition in the model's output."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..data.dataset import Split
from .sample import Sample
from .scoring import Score

GRAM = 4


@dataclass(frozen=True)
class Repetition:
    """Repetition in the outputs from all prompts.

    A run is one id repeated without a break; its length is from 1 to the number of steps. The distinct rate is the
    number of distinct 4-grams of an output over the number of its 4-grams: 1 without repetition, near 0 in a loop.
    `rounds_worst` is how often in a row the most repeated cycle of ids occurs, 1 without such a cycle.
    """

    longest_run_worst: int
    longest_run_mean: float
    distinct_4gram_rate_worst: float
    distinct_4gram_rate_mean: float
    rounds_worst: int


@dataclass(frozen=True)
class Match:
    """Scores of a network and of n-grams, by their order, on exactly the same tokens.

    There are no n-grams if there are no training pieces to count.
    """

    network: Score
    ngrams: Mapping[int, Score]
    memory: Score | None = None
    """The n-gram that remembers the piece, as a network with recall does."""

    @property
    def best_order(self) -> int:
        """The order of the n-gram with the lowest loss."""
        return min(self.ngrams, key=lambda order: self.ngrams[order].nats)

    @property
    def ngram(self) -> Score:
        """The n-gram with the lowest loss."""
        return self.ngrams[self.best_order]

    @property
    def relative_gain(self) -> float:
        """Relative reduction of the loss against the best n-gram; negative if the network's loss is higher."""
        return self.gain_over(self.ngram)

    def gain_over(self, other: Score) -> float:
        """Return the relative reduction of the loss against other predictions of the same tokens."""
        return 1 - self.network.nats / other.nats

    def gap(self, other: Score) -> str:
        """Describe the network's loss and another one, per note if the encoding has notes, and their difference."""
        nats, other_nats, unit = self.network.nats, other.nats, "a data point"
        if self.network.notes:
            nats, other_nats, unit = self.network.nats_per_note, other.nats_per_note, "a note"
        gain = self.gain_over(other)
        direction = "lower" if gain > 0 else "higher"
        return f"{nats:.3f} against {other_nats:.3f} nats {unit}, {abs(gain):.0%} {direction}"

    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON values."""
        return {
            "network": _score_json(self.network),
            "ngram_order": self.best_order if self.ngrams else None,
            "ngrams": {str(order): _score_json(score) for order, score in self.ngrams.items()},
            "lower_by": self.relative_gain if self.ngrams else None,
            "ngram_with_memory": _score_json(self.memory) if self.memory else None,
            "lower_than_memory_by": self.gain_over(self.memory) if self.memory else None,
        }


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model and of n-grams of the same training pieces, and the repetition in the model's argmax output.

    All scores are on exactly the same tokens. `plain` scores the probabilities among all tokens; `masked`, if the
    encoding has a grammar, those among the tokens that the grammar allows, for the network and the n-grams alike.
    `by_style` splits `plain` if the pieces have several styles. The first tokens of each piece are only context: as
    many as the model's window, or in a bar encoding the style.
    """

    split: Split
    pieces: int
    plain: Match
    masked: Match | None
    by_style: Mapping[str, Match]
    steps: int
    prompts: int
    pure_argmax: Repetition
    argmax: Repetition
    scored: Sample | None = None
    """The pieces of the split that were scored."""
    learnt: Sample | None = None
    """The training pieces that the n-grams learnt from."""

    @property
    def beats_ngram(self) -> bool | None:
        """True if the model's loss is lower than that of the best n-gram; None without n-grams."""
        return self.plain.relative_gain > 0 if self.plain.ngrams else None

    def verdict(self) -> str:
        """Return a sentence that says whether the model or the best n-gram predicts better; one on that with memory."""
        match = self.plain
        if not match.ngrams:
            return (
                "No n-grams to compare with: the data set has no training pieces. "
                "Name the data set that the model was trained on with --trained-on."
            )
        if match.memory is None:
            return self._verdict()
        verb = "does better than" if match.gain_over(match.memory) > 0 else "LOSES to"
        return (
            f"{self._verdict()}\nIt {verb} the n-gram with memory, which knows the piece so far as well: "
            f"{match.gap(match.memory)}."
        )

    def remarks(self) -> list[str]:
        """Return a sentence for each kind of pieces of which only some were read."""
        sentences = []
        if self.scored and self.scored.of_pieces > len(self.scored.pieces):
            sentences.append(
                f"These {self.pieces:,} were drawn at random from {self.scored.of_pieces:,} {self.split} pieces."
            )
        if self.learnt and self.learnt.of_tokens > self.learnt.tokens:
            sentences.append(
                f"The n-grams learnt from {len(self.learnt.pieces):,} of {self.learnt.of_pieces:,} training pieces, "
                f"drawn at random: {self.learnt.tokens:,} of {self.learnt.of_tokens:,} data points."
            )
        return sentences

    def _verdict(self) -> str:
        match = self.plain
        rival = f"the n-gram of order {match.best_order}"
        if len(match.ngrams) > 1:
            rival += f", the best of order {min(match.ngrams)} to {max(match.ngrams)}"
        if self.beats_ngram:
            sentence = f"The model predicts better than {rival}: {match.gap(match.ngram)}"
            if match.network.top1 < match.ngram.top1:
                sentence += f", though its first guess is right less often: {match.network.top1:.1%}"
                sentence += f" against {match.ngram.top1:.1%}"
            return sentence + "."
        return (
            f"The model LOSES to {rival}: {match.gap(match.ngram)}. It has learned less from these "
            "pieces than a table of counts; train it for longer, or with more files."
        )

    def metrics(self) -> dict[str, float]:
        """Return the metrics for the model card."""
        network = self.plain.network
        figures = {
            f"{self.split}_data_points": network.tokens,
            f"{self.split}_nats": network.nats,
            f"{self.split}_bits": network.bits,
            f"{self.split}_top1": network.top1,
            f"{self.split}_top5": network.top5,
            "pure_argmax_longest_run": self.pure_argmax.longest_run_worst,
            "pure_argmax_distinct_4gram_rate": self.pure_argmax.distinct_4gram_rate_mean,
            "argmax_longest_run": self.argmax.longest_run_worst,
            "argmax_distinct_4gram_rate": self.argmax.distinct_4gram_rate_mean,
        }
        if network.notes:
            figures[f"{self.split}_nats_per_note"] = network.nats_per_note
        rivals = {f"ngram{self.plain.best_order}": self.plain.ngram} if self.plain.ngrams else {}
        if self.plain.memory:
            rivals["ngram_with_memory"] = self.plain.memory
        for name, score in rivals.items():
            figures |= {
                f"{self.split}_{name}_nats": score.nats,
                f"{self.split}_{name}_top1": score.top1,
                f"{self.split}_{name}_top5": score.top5,
            }
            if score.notes:
                figures[f"{self.split}_{name}_nats_per_note"] = score.nats_per_note
        if self.masked and network.notes:
            figures[f"{self.split}_masked_nats_per_note"] = self.masked.network.nats_per_note
        for style, match in self.by_style.items():
            if match.network.notes:
                figures[f"{self.split}_{style}_nats_per_note"] = match.network.nats_per_note
        return figures

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON values; `network`, `ngrams` and so on at the top level are those of `plain`."""
        return {
            "split": self.split,
            "pieces": self.pieces,
            "of_pieces": self.scored.of_pieces if self.scored else self.pieces,
            "ngram_tokens": self.learnt.tokens if self.learnt else None,
            "training_tokens": self.learnt.of_tokens if self.learnt else None,
            **self.plain.to_json(),
            "masked": self.masked.to_json() if self.masked else None,
            "by_style": {style: match.to_json() for style, match in self.by_style.items()},
            "steps": self.steps,
            "prompts": self.prompts,
            "pure_argmax": asdict(self.pure_argmax),
            "argmax": asdict(self.argmax),
            "beats_ngram": self.beats_ngram,
            "verdict": self.verdict(),
        }


def _score_json(score: Score) -> dict[str, float | None]:
    per_note = score.nats_per_note
    return {
        "data_points": score.tokens,
        "nats": score.nats,
        "top1": score.top1,
        "top5": score.top5,
        "notes": score.notes,
        "bits": score.bits,
        "nats_per_note": None if math.isnan(per_note) else per_note,
    }
