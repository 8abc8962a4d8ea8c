"""Every error that is the user's to mend, as one tree.

    MusicgenError
    ├── ModelError      a model file that is missing, damaged or of another kind
    ├── SettingsError   a preset or an option that cannot be
    │   └── NameTaken       a preset of that name is there already
    ├── PortError       a MIDI port or MIDI system that is not there
    │   ├── NoMidiSystem    not one MIDI system is there
    │   └── NoVirtualPorts  the MIDI system cannot make ports
    ├── TakeError       a take that could not be written
    ├── PlayerError     the process that plays is gone
    ├── SyncError       someone else's time that cannot be followed
    └── TrainingError   a folder, data set or run that training cannot use

The command line prints the message alone and exits with 2; anything else is a bug and keeps its traceback.
"""


class MusicgenError(Exception):
    """What was wrong, the value, and what to type next, in one sentence or two."""


class ModelError(MusicgenError):
    """A model file that is missing, damaged or of another kind."""


class SettingsError(MusicgenError):
    """A preset or an option that cannot be."""


class NameTaken(SettingsError):  # noqa: N818 (it says what there is, as a musician would)
    """A preset of that name is there already, and was not to be replaced."""


class PortError(MusicgenError):
    """A MIDI port or MIDI system that is not there."""


class NoMidiSystem(PortError):  # noqa: N818 (it says what there is, as a musician would)
    """Not one MIDI system is there: notes can be recorded, not sent."""


class NoVirtualPorts(PortError):  # noqa: N818
    """The MIDI system cannot make ports (Windows): a program that makes them is needed."""


class TakeError(MusicgenError):
    """A take that could not be written."""


class PlayerError(MusicgenError):
    """The process that plays is gone, and nobody told it to."""


class SyncError(MusicgenError):
    """Someone else's time that cannot be followed."""


class TrainingError(MusicgenError):
    """A folder, data set or run that training cannot use."""


def error_named(name: str) -> type[MusicgenError]:
    """Return the class of an error by its name, as a player process reports it; KeyError if there is none."""
    found = [MusicgenError]
    for error in found:
        found += error.__subclasses__()
    return {error.__name__: error for error in found}[name]
