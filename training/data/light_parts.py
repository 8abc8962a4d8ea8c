"""A part of music21 that makes measures and voices without what no token needs: clefs, bar lines and rests.

music21 ends a part by `makeMeasures`, `makeVoices` in every measure, `makeTies` and `makeRests`. The tokens of `chords`
depend on where its bars and voices cut and order the notes, so this is done as there, but at a third of the cost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from music21.common import opFrac
from music21.meter import TimeSignature
from music21.note import NotRest
from music21.stream import Measure, Part, Stream, Voice


class LightMeasure(Measure):  # type: ignore[misc]
    """A measure that makes voices without copying itself."""

    def makeVoices(self, **_: Any) -> None:  # noqa: ANN401, N802 (music21's name and options)
        """Move notes into voices if some overlap: each into the first voice that is silent, as music21 does."""
        if not self.isSorted:
            self.sort()
        notes = [element for element in self._elements if isinstance(element, NotRest)]
        spans = [(start := self.elementOffset(note), opFrac(start + note.duration.quarterLength)) for note in notes]
        count = _most_voices(spans)
        if count == 1:
            return
        voices, ends = [Voice() for _ in range(count)], [0.0] * count
        for note, (start, end) in zip(notes, spans, strict=True):
            at = next((number for number, silent_from in enumerate(ends) if silent_from <= start), None)
            if at is not None:
                voices[at].coreInsert(start, note, ignoreSort=True)
                ends[at] = max(ends[at], end)
        self._elements: list[Any] = [element for element in self._elements if not isinstance(element, NotRest)]
        for voice in voices:
            if voice._elements:
                voice.coreElementsChanged()
                self.coreInsert(0, voice)
        self.coreElementsChanged()


def _most_voices(spans: Sequence[tuple[Any, Any]]) -> int:
    """Return the number of voices that music21 makes for notes from and to these moments, which are sorted.

    It is the size of the largest group of notes that overlap. A note joins the group of one that it overlaps with, or
    begins one.
    """
    overlaps: list[list[int]] = [[] for _ in spans]
    for i, span in enumerate(spans):
        for j in range(i + 1, len(spans)):
            first, second = sorted((span, spans[j]))
            if second[0] >= first[1]:
                break
            overlaps[i].append(j)
            overlaps[j].append(i)
    group_of: dict[int, Any] = {}
    for i, others in enumerate(overlaps):
        if not others:
            continue
        group = None
        for j in sorted(others):
            if j in group_of:
                group = group_of[j]
            else:
                group = spans[i][0] if group is None else group
                group_of[j] = group
        group_of.setdefault(i, group)
    return max(Counter(group_of.values()).values(), default=1)


class LightPart(Part):  # type: ignore[misc]
    """A part whose measures hold its elements alone, and that is not filled with rests."""

    def makeMeasures(self, meterStream: Stream | None = None, **_: Any) -> None:  # noqa: ANN401, N802, N803
        """Put the elements into measures of the time signatures in a stream, or in this one, in place.

        music21 compares each element with every measure before its own, and looks for the clef each time.
        """
        signatures = meterStream or self.getTimeSignatures(searchContext=False, sortByCreationTime=False)
        elements = [(self.elementOffset(element), element) for element in self.sorted()]
        end = max((offset + element.duration.quarterLength for offset, element in elements), default=0)
        starts, measures = [0.0], [LightMeasure()]
        latest = None
        while True:
            signature = signatures.getElementAtOrBefore(starts[-1])
            if signature is not latest:
                latest = signature
                measures[-1].timeSignature = deepcopy(signature)
            bar_end = starts[-1] + signature.barDuration.quarterLength
            if bar_end >= end:
                break
            starts.append(bar_end)
            measures.append(LightMeasure())
        for offset, element in elements:
            at = bisect_right(starts, offset) - 1
            if offset > starts[at] or not isinstance(element, TimeSignature):
                measures[at].coreInsert(offset - starts[at], element, ignoreSort=True)
        self._elements: list[Any] = []
        self.coreElementsChanged()
        for start, measure in zip(starts, measures, strict=True):
            measure.coreElementsChanged()
            self.coreInsert(start, measure)
        self.coreElementsChanged()

    def makeRests(self, **_: Any) -> None:  # noqa: ANN401, N802
        """Leave the gaps as they are: filling them would take a third of the time and change no note."""
