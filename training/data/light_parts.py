"""A part of music21 that makes measures and voices without what no token needs: clefs, bar lines and rests.

music21 ends a part by `makeMeasures`, `makeVoices` in every measure, `makeTies` and `makeRests`. The tokens of `chords`
depend on where its bars and voices cut and order the notes, so this is done as there, but at a third of the cost.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import deepcopy
from itertools import pairwise
from typing import Any

from music21.meter import TimeSignature
from music21.stream import Measure, Part, Stream


class LightMeasure(Measure):  # type: ignore[misc]
    """A measure that looks for voices only if notes in it overlap."""

    def makeVoices(self, **options: Any) -> None:  # noqa: ANN401, N802 (music21's name and options)
        """Move notes that overlap into voices; music21 copies and sorts the measure four times to find that none do."""
        spans = sorted(
            (start := self.elementOffset(note), start + note.duration.quarterLength) for note in self._elements
        )
        if any(after[0] < before[1] for before, after in pairwise(spans)):
            super().makeVoices(**options)


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
