"""A model, a plan and a way to choose, joined: everything about a take but when and where it sounds."""

from __future__ import annotations

from dataclasses import dataclass

from musicgen_live.config.library import model_path
from musicgen_live.config.settings import DEFAULT_STEP, Settings, ticks_of
from musicgen_live.encodings import BAR_ENCODINGS, DECODERS, Decoder, chords
from musicgen_live.errors import ModelError
from musicgen_live.generation.chord_bias import BarsChordBias, LogitBias, StepsChordBias
from musicgen_live.generation.constraints import EarliestPosition
from musicgen_live.generation.grammar import Grammar, grammar_for
from musicgen_live.generation.key_bias import KeyBias
from musicgen_live.generation.limits import limited, limited_chords, voicing
from musicgen_live.generation.plan import Plan, check_encoding, plan_take
from musicgen_live.generation.reader import NetworkReader
from musicgen_live.model.bundle import Bundle


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
        performance = cls(plan, bundle, seed)
        performance.grammar()  # Refuse limits that leave no token before anything plays.
        return performance

    @classmethod
    def load(cls, settings: Settings, seed: int) -> Performance:
        """Plan a take with the model that the settings name."""
        return cls.of(settings, Bundle.load(model_path(settings.model)), seed)

    @property
    def settings(self) -> Settings:
        """The settings of the plan: those requested, with all values filled in that they left to the model."""
        return self.plan.settings

    def reader(self, seed: int) -> NetworkReader:
        """A network that has read nothing, varied and reminded as settings want it."""
        settings = self.settings
        reader = NetworkReader(self.bundle.network(), has_bars=self.bundle.encoding in BAR_ENCODINGS)
        reader.vary(settings.variation or 0.0)
        reader.seed(seed)
        reader.remind(self.plan.reminder, settings.remind or 0)
        return reader

    def bias(self, tick: int) -> LogitBias | None:
        """The pull of chords or a key on what begins at this tick, in bars at this bar line; None where none pulls."""
        settings, has_bars = self.settings, self.bundle.encoding in BAR_ENCODINGS
        if settings.effective_near_key is not None:
            return KeyBias(
                settings.effective_near_key, settings.key_strength, self.bundle.vocabulary, has_bars=has_bars
            )
        if settings.progression is None or not settings.chord_strength:
            return None
        if has_bars:
            return BarsChordBias(settings.progression, settings.chord_strength, tick // settings.bar_ticks)
        step_ticks = ticks_of(settings.step or DEFAULT_STEP)
        return StepsChordBias(
            settings.progression,
            settings.chord_strength,
            self.bundle.vocabulary,
            step_ticks,
            settings.bar_ticks,
            tick,
        )

    def decoder(self) -> Decoder:
        """A decoder whose time begins at tick 0."""
        settings = self.settings
        step_ticks = ticks_of(settings.step or DEFAULT_STEP)
        if self.bundle.encoding == chords.NAME:
            return chords.ChordsDecoder(step_ticks, settings.velocity, *voicing(settings))
        return DECODERS[self.bundle.encoding](step_ticks, settings.velocity)

    def grammar(self, floor: EarliestPosition | None = None) -> Grammar | None:
        """What may follow what, under the limits of settings; None where anything may."""
        encoding, vocabulary = self.bundle.encoding, self.bundle.vocabulary
        try:
            grammar = grammar_for(encoding, vocabulary)
            if grammar is not None:
                return limited(grammar, self.settings, floor)
            return limited_chords(vocabulary, self.settings)
        except ValueError as exc:
            raise self.unplayable(exc) from exc

    def unplayable(self, why: ValueError) -> ModelError:
        """What is told of a model that turns out to make no sense."""
        return ModelError(f"the model {self.settings.model} cannot be played: {why}")
