"""Has a script go on as a setup wants it: by other settings, another model, otherwise, from the beginning, or round."""

from __future__ import annotations

from collections.abc import Callable, Collection

from musicgen_live.config.settings import Settings
from musicgen_live.errors import MusicgenError
from musicgen_live.generation.composer import Composer
from musicgen_live.model.bundle import Bundle
from musicgen_live.session.state import LiveState
from musicgen_live.session.timeline import Timeline


class Arranger:
    """Works on a script and on the composer that the script has."""

    def __init__(
        self, timeline: Timeline, composer: Composer, settings: Settings, seed: int, load: Callable[[str], Bundle]
    ) -> None:
        """`settings` are those that `composer` was made with, filled in."""
        self._timeline = timeline
        self._composer = composer
        self._settings = settings
        self._seed = seed
        self._load = load
        self._rolls = 0

    def load(self, state: LiveState) -> Bundle | None:
        """The model of a setup if it is another one; ModelError where it cannot be read from disk."""
        model = state.settings.model
        return None if model == self._settings.model else self._load(model)

    def arrange(self, state: LiveState, was: LiveState, actions: Collection[str], bundle: Bundle | None) -> None:
        """From the script's next bar on; once more, behind that, is the same. `bundle` is what `load` gave.

        MusicgenError, and nothing is changed, where it cannot be.
        """
        freezes = state.freeze_bars != was.freeze_bars
        loop = self._timeline.loop_of(state.freeze_bars) if freezes and state.freeze_bars else None
        self._change(state.settings, bundle)
        if "restart" in actions:
            try:
                self._composer.restart(None)
            except MusicgenError:
                self._change(was.settings, self.load(was))
                raise
        if "reroll" in actions:
            self._rolls += 1
            self._composer.reroll(self._seed + self._rolls)
        if freezes:
            self._timeline.go_round(loop)

    def _change(self, settings: Settings, bundle: Bundle | None) -> None:
        if settings != self._settings:
            self._composer.change(settings, bundle)
            self._settings = settings
