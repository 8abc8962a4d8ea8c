"""The screen of `play --ui`: shows what it is told, and hands on what its keys ask for. It keeps no time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize

from musicgen_live.config.changes import format_value, parse_change, stepped
from musicgen_live.config.parameters import PARAMETERS, Change, Parameter, Value
from musicgen_live.errors import MusicgenError
from musicgen_live.interfaces.events import Ended, Event, Said
from musicgen_live.interfaces.screen import panel
from musicgen_live.interfaces.screen.dialogs import HELP, HelpDialog, ListDialog, TextDialog
from musicgen_live.interfaces.screen.lines import Draw, Lines
from musicgen_live.interfaces.screen.roll_view import RollOfTake
from musicgen_live.interfaces.screen.state import ScreenState

PICTURES_A_SECOND = 25
FREEZE_BARS = 4
"""How many bars the key freezes; as a value it can be any number of bars."""
FAR = 10
"""Steps at once."""
ENDING = "The take is being ended; q once more leaves at once."


class PlayApp(App[None]):
    """`handle` may be called from any thread; all else belongs to Textual's.

    Nothing here raises for what a user types: it is said in the lines at the bottom.
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
        Binding("shift+left", f"step(-{FAR})", show=False),
        Binding("shift+right", f"step({FAR})", show=False),
        Binding("enter", "type", show=False),
        Binding("space", "turn('mute')", show=False),
        Binding("f", "freeze", show=False),
        Binding("r", "do('reroll')", show=False),
        Binding("0", "do('restart')", show=False),
        Binding("k", "do('keep')", show=False),
        Binding("s", "save", show=False),
        Binding("p", "pick('preset')", show=False),
        Binding("m", "pick('model')", show=False),
        Binding("question_mark,h,f1", "keys", show=False),
        Binding("q", "end", show=False),
        Binding("ctrl+c,ctrl+q", "end", show=False, priority=True),
    ]

    def __init__(
        self,
        steer: Callable[[Change], None],
        now_s: Callable[[], float],
        end: Callable[[], None],
        save_preset: Callable[[str], str],
        presets: Callable[[], Sequence[str]],
        models: Callable[[], Sequence[str]],
    ) -> None:
        """`now_s` is `time.monotonic`, by which events tell time.

        `steer` and `end` only note what is asked for, and return at once; the app leaves when it hears `Ended`.
        `save_preset` gets a name and returns words that say what came of it, or raises a MusicgenError.
        `presets` and `models` are asked each time that a list is opened: a preset may have been saved since.
        """
        super().__init__()
        self.state = ScreenState()
        self._steer = steer
        self._now_s = now_s
        self._end = end
        self._save_preset = save_preset
        self._names: dict[str, Callable[[], Sequence[str]]] = {"preset": presets, "model": models}
        self._events: deque[Event] = deque()
        self._chosen = 0
        self._is_ending = False
        roll = RollOfTake(self.state, now_s)
        draws: dict[str, Draw] = {
            "transport": lambda width, _: [panel.transport(self.state, now_s(), width)],
            "ports": lambda width, _: [panel.ports(self.state, width)],
            "roll": roll.draw,
            "values": lambda width, rows: panel.values(self.state, self._chosen, rows, width),
            "about": lambda width, _: [panel.about(self._parameter, width)],
            "log": lambda width, rows: panel.log(self.state.words, rows, width),
            "keys": lambda width, _: [panel.keys(width)],
        }
        # Asking the screen for them would ask the one on top, which may be a list to pick from.
        self._parts = {name: Lines(draw, name) for name, draw in draws.items()}

    def handle(self, event: Event) -> None:
        """Take an event from whichever thread; it is seen with the next picture."""
        self._events.append(event)

    def compose(self) -> ComposeResult:
        """The parts of the screen, from the top."""
        yield self._parts["transport"]
        yield self._parts["ports"]
        with Horizontal(id="middle"):
            yield self._parts["roll"]
            yield self._parts["values"]
        yield self._parts["about"]
        yield self._parts["log"]
        yield self._parts["keys"]

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(1 / PICTURES_A_SECOND, self.look)

    def on_resize(self, event: Resize) -> None:
        """Share the room: the roll gets what the rest has no need of."""
        width, height = event.size
        # Of both, the values are what cannot be heard.
        self._parts["roll"].display = width >= 50
        self._parts["values"].styles.width = "1fr" if width < 50 else 31 if width < 100 else 40
        self._parts["log"].styles.height = 2 if height < 30 else 4
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Hear what was told since, and draw what is different."""
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
        return panel.CHOOSABLE[self._chosen]

    def action_choose(self, by: int) -> None:
        """Choose another value; beyond the ends is at the ends."""
        self._chosen = min(max(0, self._chosen + by), len(panel.CHOOSABLE) - 1)
        self.look()

    def action_step(self, steps: int) -> None:
        """Change the chosen value by so many steps."""
        name = self._parameter.name
        self._wish(lambda: stepped(name, self._aim(name), steps))

    def action_turn(self, name: str) -> None:
        """Turn a switch."""
        self._wish(lambda: stepped(name, self._aim(name), 1))

    def action_freeze(self) -> None:
        """Let the last bars go round, or the music go on."""
        self._wish(lambda: parse_change("freeze", 0 if self._aim("freeze") else FREEZE_BARS))

    def action_do(self, name: str) -> None:
        """Ask for an action."""
        self._steer(parse_change(name, None))

    def action_type(self) -> None:
        """Ask for the chosen value: a list where there is one, else a line to type."""
        parameter = self._parameter
        if parameter.kind == "switch":
            self.action_turn(parameter.name)
        elif parameter.kind == "choice" or parameter.name in self._names:
            self.action_pick(parameter.name)
        else:
            self._ask_value(parameter)

    def _ask_value(self, parameter: Parameter) -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                self._wish(lambda: parse_change(parameter.name, text))

        aim = self._aim(parameter.name)
        hint = "Enter takes it, escape leaves it."
        self.push_screen(
            TextDialog(f"{parameter.name}: {panel.range_of(parameter)}", hint, format_value(parameter.name, aim)),
            answered,
        )

    def action_pick(self, name: str) -> None:
        """Ask for one of a list."""
        names: list[str | None] = [*self._names[name]()] if name in self._names else [None, *PARAMETERS[name].choices()]

        def answered(place: int | None) -> None:
            if place is not None:
                self._wish(lambda: parse_change(name, names[place]))

        aim = self._aim(name)
        present = names.index(aim) if aim in names else None
        self.push_screen(ListDialog(f"Which {name}?", [format_value(name, one) for one in names], present), answered)

    def action_save(self) -> None:
        """Ask for a name, and save all values by it."""

        def answered(name: str | None) -> None:
            if name:
                try:
                    self._say(self._save_preset(name))
                except MusicgenError as error:
                    self._say(str(error))

        self.push_screen(
            TextDialog("Save the values as a preset of this name:", "Enter saves, escape leaves it."), answered
        )

    def action_keys(self) -> None:
        """Show what all keys do."""
        self.push_screen(HelpDialog(HELP.format(freeze_bars=FREEZE_BARS)))

    def action_end(self) -> None:
        """End the take, and leave once it is closed; the second time, leave at once."""
        if self._is_ending:
            self.exit()
            return
        self._is_ending = True
        self._say(ENDING)
        self._end()

    def _aim(self, name: str) -> Value:
        return self.state.aim(name, self._now_s())

    def _wish(self, make: Callable[[], Change]) -> None:
        """Hand on a wish, or say why there cannot be one."""
        try:
            steer = make()
        except MusicgenError as error:
            self._say(str(error))
            return
        self.state.request(steer.name, steer.value, self._now_s())
        self._steer(steer)

    def _say(self, text: str) -> None:
        self.state.handle(Said(text))
        self.look()
