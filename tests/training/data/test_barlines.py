"""Detection of upbeats in music that has one, and only there."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.skips import CORPORA
from training.data.barlines import with_upbeat
from training.data.midi_scores import read_score
from training.data.rewriting import rewritten


def waltz(upbeat_ticks: int, bars: int = 12) -> Score:
    """Return a bass on one, chords on two and three, and a melody with an upbeat that the file (3/4) does not mark."""
    right = [Note(0, upbeat_ticks, 67, 88)] if upbeat_ticks else []
    left = []
    for bar in range(bars):
        start = upbeat_ticks + bar * 3 * PPQ
        left += [Note(start, PPQ, 40 + bar % 5, 88)]
        left += [Note(start + beat * PPQ, PPQ, pitch, 88) for beat in (1, 2) for pitch in (55, 59)]
        right += [Note(start, 2 * PPQ, 72 + bar % 7, 88), Note(start + 2 * PPQ, PPQ, 74, 88)]
    return Score(
        (tuple(right), tuple(sorted(left))),
        (TimeSignatureChange(0, TimeSignature(3, 4)),),
        upbeat_ticks + bars * 3 * PPQ,
    )


@pytest.mark.parametrize(
    ("upbeat_ticks", "upbeat"),
    [
        (240, TimeSignatureChange(0, TimeSignature(1, 8))),
        (480, TimeSignatureChange(0, TimeSignature(1, 4))),
        (360, TimeSignatureChange(0, TimeSignature(3, 16))),
    ],
)
def test_an_upbeat_becomes_a_bar_of_its_own(upbeat_ticks: int, upbeat: TimeSignatureChange) -> None:
    score = waltz(upbeat_ticks)
    assert with_upbeat(score) == Score(
        score.parts, (upbeat, TimeSignatureChange(upbeat_ticks, TimeSignature(3, 4))), score.end_tick
    )


def test_bar_lines_that_fit_stay() -> None:
    score = waltz(0)
    assert with_upbeat(score) is score


def test_fewer_than_eight_bars_stay_unchanged() -> None:
    score = waltz(480, bars=6)
    assert with_upbeat(score) is score


def test_later_time_signatures_keep_their_ticks() -> None:
    score = waltz(480)
    later = TimeSignatureChange(480 + 36 * PPQ, TimeSignature(4, 4))
    longer = Score(score.parts, (*score.time_signatures, later), score.end_tick + 4 * 4 * PPQ)
    assert with_upbeat(longer).time_signatures == (
        TimeSignatureChange(0, TimeSignature(1, 4)),
        TimeSignatureChange(480, TimeSignature(3, 4)),
        later,
    )


def test_missing_time_signatures_or_notes_are_no_error() -> None:
    for score in (Score(()), Score(((),), (), 100_000), Score(((Note(0, 480, 60, 88),),), (), 480)):
        assert with_upbeat(score) is score


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "upbeat"),
    [
        ("mutopia-pd-classical/BeethovenLv-pathetique-3.mid", (3, 8)),
        ("mutopia-pd-classical/BeethovenLv-LVB_Sonate_02no1_1.mid", (1, 4)),
        ("mutopia-pd-baroque/BachJS-french-suite-5-allemande.mid", (1, 16)),
        ("mutopia-pd-ragtime/JoplinS-maple.mid", (1, 8)),
        ("chopin-nifc/028-1-BH-007.mid", (1, 4)),
        ("mutopia-pd-ragtime/JoplinS-entertainer.mid", None),
        ("chopin-nifc/028-1-BH-020.mid", None),
    ],
)
def test_known_upbeats(name: str, upbeat: tuple[int, int] | None) -> None:
    score = read_score(rewritten((CORPORA / name).read_bytes()).data)
    found = with_upbeat(score)
    if upbeat is None:
        assert found is score
    else:
        assert found.time_signatures[0].time_signature == upbeat
