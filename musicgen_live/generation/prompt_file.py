"""Reads a MIDI file as a prompt: its last bars as ids, and their key, tempo and time signature."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.errors import SettingsError
from musicgen_live.generation.prompts import Ids, latest_fitting
from musicgen_live.midi.file_reader import MidiMusic, read_midi
from musicgen_live.music.key_detection import detect_key
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import Key
from musicgen_live.music.score import Bar, Score, TimeSignatureChange
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature

_MOST_BARS = 64
"""More bars never fit: a bar with a note is at least four ids."""
_LATEST_BARS = 8
"""The last bars that decide tempo, time signature and key: a ritardando at the end does not set the tempo, nor does a
last bar that completes an upbeat set the time signature, and after a modulation the new key counts."""

_BAR = bar_tokens.ids_of("bar")


@dataclass(frozen=True)
class PromptFile:
    """The last bars of a file that have notes, without drums."""

    path: str
    score: Score
    """The bars, at most 64, with the first of them at tick 0; the right hand and the left."""
    time_signature: TimeSignature
    """The time signature of most of the last 8 bars."""
    tempo: float
    """The median over the last 8 bars, in quarters per minute."""
    key: Key | None = None
    """The key of the last 8 bars, major or minor; None if they leave it open."""
    remarks: tuple[str, ...] = ()
    """The parts that were left out, each with its reason; text that follows the file's name."""

    def bar_ids(self, *, hands: bool) -> Ids:
        """Return the last whole bars that fit into `MOST_IDS` ids, at least one, from the first with a note on."""
        ids = bar_tokens.VOCABULARY.encode(bars.encode(self.score, hands=hands)[:-1])
        return latest_fitting(ids, [at for at, (i, j) in enumerate(pairwise(ids)) if i in _BAR and j not in _BAR])

    def theme_ids(self, *, hands: bool) -> Ids:
        """Return the bars before those of `bar_ids`, from the first with a note on."""
        ids = bar_tokens.VOCABULARY.encode(bars.encode(self.score, hands=hands)[:-1])
        first = next((at for at, (i, j) in enumerate(pairwise(ids)) if i in _BAR and j not in _BAR), len(ids))
        return tuple(ids[first : len(ids) - len(self.bar_ids(hands=hands))])

    def step_ids(self, tokens: Sequence[str], most: int) -> Ids:
        """Return the last notes and chords as at most `most` ids of a vocabulary of the `chords` encoding.

        A chord that the vocabulary lacks becomes its highest note; a note that it lacks is left out. SettingsError if
        nothing is left, ValueError on a token of another encoding.
        """
        ids = chords.encode(self.score.notes, tokens)
        if not ids:
            raise SettingsError(f"prompt-midi is {self.path!r}; none of its last notes is one that the model knows")
        return tuple(ids[-most:])


def read_prompt_file(path: str) -> PromptFile:
    """Read the end of a MIDI file; TakeError if it cannot be read, SettingsError if it has only drums."""
    music = read_midi(Path(path))
    parts = music.parts_without_drums
    if not parts:
        raise SettingsError(f"prompt-midi is {path!r}, which has only drums in it; the models here play notes")
    last_bars = _last_bars(music.score.time_signatures, max(part[-1].start_tick for part in parts))
    first_tick = last_bars[0].start_tick
    changes = [TimeSignatureChange(0, last_bars[0].time_signature)]
    changes += [
        replace(change, start_tick=change.start_tick - first_tick)
        for change in music.score.time_signatures
        if change.start_tick > first_tick
    ]
    hands = tuple(
        tuple(replace(note, start_tick=note.start_tick - first_tick) for note in hand)
        for hand in bars.hands_of(parts, first_tick)
    )
    latest = last_bars[-_LATEST_BARS:]
    key = _key(music, parts, latest)
    remarks = (*music.remarks, *music.drums_remarks)
    return PromptFile(path, Score(hands, tuple(changes)), _time_signature(latest), _tempo(music, latest), key, remarks)


def _last_bars(changes: Sequence[TimeSignatureChange], last_tick: int) -> list[Bar]:
    """Return the bars of `Score.bars` up to that of a tick, at most `_MOST_BARS`, searched backwards.

    The end of a long arrangement, or of a file with nonsense in it, lies millions of bars after the beginning.
    """
    earlier = [change for change in changes if change.start_tick <= last_tick]
    if not earlier or earlier[0].start_tick > 0:
        earlier.insert(0, TimeSignatureChange(0, COMMON_TIME))
    found: list[Bar] = []
    until_tick: int | None = None
    for change in reversed(earlier):
        inside = (last_tick if until_tick is None else until_tick - 1) - change.start_tick
        for number in range(inside // change.bar_ticks, -1, -1):
            if len(found) == _MOST_BARS:
                return found[::-1]
            start = change.start_tick + number * change.bar_ticks
            end = start + change.bar_ticks if until_tick is None else min(start + change.bar_ticks, until_tick)
            found.append(Bar(start, end, change.time_signature))
        until_tick = change.start_tick
    return found[::-1]


def _key(music: MidiMusic, parts: Sequence[Sequence[Note]], last_bars: Sequence[Bar]) -> Key | None:
    """Return the key of the notes that begin in some bars, given the key signature at their end."""
    first, until = last_bars[0].start_tick, last_bars[-1].end_tick
    notes = [note for part in parts for note in part if first <= note.start_tick]
    sharps = [sharps for tick, sharps in music.signatures if tick < until]
    return detect_key(notes, sharps[-1] if sharps else None)


def _time_signature(last_bars: Sequence[Bar]) -> TimeSignature:
    """Return the time signature of most of some bars, the latest such.

    A last bar with a time signature of its own does not count: notation programs shorten it by the upbeat.
    """
    found = [bar.time_signature for bar in reversed(last_bars)]
    if len(found) > 1 and found[0] != found[1]:
        del found[0]
    return Counter(found).most_common(1)[0][0]


def _tempo(music: MidiMusic, last_bars: Sequence[Bar]) -> float:
    """Return the median tempo of some bars, to a thousandth."""
    first, until = last_bars[0].start_tick, last_bars[-1].end_tick
    ticks_at: defaultdict[float, int] = defaultdict(int)
    ends = [*(tick for tick, _ in music.tempos[1:]), until]
    for (since, tempo), end in zip(music.tempos, ends, strict=True):
        ticks_at[tempo] += max(0, min(end, until) - max(since, first))
    below = 0
    for tempo, ticks in sorted(ticks_at.items()):
        below += ticks
        if 2 * below >= until - first:
            return round(tempo, 3)
    raise AssertionError("tempos are known from tick 0 on")
