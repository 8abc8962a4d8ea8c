"""The screen of `play --ui`: shows the events of a take, and turns keys into changes. It has no clock of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.filter import LineFilter, NoColor

from musicgen_live.config.changes import format_value, parse_change, stepped
from musicgen_live.config.parameter import Change, Parameter, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import MusicgenError
from musicgen_live.interfaces.events import Ended, Event, UserMessage
from musicgen_live.interfaces.screen import panel
from musicgen_live.interfaces.screen.dialogs import HELP, HelpDialog, ListDialog, TextDialog
from musicgen_live.interfaces.screen.lines import Draw, Lines
from musicgen_live.interfaces.screen.roll_view import RollOfTake
from musicgen_live.interfaces.screen.state import ScreenState

FRAMES_PER_SECOND = 20
FREEZE_BARS = 4
"""The number of bars that the key freezes; typed, it can be any number."""
LARGE_STEP = 10
"""The number of steps of an arrow key with shift."""
ENDING = "The take is being ended; q once more leaves at once."


class PlayApp(App[None]):
    """The Textual app. Any thread may call `handle`; all else belongs to Textual's thread.

    Wrong input of the user raises nothing, and is reported in the lines at the bottom.
    """

    CSS = """
    Screen { background: #10141c; overflow: hidden; }
    ModalScreen { background: transparent; }
    #transport, #ports, #about, #keys { height: 1; }
    #middle { height: 1fr; }
    #roll { width: 1fr; }
    #values { margin-left: 1; }
    #log { height: 2; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
        Binding("pageup", "choose(-8)", show=False),
        Binding("pagedown", "choose(8)", show=False),
        Binding("home", "choose(-99)", show=False),
        Binding("end", "choose(99)", show=False),
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("shift+left", f"step(-{LARGE_STEP})", show=False),
        Binding("shift+right", f"step({LARGE_STEP})", show=False),
        Binding("enter", "type", show=False),
        Binding("space", "turn('mute')", show=False),
        Binding("full_stop", "turn('pause')", show=False),
        Binding("t", "do('tap')", show=False),
        Binding("x", "do('panic')", show=False),
        Binding("f", "freeze", show=False),
        Binding("r", "do('reroll')", show=False),
        Binding("u", "do('undo')", show=False),
        Binding("v", "step_value('variant')", show=False),
        Binding("c", "store", show=False),
        *(Binding(str(number), f"scene('{number}')", show=False) for number in range(1, 10)),
        Binding("0", "do('restart')", show=False),
        Binding("k", "do('keep')", show=False),
        Binding("e", "do('end')", show=False),
        Binding("s", "save", show=False),
        Binding("p", "pick('preset')", show=False),
        Binding("m", "pick('model')", show=False),
        Binding("question_mark,h,f1", "keys", show=False),
        Binding("q", "end", show=False),
        Binding("ctrl+c,ctrl+q", "end", show=False, priority=True),
    ]

    def __init__(
        self,
        send_change: Callable[[Change], None],
        now_s: Callable[[], float],
        request_end: Callable[[], None],
        save_preset: Callable[[str], str],
        presets: Callable[[], Sequence[str]],
        models: Callable[[], Sequence[str]],
    ) -> None:
        """Take the connections to a session; `now_s` is `time.monotonic`, which also dates the events.

        `send_change` and `request_end` only store the request, and return at once; the app exits at the event `Ended`.
        `save_preset` gets a name and returns a text for the user, or raises a MusicgenError.
        `presets` and `models` are called each time that a list opens, because a preset may have been saved since.
        """
        super().__init__()
        self.failure: Exception | None = None
        """The error that ended the screen, if one did."""
        self.state = ScreenState()
        self._send_change = send_change
        self._now_s = now_s
        self._request_end = request_end
        self._save_preset = save_preset
        self._names: dict[str, Callable[[], Sequence[str]]] = {"preset": presets, "model": models}
        self._events: deque[Event] = deque()
        self._chosen = 0
        self._is_ending = False
        roll = RollOfTake(self.state, now_s)
        drawing_functions: dict[str, Draw] = {
            "transport": lambda width, _: [panel.transport(self.state, now_s(), width)],
            "ports": lambda width, _: [panel.ports(self.state, now_s(), width)],
            "roll": roll.draw,
            "values": lambda width, rows: panel.values(self.state, self._chosen, rows, width),
            "about": lambda width, _: [panel.about(self._parameter, width)],
            "log": lambda width, rows: panel.log(self.state.words, rows, width),
            "keys": lambda width, _: [panel.keys(width)],
        }
        # Kept here, because a query would search the topmost screen, which may be a dialog.
        self._parts = {name: Lines(draw, name) for name, draw in drawing_functions.items()}

    def handle(self, event: Event) -> None:
        """Take an event from any thread; the next frame shows it."""
        self._events.append(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what alters lines on their way to the terminal: with NO_COLOR it gets no colour, not even grey."""
        return [*super().get_line_filters(), NoColor()] if self.no_color else super().get_line_filters()

    def compose(self) -> ComposeResult:
        """Yield the parts of the screen, from the top."""
        yield self._parts["transport"]
        yield self._parts["ports"]
        with Horizontal(id="middle"):
            yield self._parts["roll"]
            yield self._parts["values"]
        yield self._parts["about"]
        yield self._parts["log"]
        yield self._parts["keys"]

    def on_mount(self) -> None:
        """Start the timer that draws."""
        self.set_interval(1 / FRAMES_PER_SECOND, self.look)

    def on_resize(self, event: Resize) -> None:
        """Divide the screen: the roll gets the space that the other parts do not need."""
        width, height = event.size
        # A narrow screen shows the values only, because the notes can be heard anyway.
        self._parts["roll"].display = width >= 50
        self._parts["values"].styles.width = "1fr" if width < 50 else 31 if width < 100 else 40
        self._parts["log"].styles.height = 2 if height < 30 else 4
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Handle all waiting events, and redraw the parts that have changed; exit if that fails."""
        try:
            self._look()
        except Exception as error:
            self.failure = error
            self.exit()

    def _look(self) -> None:
        while self._events:
            event = self._events.popleft()
            self.state.handle(event)
            if isinstance(event, Ended):
                self.exit()
        for part in self._parts.values():
            part.look()

    # --- keys ------------------------------------------------------------------------------------------------------

    @property
    def _parameter(self) -> Parameter:
        return panel.choosable(self.state)[self._chosen]

    def action_choose(self, by: int) -> None:
        """Choose another value, stopping at both ends of the list."""
        self._chosen = min(max(0, self._chosen + by), len(panel.choosable(self.state)) - 1)
        self.look()

    def action_step(self, steps: int) -> None:
        """Change the chosen value by `steps`."""
        name = self._parameter.name
        self._try_change(lambda: stepped(name, self._aim(name), steps))

    def action_turn(self, name: str) -> None:
        """Toggle a switch."""
        self._try_change(lambda: stepped(name, self._aim(name), 1))

    def action_freeze(self) -> None:
        """Repeat the last bars, or let the music continue."""
        self._try_change(lambda: parse_change("freeze", 0 if self._aim("freeze") else FREEZE_BARS))

    def action_do(self, name: str) -> None:
        """Request an action, such as reroll."""
        self._send_change(parse_change(name, None))

    def action_step_value(self, name: str) -> None:
        """Go to the next value of a parameter."""
        self._try_change(lambda: stepped(name, self._aim(name), 1))

    def action_scene(self, name: str) -> None:
        """Call a scene back."""
        self._try_change(lambda: parse_change("scene", name))

    def action_store(self) -> None:
        """Ask the user for a number or a name, and store all values as a scene."""

        def on_answer(name: str | None) -> None:
            if name:
                self._try_change(lambda: parse_change("store", name))

        self.push_screen(
            TextDialog("Store the values as a scene of this number or name:", "Enter stores, escape leaves it."),
            on_answer,
        )

    def action_type(self) -> None:
        """Ask the user for the chosen value, by a list if it has one, else by a line to type."""
        parameter = self._parameter
        if parameter.kind == "switch":
            self.action_turn(parameter.name)
        elif parameter.kind == "choice" or parameter.name in self._names:
            self.action_pick(parameter.name)
        else:
            self._ask_value(parameter)

    def _ask_value(self, parameter: Parameter) -> None:
        def on_answer(text: str | None) -> None:
            if text is not None:
                self._try_change(lambda: parse_change(parameter.name, text))

        aim = self._aim(parameter.name)
        hint = "Enter takes it, escape leaves it."
        self.push_screen(
            TextDialog(f"{parameter.name}: {panel.range_of(parameter)}", hint, format_value(parameter.name, aim)),
            on_answer,
        )

    def action_pick(self, name: str) -> None:
        """Ask the user to pick a value from a list."""
        names: list[str | None] = [*self._names[name]()] if name in self._names else [None, *PARAMETERS[name].choices()]

        def on_answer(index: int | None) -> None:
            if index is not None:
                self._try_change(lambda: parse_change(name, names[index]))

        aim = self._aim(name)
        present = names.index(aim) if aim in names else None
        self.push_screen(ListDialog(f"Which {name}?", [format_value(name, each) for each in names], present), on_answer)

    def action_save(self) -> None:
        """Ask the user for a name, and save all values as a preset."""

        def on_answer(name: str | None) -> None:
            if name:
                try:
                    self._show_message(self._save_preset(name))
                except MusicgenError as error:
                    self._show_message(str(error))

        self.push_screen(
            TextDialog("Save the values as a preset of this name:", "Enter saves, escape leaves it."), on_answer
        )

    def action_keys(self) -> None:
        """Show the help on keys."""
        self.push_screen(HelpDialog(HELP.format(freeze_bars=FREEZE_BARS)))

    def action_end(self) -> None:
        """End the take, and exit when it is closed; the second time, exit at once."""
        if self._is_ending:
            self.exit()
            return
        self._is_ending = True
        self._show_message(ENDING)
        self._request_end()

    def _aim(self, name: str) -> Value:
        return self.state.aim(name, self._now_s())

    def _try_change(self, make: Callable[[], Change]) -> None:
        """Request a change, or show the reason why it is impossible."""
        try:
            change = make()
        except MusicgenError as error:
            self._show_message(str(error))
            return
        self.state.request(change.name, change.value, self._now_s())
        self._send_change(change)

    def _show_message(self, text: str) -> None:
        self.state.handle(UserMessage(text))
        self.look()
