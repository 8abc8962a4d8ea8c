"""`musicgen-train prepare` reads MIDI files with a progress bar, and prints a table of the results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from musicgen_live.cli.console import echo, visible
from musicgen_live.errors import TrainingError

from ..data.pool import DEFAULT_TIMEOUT_S
from . import options

if TYPE_CHECKING:
    from ..data.dataset import Corpus, Dataset
    from ..data.prepare import Report


def prepare_command(
    midi_dir: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="With .mid and .midi files, searched recursively.")
    ],
    out: Annotated[Path, typer.Option(metavar="DATA", help="Folder to write the data set to.")],
    split: Annotated[
        Path | None,
        typer.Option(
            help="CSV with columns file, split (train, valid, test) and optionally style; only these files are used."
        ),
    ] = None,
    name: options.MusicName = None,
    licence: options.Licence = options.NO_LICENCE,
    credit: options.Credit = "",
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of reading processes; with --dask, in each task.", show_default="one per core; there 1"
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Read on the workers of this Dask scheduler, such as tcp://10.0.0.1:8786.", show_default=False
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Time limit per file, in seconds.")] = DEFAULT_TIMEOUT_S,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that caches the files read.", show_default="the system's cache folder")
    ] = None,
    encoding: options.Encoding = "chords",
    style: options.Style = None,
) -> None:
    """Read a folder of MIDI files into a data set."""
    prepare_and_show(
        midi_dir,
        out,
        split=split,
        corpus=corpus_of(midi_dir, name, licence, credit),
        jobs=jobs,
        dask=dask,
        timeout_s=timeout,
        cache=cache,
        encoding=encoding,
        style=style,
    )


def corpus_of(midi_dir: Path, name: str | None, licence: str, credit: str) -> Corpus:
    """Return name, licence and credit of the music; the default name is that of its folder."""
    from ..data.corpus import in_utf8
    from ..data.dataset import Corpus

    try:
        folder = midi_dir.resolve()
    except RuntimeError:
        raise TrainingError(f"{midi_dir} is a link that leads to itself; give a folder of MIDI files") from None
    return Corpus(in_utf8(name or folder.name), in_utf8(licence), in_utf8(credit))


def prepare_and_show(
    midi_dir: Path,
    out: Path,
    *,
    corpus: Corpus,
    split: Path | None = None,
    jobs: int | None = None,
    dask: str | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    cache: Path | None = None,
    encoding: str = "chords",
    style: str | None = None,
) -> Dataset:
    """Call `prepare` with a progress bar on standard error, and print the table on standard output."""
    from ..data.cache import default_cache_folder
    from ..data.cluster import Cluster
    from ..data.prepare import prepare

    columns = (TextColumn("Reading MIDI files"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        report = prepare(
            midi_dir,
            out,
            corpus=corpus,
            split_file=split,
            encoding=encoding,
            style=style,
            jobs=jobs,
            cluster=Cluster(dask) if dask else None,
            timeout_s=timeout_s,
            cache=cache,
            on_file=lambda done, total: progress.update(task, completed=done, total=total),
        )
    show(report, out, Console())
    if report.cache_problem:
        echo(
            f"The cache {cache or default_cache_folder()} cannot be written ({report.cache_problem}), so these files "
            "are read anew each time; free some space there, or choose another folder with --cache.",
            err=True,
        )
    return report.dataset


def show(report: Report, out: Path, console: Console) -> None:
    """Print each skipped file with its reason, each file that was read in part with what was left out, and totals."""
    skipped = [(file.name, file.reason or "") for file in report.skipped]
    in_part = [(file.name, "; ".join(file.remarks)) for file in report.read_in_part]
    for titles, rows in ((("file skipped", "reason"), skipped), (("file read in part", "remark"), in_part)):
        if rows:
            table = Table(*titles, box=None, pad_edge=False)
            for row in rows:
                # Text, because a file name may look like rich markup.
                table.add_row(*(Text(visible(text), overflow="fold") for text in row))
            console.print(table)
            console.print()
    dataset = report.dataset
    splits = ", ".join(
        f"{split} {len(pieces)}" for split in ("train", "valid", "test") if (pieces := dataset.of_split(split))
    )
    totals = Table(show_header=False, box=None, pad_edge=False)
    totals.add_row("files read", f"{len(dataset.pieces):,}")
    totals.add_row("files skipped", f"{len(report.skipped):,}")
    if report.read_in_part:
        totals.add_row("files read in part", f"{len(report.read_in_part):,}")
    totals.add_row("known from before", f"{report.from_cache:,}")
    totals.add_row("pieces", splits)
    totals.add_row("data points", f"{len(dataset.ids):,}")
    totals.add_row("classes", f"{len(dataset.vocabulary):,}")
    totals.add_row("data set", Text(visible(str(out)), overflow="fold"))
    console.print(totals)
