"""A model, a plan and a way to choose, joined: everything about a take but when and where it sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from musicgen_live.encodings import BAR_ENCODINGS, DECODERS, Decoder, chords
from musicgen_live.errors import ModelError
from musicgen_live.generation.chord_pull import BarsPull, Pulled, StepsPull
from musicgen_live.generation.feel import felt, until_bar
from musicgen_live.generation.generator import Reminded, Step, Varied, generate
from musicgen_live.generation.grammar import Grammar, grammar_for
from musicgen_live.generation.limits import limited, limited_chords, voicing
from musicgen_live.generation.sampling import Chooser, chooser_for
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import Predictor, predictor
from musicgen_live.plan import Plan, check_encoding, plan_take
from musicgen_live.settings import DEFAULT_STEP, Settings, ticks_of
from musicgen_live.shipped import model_path


@dataclass(frozen=True)
class Performance:
    """Same settings, bundle and seed: same steps."""

    settings: Settings
    """As they were asked for; once made, with all filled in that was left to the model, such as the metre."""
    bundle: Bundle
    seed: int
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        """ModelError or SettingsError where model and settings do not go together."""
        check_encoding(self.settings.model, self.bundle.encoding, self.bundle.vocabulary.tokens)
        bundle = self.bundle
        plan = plan_take(self.settings, bundle.encoding, bundle.prompts, self.seed, bundle.vocabulary.tokens)
        object.__setattr__(self, "plan", plan)
        object.__setattr__(self, "settings", plan.settings)
        self._grammar()  # so that limits which leave nothing are refused before anything is heard

    @classmethod
    def of(cls, settings: Settings, seed: int) -> Performance:
        """Load the model that the settings name."""
        return cls(settings, Bundle.load(model_path(settings.model)), seed)

    def steps(self) -> Iterator[Step]:
        """Generate the take, each step when it is asked for; ModelError on a token that means nothing."""
        settings = self.settings
        has_bars = self.bundle.encoding in BAR_ENCODINGS
        try:
            steps = generate(
                self._predictor(),
                self._chooser(),
                self.bundle.vocabulary,
                self._decoder(),
                self.plan.prompt,
                settings.steps,
                self._grammar(),
            )
            if has_bars and settings.bars is not None:
                steps = until_bar(steps, settings.bars, settings.bar_ticks)
            yield from felt(steps, settings, self.seed)
        except ValueError as exc:
            raise self._unplayable(exc) from exc

    def _predictor(self) -> Predictor:
        settings, plain = self.settings, predictor(self.bundle.network())
        reader: Predictor = Varied(plain, settings.variation, self.seed) if settings.variation else plain
        if settings.remind and self.plan.reminder:
            reader = Reminded(reader, self.plan.reminder, settings.remind)
        return reader

    def _chooser(self) -> Chooser:
        settings, chooser = self.settings, chooser_for(self.settings, self.seed)
        if settings.progression is None or not settings.chord_strength:
            return chooser
        if self.bundle.encoding in BAR_ENCODINGS:
            return Pulled(chooser, BarsPull(settings.progression, settings.chord_strength))
        step_ticks = ticks_of(settings.step or DEFAULT_STEP)
        pull = StepsPull(
            settings.progression, settings.chord_strength, self.bundle.vocabulary, step_ticks, settings.bar_ticks
        )
        return Pulled(chooser, pull)

    def _decoder(self) -> Decoder:
        settings = self.settings
        step_ticks = ticks_of(settings.step or DEFAULT_STEP)
        if self.bundle.encoding == chords.NAME:
            return chords.ChordsDecoder(step_ticks, settings.velocity, *voicing(settings))
        return DECODERS[self.bundle.encoding](step_ticks, settings.velocity)

    def _grammar(self) -> Grammar | None:
        encoding, vocabulary = self.bundle.encoding, self.bundle.vocabulary
        try:
            grammar = grammar_for(encoding, vocabulary)
            if grammar is not None:
                return limited(grammar, self.settings)
            return limited_chords(vocabulary, self.settings)
        except ValueError as exc:
            raise self._unplayable(exc) from exc

    def _unplayable(self, why: ValueError) -> ModelError:
        return ModelError(f"the model {self.settings.model} cannot be played: {why}")
