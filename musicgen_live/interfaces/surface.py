"""A controller while it plays: what its messages ask for, and what is sent back so that faders and lights agree."""

from __future__ import annotations

from musicgen_live.config.changes import stepped
from musicgen_live.config.controller_map import HIGHEST_CC, Binding, Controller, ControllerMap
from musicgen_live.config.parameters import PARAMETERS, Change, Value
from musicgen_live.interfaces.scaling import at_position, position_of, reaches

MIDDLE = 64
"""From here on a switch is on, and a button pressed."""

_FULL = 127
_CC, _STRIKE = 0xB0, 0x90


class ControlSurface:
    """Knows where controllers are and what values are set to. Used by one thread."""

    def __init__(self, controls: ControllerMap) -> None:
        self.controls = controls
        self._at: dict[Controller, int] = {}
        """The latest controller value, heard or sent."""
        self._channels: dict[Controller, int] = {}
        """The MIDI channel, from 0, that a controller for any channel was last heard on."""
        self._values: dict[str, Value] = {}
        """What was last told or asked for: a second press goes on from the first one, whether that was done or not."""
        self._unanswered: dict[str, Value] = {}
        """What was asked for from here and not yet told of."""

    def change_for(self, message: bytes) -> Change | None:
        """What a MIDI message asks for; None if nothing, or nothing new.

        A switch is on from 64 on, and turned by a note or a step. An action is done once when the controller rises
        through 64, or by a note; so is what sets or steps a value. Other controllers go through the range of theirs.
        """
        kind, channel = (message[0] & 0xF0, message[0] & 0x0F) if len(message) == 3 else (0, 0)
        if kind == _STRIKE and message[2]:
            found = self.controls.binding_of("note", message[1], channel + 1)
        elif kind == _CC:
            found = self.controls.binding_of("cc", message[1], channel + 1)
        else:
            return None
        if found is None:
            return None
        controller, binding = found
        self._channels[controller] = channel
        if controller.kind == "note":
            return self._asked(self._pressed(binding))
        was, self._at[controller] = self._at.get(controller), message[2]
        return self._asked(self._moved(binding, was, message[2]))

    def feedback(self, name: str, value: Value) -> list[bytes]:
        """The messages that put faders and lights to a value, when it was set: to be called as soon as that is sure.

        A fader that stands where it means this value already is left alone: it may be under a finger. So is one that
        went on from there meanwhile; what it asked for then comes next. One that cannot reach the value is told
        nothing, and asks for what it means wherever it is touched: at its end it would pass for one that is there.
        """
        if name in self._unanswered and self._unanswered.pop(name) != value:
            return []
        self._values[name] = value
        messages = []
        for controller, binding in self.controls.entries:
            if binding.name != name:
                continue
            if not binding.is_press and not reaches(name, value, binding.low, binding.high):
                self._at.pop(controller, None)
            elif (at := self._position(controller, binding, value)) is not None:
                if not binding.is_press:
                    self._at[controller] = at
                channel = self._channels.get(controller, 0) if controller.channel is None else controller.channel - 1
                kind = _CC if controller.kind == "cc" else _STRIKE
                messages.append(bytes((kind | channel, controller.number, at)))
        return messages

    def refused(self, name: str, value: Value) -> list[bytes]:
        """The messages that put faders and lights back: what was asked for cannot be, and this is what stays."""
        self._unanswered.pop(name, None)
        return self.feedback(name, value)

    def _asked(self, steer: Change | None) -> Change | None:
        if steer is None or PARAMETERS[steer.name].kind == "action":
            return steer
        if steer.name in self._values and self._values[steer.name] == steer.value:
            return None
        self._values[steer.name] = self._unanswered[steer.name] = steer.value
        return steer

    def _moved(self, binding: Binding, was: int | None, at: int) -> Change | None:
        if binding.is_press:
            return self._pressed(binding) if at >= MIDDLE and (was or 0) < MIDDLE else None
        if PARAMETERS[binding.name].kind == "switch":
            return Change(binding.name, at >= MIDDLE)
        if was == at:
            # On a bus what is sent back comes in again, and is coarser than the value.
            return None
        return at_position(binding.name, at / _FULL, binding.low, binding.high)

    def _pressed(self, binding: Binding) -> Change:
        if binding.to is not None:
            return binding.to
        present = self._values.get(binding.name, PARAMETERS[binding.name].initial)
        return stepped(binding.name, present, binding.step or 1)  # a note needs no step to turn a switch

    def _position(self, controller: Controller, binding: Binding, value: Value) -> int | None:
        """The controller value to send; None if there is nothing to send."""
        parameter = PARAMETERS[binding.name]
        if binding.to is not None and parameter.kind != "action":
            return _FULL if value == binding.to.value else 0
        if parameter.kind == "switch" and (binding.is_press or controller.kind == "note"):
            return _FULL if value else 0
        if binding.is_press or controller.kind == "note":
            return None
        stands = self._at.get(controller)
        if parameter.kind == "switch":
            return None if stands is not None and (stands >= MIDDLE) == bool(value) else _FULL * bool(value)
        if stands is not None and at_position(binding.name, stands / _FULL, binding.low, binding.high).value == value:
            return None
        share = position_of(binding.name, value, binding.low, binding.high)
        return None if share is None else round(share * _FULL)


def controller_of(message: bytes) -> Controller | None:
    """Which controller sent a MIDI message; None where it was none, or a key that was released.

    Of a note with its channel: pads have one of their own, and the keys of that note shall stay keys.
    """
    kind, channel = (message[0] & 0xF0, (message[0] & 0x0F) + 1) if len(message) == 3 else (0, 0)
    if kind == 0xB0 and message[1] <= HIGHEST_CC:
        return Controller("cc", message[1])
    if kind == 0x90 and message[2]:
        return Controller("note", message[1], channel)
    return None
