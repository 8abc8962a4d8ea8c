"""Prints the tables of an evaluation and of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musicgen_live.cli.console import echo

if TYPE_CHECKING:
    from rich.table import Table

    from ..evaluation.comparison import Comparison
    from ..evaluation.report import Evaluation, Match, Repetition
    from ..evaluation.scoring import Score
    from ..evaluation.two_sample import Accuracy


def show_evaluation(evaluation: Evaluation, relation: str) -> None:
    """Print the scores as tables, and the verdict; `relation` says what the pieces are to the model's training."""
    network = evaluation.plain.network
    pieces = f"{evaluation.pieces} {evaluation.split} {'piece' if evaluation.pieces == 1 else 'pieces'}"
    notes = f" ({network.notes:,} notes)" if network.notes else ""
    echo(f"{network.tokens:,} data points{notes} of {pieces}, {relation}:")
    print_table(_scores(evaluation.plain))
    if evaluation.masked:
        echo("Among the tokens that the grammar allows:")
        print_table(_scores(evaluation.masked))
    if evaluation.by_style:
        print_table(_styles(evaluation))
    echo(f"{evaluation.steps} steps from each of {evaluation.prompts} prompts:")
    print_table(_repetition(evaluation))
    for sentence in (*evaluation.remarks(), evaluation.verdict()):
        echo(sentence)


def show_comparison(comparison: Comparison) -> None:
    """Print the metrics of both kinds of music, and the accuracy of the classifiers."""
    from ..evaluation.comparison import MOST_COPIED_NOTES
    from ..evaluation.comparison_picture import TITLES

    held_out, generated, options = comparison.held_out, comparison.generated, comparison.options
    echo(
        f"{comparison.passages} passages of {options.bars} bars from {comparison.pieces} {comparison.split} pieces, "
        "and what the model plays in their place (mean ± standard deviation):"
    )
    table = table_of("", "held out", "the model")
    for name in comparison.held_out.values:
        table.add_row(
            TITLES[name],
            *(f"{figures.mean(name):.3f} ± {figures.spread(name):.3f}" for figures in (held_out, generated)),
        )
    shares = [share for figures in (held_out, generated) if (share := figures.free_of_copies) is not None]
    if shares:
        name = f"Passages copying at most {MOST_COPIED_NOTES} notes in a row"
        table.add_row(name, *(f"{share:.0%}" for share in shares))
    print_table(table)
    for name, accuracy in comparison.classifier_accuracy.items():
        echo(f"A {name} tells them apart in {_accuracy(accuracy)}; guessing would be right in 50%.")
    for name, accuracy in comparison.theory_accuracy.items():
        echo(f"With features of music theory (form, keys, harmony, lines), a {name}: {_accuracy(accuracy)}.")


def _accuracy(accuracy: Accuracy) -> str:
    return f"{accuracy.mean:.0%} ± {accuracy.spread:.0%} of cases"


def table_of(*columns: str) -> Table:
    """Return a table with these columns, the first to the left and the others to the right."""
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    return table


def print_table(table: Table) -> None:
    """Print a table."""
    from rich.console import Console

    Console(highlight=False).print(table)


def _scores(match: Match) -> Table:
    has_notes = match.network.notes > 0
    table = table_of("", *(["nats a note"] if has_notes else []), "nats", "bits", "top-1", "top-5")
    rows = [("model", match.network)]
    for order, score in sorted(match.ngrams.items()):
        best = " (best)" if order == match.best_order and len(match.ngrams) > 1 else ""
        rows.append((f"n-gram of order {order}{best}", score))
    if match.memory:
        rows.append(("n-gram with memory", match.memory))
    for name, score in rows:
        per_note = [f"{score.nats_per_note:.3f}"] if has_notes else []
        table.add_row(name, *per_note, *_figures(score))
    return table


def _figures(score: Score) -> tuple[str, ...]:
    return f"{score.nats:.3f}", f"{score.bits:.3f}", f"{score.top1:.1%}", f"{score.top5:.1%}"


def _styles(evaluation: Evaluation) -> Table:
    rivals = ("best n-gram", "lower by", "memory", "lower by") if evaluation.plain.memory else ()
    table = table_of("style", "notes", "model", *rivals)
    for style, match in evaluation.by_style.items():
        against = []
        if match.memory:
            against = [
                f"{match.ngram.nats_per_note:.3f} (order {match.best_order})",
                f"{match.relative_gain:.0%}",
                f"{match.memory.nats_per_note:.3f}",
                f"{match.gain_over(match.memory):.0%}",
            ]
        table.add_row(style, f"{match.network.notes:,}", f"{match.network.nats_per_note:.3f}", *against)
    return table


def _repetition(evaluation: Evaluation) -> Table:
    table = table_of("", "longest run", "distinct 4-grams", "rounds of a cycle")
    repetition: Repetition
    for name, repetition in (("pure argmax", evaluation.pure_argmax), ("argmax, loop guard", evaluation.argmax)):
        table.add_row(
            name,
            f"{repetition.longest_run_mean:.1f} (worst {repetition.longest_run_worst})",
            f"{repetition.distinct_4gram_rate_mean:.0%} (worst {repetition.distinct_4gram_rate_worst:.0%})",
            f"worst {repetition.rounds_worst}",
        )
    return table
