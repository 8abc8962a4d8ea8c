"""A session as the pages in the browser see it."""

from __future__ import annotations

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.interfaces.web.messages import Cards
from musicgen_live.session.cards import CardFile
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.page_keyboard import PageKeyboard


class SessionOfPages:
    """Implements `PageSession` for a session that is live."""

    def __init__(self, session: LiveSession, keyboard: PageKeyboard) -> None:
        self._session = session
        self._keyboard = keyboard
        self._card_file = CardFile()

    def steer(self, change: Change) -> None:
        """Request a change."""
        self._session.steer(change)

    def refuse(self, refused: Refused) -> None:
        """Notify all observers of a change that its source refused."""
        self._session.refuse(refused)

    def quit(self) -> None:
        """Request the end of the take."""
        self._session.quit()

    def choose_port(self, output: int, name: str | None) -> None:
        """Request another port in the place of an output port, by its number from 0; None for a virtual one."""
        self._session.choose_port(output, name)

    def receive_played(self, page: int, at_s: float, message: bytes) -> None:
        """Take a channel message that was played on a page at a moment; SettingsError if nobody listens."""
        self._keyboard.receive(page, at_s, message)

    def release_played(self, page: int) -> None:
        """Release what is held on a page that is gone."""
        self._keyboard.lose(page)

    def cards(self) -> Cards:
        """Return the presets, models and scenes that there are."""
        return self._card_file.cards(self._session.scene_names())
