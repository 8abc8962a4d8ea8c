"""A model, a plan and a way to choose, joined: everything about a take but when and where it sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from musicgen_live.config.library import model_path
from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS, Decoder, bars, chords
from musicgen_live.encodings.bar_tokens import units_of
from musicgen_live.errors import ModelError
from musicgen_live.generation.chord_bias import BarsChordBias, LogitBias, StepsChordBias
from musicgen_live.generation.constraints import Constraint
from musicgen_live.generation.density_bias import DensityBias
from musicgen_live.generation.form_plan import Answering, FormPlan, Free, Outlined, outlines_fitting
from musicgen_live.generation.grammar import Grammar, grammar_for
from musicgen_live.generation.key_bias import KeyBias
from musicgen_live.generation.limits import limited, limited_chords, voicing
from musicgen_live.generation.line_bias import ClashBias, RepetitionBias
from musicgen_live.generation.plan import Plan, check_encoding, plan_take
from musicgen_live.generation.reader import NetworkReader
from musicgen_live.generation.register_bias import RegisterBias
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.form import is_free, parse_form
from musicgen_live.music.scales import Key

OPENING_KEY_SHARE, ASKED_MODE_SHARE = 0.5, 3.0
"""The strength with which the key of the opening draws, as a share of `key_strength`; and if its mode is asked for.

`--mode minor` gave minor in 50 % of takes of 8 bars at a strength of 0.25, in 55 % at 1.0, in 73 % at 1.5; composers'
minor pieces have 61 %.
"""


@dataclass(frozen=True)
class Performance:
    """A plan, the model that plays it and a seed: everything about a take but when and where it sounds.

    Equal performances give equal steps. `of` and `load` make one from settings; a caller with a plan of its own makes
    one from that.
    """

    plan: Plan
    bundle: Bundle
    seed: int

    @classmethod
    def of(cls, settings: Settings, bundle: Bundle, seed: int) -> Performance:
        """Plan a take; ModelError or SettingsError if model and settings do not go together."""
        check_encoding(settings.model, bundle.encoding, bundle.vocabulary.tokens)
        plan = plan_take(settings, bundle.encoding, bundle.prompts, seed, bundle.vocabulary.tokens)
        return cls(plan, bundle, seed)._checked()

    @classmethod
    def planned(cls, plan: Plan, seed: int) -> Performance:
        """Load the model of a plan; ModelError or SettingsError if they do not go together."""
        return cls(plan, Bundle.load(model_path(plan.settings.model)).for_playing(), seed)._checked()

    def _checked(self) -> Performance:
        self.grammar()  # Refuse limits that leave no token before anything plays.
        return self

    @classmethod
    def load(cls, settings: Settings, seed: int) -> Performance:
        """Plan a take with the model that the settings name."""
        return cls.of(settings, Bundle.load(model_path(settings.model)).for_playing(), seed)

    @classmethod
    def within(
        cls, meter: str | None, settings: Settings, bundle: Bundle, seed: int, *, with_prompt: bool = False
    ) -> Performance:
        """Plan the rest of a take in its time signature; without a prompt, which takes time to choose, by default.

        ModelError or SettingsError if model and settings do not go together.
        """
        settings = replace(settings, bars=None, steps=None, meter=meter)
        if not with_prompt:
            settings = replace(settings, prompt_midi=None, prompt=0 if bundle.encoding in BAR_ENCODINGS else 1)
        return cls.of(settings, bundle, seed)

    @property
    def settings(self) -> Settings:
        """The settings of the plan: those requested, with all values filled in that they left to the model."""
        return self.plan.settings

    @property
    def has_bars(self) -> bool:
        """True if the model writes music in bars."""
        return self.bundle.encoding in BAR_ENCODINGS

    def end_tick(self, start_tick: int) -> int | None:
        """Return the end of a take that begins at a tick; None if it has no length in ticks."""
        settings = self.settings
        if self.has_bars:
            return settings.bars and start_tick + settings.bars * settings.bar_ticks
        return settings.steps and start_tick + settings.steps * settings.step_ticks

    def asks_for_another_form(self, before: Performance) -> bool:
        """Return True if the settings ask for another form than those before, or for that of another style.

        The length of the take and a continued file, which a change within a take does not have, are no such request.
        """
        one, other = self.settings, before.settings
        if (one.form, one.phrase) != (other.form, other.phrase):
            return True
        return one.form is None and one.style != other.style

    def form(self) -> FormPlan:
        """Return the plan of the bars: the letters of the settings, else the form of a real piece of the style."""
        settings = self.settings
        if not self.bundle.architecture.reference or (settings.form is not None and is_free(settings.form)):
            return Free()
        if settings.form is not None:
            return parse_form(settings.form, settings.phrase, settings.bars)
        if self.plan.theme_bars:
            return Answering(self.plan.theme_bars, settings.theme, self.seed)
        outlines = outlines_fitting(self.bundle.outlines, self.bundle.prompts, self.plan.style)
        return Outlined(outlines, self.seed) if outlines else Free()

    def reader(self) -> NetworkReader:
        """Return a network that has read nothing, with the recall dropout and the reminders of the settings."""
        reader = NetworkReader(self.bundle.network(), has_bars=self.has_bars)
        reader.hide_recall(self.settings.variation or 0.0)
        reader.seed(self.seed)
        reader.remind(self.plan.reminder, self.settings.remind or 0)
        if self.has_bars:
            reader.refer_by(len(bars.pieces_of(self.settings.time_signature)))
        return reader

    def _key_that_draws(self) -> tuple[Key | None, float]:
        """Return the key that notes are drawn to, if any, and how much: a near key, else that of the opening."""
        settings = self.settings
        if settings.effective_near_key is not None:
            return settings.effective_near_key, settings.key_strength
        has_chords = settings.progression is not None and settings.chord_strength > 0
        if has_chords or settings.key is not None:
            return None, 0.0
        share = ASKED_MODE_SHARE if settings.mode else OPENING_KEY_SHARE
        return self.plan.opening_key, share * settings.key_strength

    def bias(self, tick: int) -> LogitBias | None:
        """Return the bias of chords or a key on music from a tick on, in bars from a bar line; None without one."""
        settings, vocabulary = self.settings, self.bundle.vocabulary
        progression, strength = settings.progression, settings.chord_strength
        key, key_strength = self._key_that_draws()
        if key is not None:
            return KeyBias(key, key_strength, vocabulary, has_bars=self.has_bars)
        if progression is None or not strength:
            return None
        if self.has_bars:
            return BarsChordBias(progression, strength, tick // settings.bar_ticks, units_of(settings.time_signature))
        return StepsChordBias(progression, strength, vocabulary, settings.step_ticks, settings.bar_ticks, tick)

    def shaping(self) -> tuple[LogitBias, ...]:
        """Return the biases on draws in bars that follow the music: requests, clashes, repetition, register."""
        settings = self.settings
        biases: list[LogitBias] = []
        if self.has_bars and settings.decode == "sample":
            if settings.density is not None or settings.texture is not None:
                biases.append(DensityBias(settings.density, settings.texture))
            if settings.dissonance is not None and settings.dissonance != 1:
                biases.append(ClashBias(settings.dissonance))
            if settings.repetition is not None and settings.repetition != 1:
                biases.append(RepetitionBias(settings.repetition))
            biases.append(RegisterBias(self.plan.prompt))
        return tuple(biases)

    def decoder(self) -> Decoder:
        """Return a decoder whose time begins at tick 0."""
        settings = self.settings
        if self.has_bars:
            return bars.BarsDecoder(settings.velocity)
        return chords.ChordsDecoder(settings.step_ticks, settings.velocity, *voicing(settings))

    def grammar(self, *, before: Sequence[Constraint] = (), after: Sequence[Constraint] = ()) -> Grammar | None:
        """Return the grammar of the encoding under the limits of the settings; None if any token may follow any.

        `before` and `after` are further constraints of music with bars, put around the limits (`limits.limited`).
        """
        encoding, vocabulary = self.bundle.encoding, self.bundle.vocabulary
        try:
            grammar = grammar_for(encoding, vocabulary)
            if grammar is not None:
                return limited(grammar, self.settings, before=before, after=after)
            return limited_chords(vocabulary, self.settings)
        except ValueError as exc:
            raise self.unplayable(exc) from exc

    def unplayable(self, reason: ValueError) -> ModelError:
        """Return the error for a model that turns out to make no sense."""
        return ModelError(f"the model {self.settings.model} cannot be played: {reason}")
