"""The flags of parts, which `play` and `render` share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Optional

import typer

from musicgen_live.config.part_options import PartOptions, all_parts, parse_part

PARTS_PANEL = "Melody, bass and chords apart"

Split = Annotated[
    bool,
    typer.Option(
        "--parts",
        help="Split the music into melody, bass and chords, on a channel and in a track each.",
        rich_help_panel=PARTS_PANEL,
    ),
]
Part = Annotated[
    Optional[list[str]],  # noqa: UP045 (Typer reads it)
    typer.Option(
        help="Where a part goes and how: bass:port=NAME,channel=2,transpose=-12. Repeat the flag for more parts.",
        rich_help_panel=PARTS_PANEL,
    ),
]


def checked_parts(
    given: list[str] | None, *, splits: bool, latency_ms: float = 0.0, before: Sequence[PartOptions] = ()
) -> tuple[PartOptions, ...]:
    """Return the options of all parts, none if the music is not split; SettingsError or SoundError on wrong ones.

    `before` are those of a take that is repeated; the ones given replace them.
    """
    if not given:
        return tuple(before) or (all_parts(()) if splits else ())
    parts = all_parts(parse_part(text, latency_ms=latency_ms) for text in given)
    named = {text.partition(":")[0] for text in given}
    parts = all_parts(
        [*(each for each in parts if each.name in named), *(each for each in before if each.name not in named)]
    )
    for name in (part.instrument for part in parts):
        if name is not None:
            from musicgen_live.sound.instrument import check_name

            check_name(name)
    return parts
