"""Turns a MIDI controller's messages into changes, and values into feedback for its motor faders and lights."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.config.changes import stepped
from musicgen_live.config.controller_map import HIGHEST_CC, Binding, Controller, ControllerMap
from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.interfaces.endless_knobs import KnobKind, steps_of
from musicgen_live.interfaces.scaling import change_at_position, position_of, reaches
from musicgen_live.midi.messages import CONTROL_CHANGE, NOTE_ON, is_control_change, is_note_on

MIDDLE = 64
"""The controller value from which on a switch is on, and a button pressed."""

_MAXIMUM = 127


class ControlSurface:
    """Tracks the positions of controllers and the values of parameters. Used by one thread."""

    def __init__(self, controls: ControllerMap) -> None:
        self.controls = controls
        self._positions: dict[Controller, int] = {}
        """The latest controller value, received or sent."""
        self._channels: dict[Controller, int] = {}
        """The MIDI channel, from 0, of the latest message of a controller that is bound on any channel."""
        self._values: dict[str, Value] = {}
        """The latest values, set or requested: a second press continues from the first, even before that is set."""
        self._knob_kinds: dict[Controller, KnobKind] = {}
        self._sources: dict[Controller, str] = {}
        """The kind of port from which the first message of a controller came; a keyboard may be connected to two."""
        self._unconfirmed: dict[str, Value] = {}
        """Values requested from here and not yet confirmed."""

    def change_for(self, message: bytes, source: str = "control") -> Change | None:
        """Return the change that a MIDI message requests; None if there is none, or no new one.

        A switch is on from 64 on; a note or a step toggles it. A controller that rises through 64, or a note, triggers
        an action once, or sets or steps a value once. Other controllers move through the range of their binding.
        Endless knobs step, and count at the `source` that they were received from first.
        """
        channel = message[0] & 0x0F if message else 0
        if is_note_on(message):
            entry = self.controls.binding_of("note", message[1], channel + 1)
        elif is_control_change(message):
            entry = self.controls.binding_of("cc", message[1], channel + 1)
        else:
            return None
        if entry is None:
            return None
        controller, binding = entry
        self._channels[controller] = channel
        change = self._request(self._change_of(controller, binding, message, source))
        return change if change is None or binding.quantise is None else replace(change, quantise=binding.quantise)

    def _change_of(self, controller: Controller, binding: Binding, message: bytes, source: str) -> Change | None:
        if controller.kind == "note":
            return self._press(binding)
        if (steps := self._steps(controller, binding, message[2], source)) is not None:
            return self._turn(binding, steps) if steps else None
        before, self._positions[controller] = self._positions.get(controller), message[2]
        return self._move(binding, before, message[2])

    def feedback(self, name: str, value: Value) -> list[bytes]:
        """Return the messages that move faders and lights to a value; call it as soon as the value is certain.

        A fader whose position already means this value is not moved: it may be under a finger. Nor is one that has
        moved further meanwhile, because its own request comes next. A fader whose range excludes the value is not moved
        either: parked at its end, it would show a wrong value. It requests a value at its next touch, wherever it is.
        """
        if name in self._unconfirmed and self._unconfirmed.pop(name) != value:
            return []
        self._values[name] = value
        messages = []
        for controller, binding in self.controls.entries:
            if binding.name != name:
                continue
            if not binding.is_press and not reaches(name, value, binding.low, binding.high):
                self._positions.pop(controller, None)
            elif (position := self._position_to_send(controller, binding, value)) is not None:
                if not binding.is_press:
                    self._positions[controller] = position
                channel = self._channels.get(controller, 0) if controller.channel is None else controller.channel - 1
                kind = CONTROL_CHANGE if controller.kind == "cc" else NOTE_ON
                messages.append(bytes((kind | channel, controller.number, position)))
        return messages

    def refused(self, name: str, value: Value) -> list[bytes]:
        """Return the messages that move faders and lights back to `value`, which stays after a refused change."""
        self._unconfirmed.pop(name, None)
        return self.feedback(name, value)

    def _request(self, change: Change | None) -> Change | None:
        """Store the value of a change and return it; None if the value is not new."""
        if change is None or PARAMETERS[change.name].kind == "action":
            return change
        if change.name in self._values and self._values[change.name] == change.value:
            return None
        self._values[change.name] = self._unconfirmed[change.name] = change.value
        return change

    def _move(self, binding: Binding, before: int | None, position: int) -> Change | None:
        if binding.is_press:
            return self._press(binding) if position >= MIDDLE and (before or 0) < MIDDLE else None
        if PARAMETERS[binding.name].kind == "switch":
            return Change(binding.name, position >= MIDDLE)
        if before == position:
            # On a MIDI bus our own feedback comes in again, and is coarser than the value.
            return None
        return change_at_position(binding.name, position / _MAXIMUM, binding.low, binding.high)

    def _steps(self, controller: Controller, binding: Binding, position: int, source: str) -> int | None:
        """Return the steps of an endless knob, 0 if they count at another port; None for another controller."""
        if binding.is_press or PARAMETERS[binding.name].kind == "switch":
            return None
        is_first_source = self._sources.setdefault(controller, source) == source
        if binding.relative is not None:
            return steps_of(binding.relative, position) if is_first_source else 0
        kind = self._knob_kinds.setdefault(controller, KnobKind())
        if is_first_source:
            return kind.receive(position)
        return None if kind.coding is None else 0

    def _turn(self, binding: Binding, steps: int) -> Change:
        """Return the change of an endless knob, which stops at the ends of the binding's range."""
        ends = binding.low, binding.high
        is_reversed = binding.low is not None and binding.high is not None and binding.high < binding.low
        present = self._values.get(binding.name, PARAMETERS[binding.name].initial)
        change = stepped(binding.name, present, -steps if is_reversed else steps)
        if ends == (None, None) or reaches(binding.name, change.value, *ends):
            return change
        return change_at_position(binding.name, 1.0 if steps > 0 else 0.0, *ends)

    def _press(self, binding: Binding) -> Change:
        if binding.to is not None:
            return binding.to
        present = self._values.get(binding.name, PARAMETERS[binding.name].initial)
        return stepped(binding.name, present, binding.step or 1)  # a note needs no step to toggle a switch

    def _position_to_send(self, controller: Controller, binding: Binding, value: Value) -> int | None:
        """Return the controller value to send; None if there is nothing to send."""
        parameter = PARAMETERS[binding.name]
        if binding.to is not None and parameter.kind != "action":
            return _MAXIMUM if value == binding.to.value else 0
        if parameter.kind == "switch" and (binding.is_press or controller.kind == "note"):
            return _MAXIMUM if value else 0
        if binding.is_press or controller.kind == "note":
            return None
        present = self._positions.get(controller)
        if parameter.kind == "switch":
            return None if present is not None and (present >= MIDDLE) == bool(value) else _MAXIMUM * bool(value)
        ends = (binding.low, binding.high)
        if present is not None and change_at_position(binding.name, present / _MAXIMUM, *ends).value == value:
            return None
        share = position_of(binding.name, value, *ends)
        return None if share is None else round(share * _MAXIMUM)


def controller_of(message: bytes) -> Controller | None:
    """Return the controller that sent a MIDI message; None for other messages, such as a note-off.

    A note comes with its channel: pads have their own, and keys of the same note must stay keys.
    """
    if is_control_change(message) and message[1] <= HIGHEST_CC:
        return Controller("cc", message[1])
    if is_note_on(message):
        return Controller("note", message[1], (message[0] & 0x0F) + 1)
    return None
