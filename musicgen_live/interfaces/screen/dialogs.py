"""Dialogs over the screen: a value to type, a name to pick, help on keys. The music continues behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from musicgen_live.interfaces.screen.cells import printable

HELP = """\
↑ ↓           choose a value; page up and page down, home and end go farther
← →           change it by a step; with shift by ten
enter         type it, or pick it from a list
space         mute, or unmute
.             pause, or go on
x  t          panic: end every note at every port; tap the tempo
f             freeze: the last {freeze_bars} bars go round; once more goes on
r             reroll: other music from the next bar line on
u  v          undo: the music before the reroll; v compares it with that after
1 to 9        call a scene back; c stores the present values as one
0             restart: begin anew at the next bar line
e             close: the music comes to an end within 4 bars
k             keep the latest bars as a .mid file
s             save all values as a preset
p  m          pick a preset, a model
q             stop the take here; once more leaves at once

Most changes wait for a bar line; until then they stand behind an arrow.
█▓ is heard, ▒░ is to come, ◆═ is what you play.        Any key goes back."""


SCROLLING = ("up", "down", "pageup", "pagedown", "home", "end")


class TextDialog(ModalScreen[str | None]):
    """A line to type, below the music; its result is the text, or None after escape."""

    DEFAULT_CSS = """
    TextDialog { align: left bottom; }
    TextDialog Vertical { height: 3; background: $panel; }
    TextDialog Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, question: str, hint: str, value: str = "") -> None:
        super().__init__()
        self._question = question
        self._hint = hint
        self._value = value

    def compose(self) -> ComposeResult:
        """Yield the question, the line and the hint."""
        with Vertical():
            yield Static(self._question, markup=False)
            yield Input(self._value, compact=True)
            yield Static(self._hint, markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the typed text as the result."""
        event.stop()
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)


class ListDialog(ModalScreen[int | None]):
    """A list to pick from; its result is the index of the picked name, or None after escape."""

    DEFAULT_CSS = """
    ListDialog { align: center middle; }
    ListDialog Vertical { width: 40; max-width: 100%; height: auto; max-height: 80%; background: $panel; padding: 0 1; }
    ListDialog OptionList { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Leave")]

    def __init__(self, title: str, names: Sequence[str], present: int | None) -> None:
        super().__init__()
        self._title = title
        self._names = names
        self._present = present

    def compose(self) -> ComposeResult:
        """Yield the title and the list."""
        with Vertical():
            yield Static(self._title, markup=False)
            yield OptionList(*map(printable, self._names), markup=False, compact=True)

    def on_mount(self) -> None:
        """Highlight the present value."""
        self.query_one(OptionList).highlighted = self._present or 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the picked index as the result."""
        event.stop()
        self.dismiss(event.option_index)

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)


class HelpDialog(ModalScreen[None]):
    """Help on all keys, shown until one is pressed."""

    DEFAULT_CSS = """
    HelpDialog { align: center middle; }
    HelpDialog VerticalScroll {
        width: 80; max-width: 100%; height: auto; max-height: 100%; background: $panel; padding: 1;
    }
    HelpDialog Static { height: auto; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Yield the text."""
        with VerticalScroll():
            yield Static(self._text, markup=False)

    def on_key(self, event: Key) -> None:
        """Close at any key, except those that scroll if the terminal is too low for the text."""
        if event.key in SCROLLING and self.query_one(VerticalScroll).max_scroll_y:
            return
        event.stop()
        self.dismiss(None)
