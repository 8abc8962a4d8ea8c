"""The library: a take as a value that renders itself, or comes bar by bar while a program steers it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.changes import parse_change
from musicgen_live.config.checked_values import checked_values
from musicgen_live.config.parameter import Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import DEFAULT_PRESET, Settings, setting_types
from musicgen_live.config.sound_options import DEFAULT_INSTRUMENT, SoundOptions
from musicgen_live.errors import SettingsError
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import plan_of
from musicgen_live.generation.requested import settings_over
from musicgen_live.midi.file_messages import TimedMessages
from musicgen_live.midi.file_notes import KeyEvents, notes_of
from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.midi.messages import is_note
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.notes import Note
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.session.model_cache import ModelCache
from musicgen_live.session.render import play_at_once, write_take
from musicgen_live.session.state import LiveState
from musicgen_live.session.timeline import Timeline

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

OWN_BARS = 64
"""The bars that an iterator keeps, for `freeze`."""


def load(
    preset: str | Path = DEFAULT_PRESET, *, seed: int | None = None, **settings: str | float | bool | Path
) -> Take:
    """Return a take of a preset, by its name or the path of a `.toml` file, with other values of some settings.

    The settings are the flags of `musicgen-live play`, with underscores: `tempo`, `key`, `bars`, `prompt_midi` ...
    `model` is the name of a model that ships or the path of a model file. The same `seed` gives the same take; without
    one it is drawn. SettingsError names a wrong value and the allowed ones, ModelError a model that cannot be played.

    Examples:
        >>> from musicgen_live import load
        >>> take = load("waltz", seed=7, bars=4, tempo=150)
        >>> take.settings.tempo, take.settings.meter
        (150, '3/4')
    """
    texts = {name: str(value) if isinstance(value, Path) else value for name, value in settings.items()}
    given = checked_values(texts, setting_types(), "load()")
    origin = load_preset(str(preset))
    requested = settings_over(origin.settings, given)
    drawn = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    if drawn < 0:
        raise SettingsError(f"seed is {drawn}; it can be any whole number from 0")
    performance = Performance.planned(plan_of(requested, drawn), drawn)
    return Take(performance, TakeLabel.of(origin.name, drawn, requested))


@dataclass(frozen=True)
class Take:
    """A take that nobody plays yet: settings, a model and a seed. `load` makes one.

    It is a value: however often it is rendered, it is the same music, and steering its `bars` does not change it.

    Examples:
        >>> from musicgen_live import load
        >>> take = load("two-voice", seed=1, bars=2)
        >>> take.seed, take.settings.bars
        (1, 2)
    """

    performance: Performance
    label: TakeLabel
    """The preset, the seed and the requested settings, as its MIDI file names them."""

    @property
    def settings(self) -> Settings:
        """The settings, with all values filled in that were left to the model, such as `meter`."""
        return self.performance.settings

    @property
    def seed(self) -> int:
        """The seed, which `load` drew if it was not given."""
        return self.performance.seed

    def render_notes(self) -> list[Note]:
        """Return the notes as they are played, in the order of their beginning.

        Examples:
            >>> from musicgen_live import load
            >>> note = load("two-voice", seed=1, bars=2).render_notes()[0]
            >>> note.start_tick, note.duration_ticks, note.pitch, note.velocity
            (0, 240, 74, 80)
        """
        keys = KeyEvents()
        for tick, message in self._messages():
            if is_note(message):
                keys.add(tick, message)
        return sorted(note for notes in notes_of([keys], int).values() for note in notes)

    def render_midi(self, path: str | Path) -> None:
        """Write the take as a MIDI file, the same bytes as `musicgen-live render`; TakeError if that fails.

        Examples:
            >>> from musicgen_live import load
            >>> load("two-voice", seed=1, bars=2).render_midi("invention.mid")
        """
        write_take(self.performance, Path(path), self.label)

    def render_samples(
        self, instrument: str = DEFAULT_INSTRUMENT, *, soundfont: str | Path | None = None
    ) -> NDArray[float32]:
        """Return the sound of the take, `(frames, 2)`, at `RATE_HZ`, with its peak at -1 dB of full scale.

        It sounds like an instrument of our own, such as `felt` or `pad`, or like a SoundFont file, which needs
        FluidSynth. SoundError if there is no such instrument, or no library that decodes it.

        Examples:
            >>> from musicgen_live import RATE_HZ, load
            >>> samples = load("two-voice", seed=1, bars=2).render_samples()
            >>> samples.shape[1], samples.dtype, len(samples) > 2 * RATE_HZ
            (2, dtype('float32'), True)
        """
        from musicgen_live.sound.wav import sound_of

        options = SoundOptions(instrument, None if soundfont is None else str(soundfont))
        seconds_at = TempoMap(((0, self.settings.tempo),)).seconds_at
        timed = tuple((seconds_at(tick), message) for tick, message in self._messages())
        return sound_of(TimedMessages(timed, timed[-1][0] if timed else 0.0), options)

    def bars(self) -> Bars:
        """Return an iterator over the bars, which are composed when they are asked for and can be steered.

        Examples:
            >>> from musicgen_live import load
            >>> [bar.start_tick for bar in load("two-voice", seed=1, bars=3).bars()]
            [0, 1920, 3840]
        """
        return Bars(self.performance)

    def _messages(self) -> list[tuple[int, bytes]]:
        """Return the MIDI messages of the take with their ticks."""
        output = MemoryOutput()
        play_at_once(self.performance, output)
        return output.messages


class Bars(Iterator[Bar]):
    """The bars of a take, each composed when it is asked for, with the values of that moment. `Take.bars` makes one.

    A bar of the larger model takes some 10 ms. For music without end, ask for many bars: `load(bars=1_000_000)`.

    Examples:
        >>> from musicgen_live import load
        >>> bars = load("two-voice", seed=1, bars=8).bars()
        >>> first = next(bars)
        >>> bars.steer("transpose", 12)
        >>> bars.steer("density", "dense")
        >>> min(note.pitch for note in next(bars).notes) >= 48
        True
    """

    def __init__(self, performance: Performance) -> None:
        settings = performance.settings
        models = ModelCache(settings.model, performance.bundle)
        self._state = LiveState(settings)
        self._timeline = Timeline(Composer(performance), settings, seed=performance.seed, load=models.load, plays=True)

    def __next__(self) -> Bar:
        """Compose the next bar."""
        bar = self._timeline.next_bar() if self._timeline.has_turn else None
        if bar is None:
            raise StopIteration
        self._timeline.forget_oldest(OWN_BARS)
        return replace(bar, notes=self._state.sent(bar.notes, self._timeline.meters.at(bar.start_tick)))

    @property
    def values(self) -> dict[str, Value]:
        """The present value of everything that `steer` changes, by name."""
        return {name: value for name, value in self._state.values.items() if _is_steered(name)}

    def steer(self, name: str, value: Value = None) -> None:
        """Set a parameter from the next bar on, or do an action such as `reroll`: see the page on steering.

        The value may be a text, as somebody types it. SettingsError names a wrong value and the allowed ones, and
        nothing changes then; so does ModelError for another model that cannot be played.

        Examples:
            >>> from musicgen_live import load
            >>> bars = load(seed=1).bars()
            >>> bars.steer("temperature", 1.1)
            >>> bars.steer("key", "D dorian")
            >>> bars.steer("temperature", "hot")
            Traceback (most recent call last):
            musicgen_live.errors.SettingsError: temperature is 'hot'; it can be a number from 0.01 to 100
        """
        change = parse_change(name, value)
        if not _is_steered(name):
            raise SettingsError(f"{name} acts on a take that sounds; bars can be given {', '.join(_STEERED)}")
        was, state = self._state, self._state.changed(change)
        actions: set[str] = {name} if PARAMETERS[name].kind == "action" else set()
        self._timeline.apply(self._timeline.next_tick, state, was, actions, self._timeline.load(state))
        self._state = state


def _is_steered(name: str) -> bool:
    return PARAMETERS[name].applies in ("next bar", "output") and name not in _OF_A_SESSION


_OF_A_SESSION = ("undo", "variant", "play-kept", "scene", "meter")
"""These need bars that are planned or kept, a bar line to wait for, or files of the user's."""
_STEERED = tuple(name for name in PARAMETERS if _is_steered(name))
