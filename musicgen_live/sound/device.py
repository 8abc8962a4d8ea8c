"""Sound devices: those of the system, through miniaudio; one that makes no sound; and one that writes a file."""

from __future__ import annotations

import sys
import threading
import time
import wave
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from musicgen_live.config.files import further_parts, reason_of
from musicgen_live.config.sound_options import NULL_DEVICE
from musicgen_live.errors import SoundError
from musicgen_live.sound.decoding import miniaudio
from musicgen_live.sound.stream import PIPE_S
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames

PERIODS = 3
"""The number of stretches in a device's buffer."""

_FULL_SCALE = 32_767

Fill = Callable[[int], Frames]
"""Return this number of frames; called in a thread of the device."""


@dataclass(frozen=True)
class Buffering:
    """The sizes of a device's buffer for a latency as a whole.

    A message waits for the next stretch, and then passes the stretches that lie before it in the buffer.
    """

    period_s: float

    @classmethod
    def of(cls, latency_s: float) -> Buffering:
        """Return the buffering whose `latency_s` is this."""
        return cls((latency_s - PIPE_S) / (PERIODS + 1))

    @property
    def lag_s(self) -> float:
        """The time from a message to the callback that takes it into a stretch, at the latest."""
        return self.period_s + PIPE_S

    @property
    def buffer_s(self) -> float:
        """The length of a full buffer."""
        return PERIODS * self.period_s

    @property
    def spare_s(self) -> float:
        """The time by which a callback may be late before the buffer is empty."""
        return (PERIODS - 1) * self.period_s


class Device(Protocol):
    """Plays what it asks for."""

    @property
    def name(self) -> str:
        """The name for the user."""
        ...

    @property
    def is_gone(self) -> bool:
        """True if it has stopped by itself."""
        ...

    def start(self, fill: Fill) -> None:
        """Begin to play; SoundError if it refuses."""
        ...

    def close(self) -> None:
        """Stop, and close it."""
        ...


def open_device(name: str | None, buffering: Buffering) -> Device:
    """Open a device: part of its name, `null`, the path of a .wav file, or None for the system's choice.

    Raises SoundError with the devices that exist.
    """
    if name is not None and name.lower().endswith(".wav"):
        return FileDevice(Path(name), buffering.period_s)
    return MiniaudioDevice(name, buffering)


def device_names() -> list[str]:
    """Return the names of the system's devices, empty if there is no sound system; SoundError without miniaudio."""
    library = miniaudio()
    try:
        return [device["name"] for device in library.Devices(_backends(library)).get_playbacks()]
    except library.MiniaudioError:
        return []


def _backends(library: Any) -> list[Any]:  # noqa: ANN401 (of a module without types)
    """Return the sound systems that make sound; without a list, miniaudio falls back to one that makes none."""
    found = library.get_enabled_backends() - {library.Backend.NULL, library.Backend.CUSTOM}
    # In miniaudio's own order of preference.
    return sorted(found, key=lambda backend: backend.value)


class MiniaudioDevice:
    """A device of the system, or miniaudio's null device."""

    def __init__(self, name: str | None, buffering: Buffering) -> None:
        library = miniaudio()
        self._library = library
        self._is_closing = False
        self.is_gone = False
        backends = [library.Backend.NULL] if name == NULL_DEVICE else _backends(library)
        device_id = None
        try:
            if name in (None, NULL_DEVICE):
                self.name = "the null device" if name else "the sound device of the system"
            else:
                # Kept, because the identity of a device belongs to it.
                self._devices = library.Devices(backends)
                self.name, device_id = _matching(str(name), self._devices.get_playbacks())
            self._device = library.PlaybackDevice(
                library.SampleFormat.FLOAT32,
                CHANNELS,
                RATE_HZ,
                max(1, round(1000 * buffering.period_s)),
                device_id,
                PERIODS,
                backends,
                app_name="musicgen-live",
            )
        except library.MiniaudioError as exc:
            raise SoundError(_no_device(sys.platform)) from exc
        self._device.stop_callback = self._on_stop

    def start(self, fill: Fill) -> None:
        """Begin to play; SoundError if the device refuses."""
        try:
            self._device.start(_Feeder(fill))
        except self._library.MiniaudioError as exc:
            raise SoundError(f"{self.name} does not start ({exc}); choose another one: --listen-device NAME") from exc

    def close(self) -> None:
        """Stop, and close it."""
        self._is_closing = True
        self._device.close()

    def _on_stop(self) -> None:
        self.is_gone = self.is_gone or not self._is_closing


class _Feeder:
    """An iterator with the `send` of a generator, by which miniaudio asks for a number of frames."""

    def __init__(self, fill: Fill) -> None:
        self._fill = fill

    def send(self, frames: int) -> memoryview:
        return self._fill(frames).data.cast("B")


def _matching(name: str, devices: list[dict[str, Any]]) -> tuple[str, Any]:
    """Return the name and the identity of the device that a part of a name fits; SoundError for none or several."""
    fitting = [device for device in devices if name.casefold() in device["name"].casefold()]
    exact = [device for device in fitting if device["name"] == name]
    if len(exact or fitting) == 1:
        (device,) = exact or fitting
        return device["name"], device["id"]
    names = ", ".join(f'"{device["name"]}"' for device in devices) or "none"
    fits = "fits several sound devices" if fitting else "is no sound device"
    raise SoundError(
        f"--listen-device {name!r} {fits}; there are {names}, null for no sound, and names of .wav files to write to"
    )


def _no_device(platform: str) -> str:
    why = {
        "linux": "neither PulseAudio nor PipeWire nor ALSA has one",
        "darwin": "Core Audio has none",
        "win32": "Windows has none",
    }.get(platform, "the system has none")
    return (
        f"there is no sound device on this machine ({why}); connect one, let the page sound: musicgen-live play --web, "
        "or write the sound to a file: musicgen-live render --out take.mid --wav take.wav, or of a take that you have: "
        "musicgen-live takes render last"
    )


def _new_file(path: Path) -> BinaryIO:
    """Open a new file for writing; `sound part 2.wav` if there is a `sound.wav`, as when another process goes on."""
    parts = further_parts(path)
    while True:
        with suppress(FileExistsError):
            return path.open("xb")
        path = next(parts)


class FileDevice:
    """A device that writes its sound to a .wav file, in real time: 16 bits, whole at every moment."""

    def __init__(self, path: Path, period_s: float) -> None:
        self.name = str(path)
        self.is_gone = False
        self._frames = max(1, round(period_s * RATE_HZ))
        self._stops = threading.Event()
        self._thread: threading.Thread | None = None
        try:
            # Not by `wave`, which leaves half an object that complains, if the path is wrong.
            self._binary = _new_file(path)
        except OSError as exc:
            raise SoundError(
                f"--listen-device is {self.name!r}, which cannot be written ({reason_of(exc)}); choose another file"
            ) from exc
        self._file = wave.open(self._binary, "wb")  # noqa: SIM115 (closed by `close`)
        self._file.setparams((CHANNELS, 2, RATE_HZ, 0, "NONE", "not compressed"))

    def start(self, fill: Fill) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._write, args=(fill,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and close the file."""
        self._stops.set()
        if self._thread is not None:
            self._thread.join()
        self._file.close()
        self._binary.close()

    def _write(self, fill: Fill) -> None:
        due_s = time.monotonic()
        while not self._stops.wait(max(0.0, due_s - time.monotonic())):
            samples = np.round(fill(self._frames) * _FULL_SCALE).astype("<i2")
            try:
                # Not `writeframesraw`: this keeps the header true, so a crash leaves a file that can be played.
                self._file.writeframes(samples.tobytes())
            except OSError:
                self.is_gone = True
                return
            due_s += self._frames / RATE_HZ
