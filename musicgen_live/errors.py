"""All errors that the user can correct, as one tree.

    MusicgenError
    ├── ModelError      a model file is missing, damaged or of another kind
    ├── SettingsError   a preset or an option is wrong
    │   └── NameTaken       a preset of that name exists already
    ├── PortError       a MIDI port or MIDI system is missing
    │   ├── NoMidiSystem    there is no MIDI system
    │   ├── NoSuchPort      no port has a name
    │   └── NoVirtualPorts  the MIDI system cannot create ports
    ├── TakeError       a take could not be read or written
    ├── PlayerError     the player process has died
    ├── SyncError       an external transport cannot be followed
    ├── SoundError      an instrument or a sound device is missing
    └── TrainingError   training cannot use a folder, data set or run

The command line prints only the message and exits with 2; any other exception is a bug and keeps its traceback.
"""


class MusicgenError(Exception):
    """An error with a message of one or two sentences: the problem, the value, and what to type next.

    Examples:
        >>> from musicgen_live import MusicgenError, load
        >>> try:
        ...     load(tempo=3)
        ... except MusicgenError as error:
        ...     print(error)
        tempo is 3; it can be from 10 to 1000
    """


class ModelError(MusicgenError):
    """A model file is missing, damaged or of another kind."""


class SettingsError(MusicgenError):
    """A preset or an option is wrong."""


class NameTaken(SettingsError):  # noqa: N818 (the name describes a state)
    """A preset of that name exists already, and was not to be replaced."""


class PortError(MusicgenError):
    """A MIDI port or MIDI system is missing."""


class NoMidiSystem(PortError):  # noqa: N818 (the name describes a state)
    """There is no MIDI system: notes can be recorded, but not sent."""


class NoSuchPort(PortError):  # noqa: N818 (the name describes a state)
    """No port has a name, now; it may be plugged in later."""


class NoVirtualPorts(PortError):  # noqa: N818 (the name describes a state)
    """The MIDI system cannot create ports (Windows); another program must create them."""


class TakeError(MusicgenError):
    """A take, or another MIDI file, could not be read or written."""


class PlayerError(MusicgenError):
    """The player process has died unexpectedly."""


class SyncError(MusicgenError):
    """An external transport, such as MIDI clock or Link, cannot be followed."""


class SoundError(MusicgenError):
    """An instrument, a sound device or a library that sounds is missing or fails."""


class TrainingError(MusicgenError):
    """Training cannot use a folder, data set or run."""


def error_named(name: str) -> type[MusicgenError]:
    """Return the class of an error by its name, as a player process reports it; KeyError if there is none."""
    classes = [MusicgenError]
    for each in classes:
        classes += each.__subclasses__()
    return {each.__name__: each for each in classes}[name]
