"""A model, a prompt and a way to choose, joined: everything about a take but when and where it sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from musicgen_live.encodings import DECODERS
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.generator import Step, generate
from musicgen_live.generation.grammar import grammar_for
from musicgen_live.generation.sampling import chooser_for
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import predictor
from musicgen_live.settings import Settings, ticks_of
from musicgen_live.shipped import model_path


@dataclass(frozen=True)
class Performance:
    """Same settings, bundle and seed: same steps."""

    settings: Settings
    bundle: Bundle
    seed: int

    def __post_init__(self) -> None:
        """ModelError or SettingsError where model and settings do not go together."""
        if self.bundle.encoding not in DECODERS:
            raise ModelError(
                f"the model {self.settings.model} speaks the encoding {self.bundle.encoding!r}, which this "
                f"version does not know; known are {', '.join(DECODERS)}"
            )
        count = len(self.bundle.prompts)
        if self.settings.prompt is not None and self.settings.prompt > count:
            raise SettingsError(f"prompt is {self.settings.prompt}; the model {self.settings.model} has 1 to {count}")

    @classmethod
    def of(cls, settings: Settings, seed: int) -> Performance:
        """Load the model that the settings name."""
        return cls(settings, Bundle.load(model_path(settings.model)), seed)

    @property
    def prompt_number(self) -> int:
        """The prompt that is gone on from, from 1: the one asked for, else by the seed."""
        return self.settings.prompt or self.seed % len(self.bundle.prompts) + 1

    def steps(self) -> Iterator[Step]:
        """Generate `settings.steps` steps, each when it is asked for; ModelError on a token that means nothing."""
        settings = self.settings
        try:
            yield from generate(
                predictor(self.bundle.network()),
                chooser_for(settings, self.seed),
                self.bundle.vocabulary,
                DECODERS[self.bundle.encoding](ticks_of(settings.step), settings.velocity),
                self.bundle.prompts[self.prompt_number - 1],
                settings.steps,
                grammar_for(self.bundle.encoding, self.bundle.vocabulary),
            )
        except ValueError as exc:
            raise ModelError(f"the model {settings.model} cannot be played: {exc}") from exc
