"""The player's outputs where there is no MIDI system: the sound of this machine, or neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.errors import NoMidiSystem, SoundError
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.part_channels import UNSPLIT
from musicgen_live.player.reports import Ready
from musicgen_live.session import opening as opening_module
from musicgen_live.session.opening import Opening
from musicgen_live.sound.device import Buffering, open_device

pytestmark = [
    pytest.mark.usefixtures("no_jack"),
    pytest.mark.skipif(Path("/dev/snd/seq").exists(), reason="this machine has a MIDI system that cannot be hidden"),
]

OWN_PORT = PortOptions("musicgen-live", is_virtual=True)


def opening_of(said: list[str], *ports: PortOptions, sound: SoundOptions | None = None) -> Opening:
    config = PlayerConfig(ports, None, "x", 120.0, TimeSignature(4, 4), UNSPLIT, 7680, sound=sound)
    return Opening(config, said.append, lambda: None)


def has_device() -> bool:
    try:
        open_device(None, Buffering.of(0.05)).close()
    except SoundError:
        return False
    return True


def test_sound_alone_needs_no_midi_system() -> None:
    said: list[str] = []
    opening = opening_of(said, sound=SoundOptions(device="null"))
    assert opening.await_any(may_sound=False) == Ready((), sound="the null device")
    opening.close()
    assert said == []


def test_without_a_midi_system_the_take_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    # The device that every machine has, in the place of that of the system.
    monkeypatch.setattr(opening_module, "SoundOptions", lambda: SoundOptions(device="null"))
    said: list[str] = []
    opening = opening_of(said, OWN_PORT)
    first = opening.player
    assert opening.await_any(may_sound=True) == Ready((), sound="the null device")
    assert opening.player is not first
    assert opening.player.ahead_s == 0.05
    opening.close()
    assert said == ["This machine has no MIDI system, so the take sounds here."]


@pytest.mark.parametrize("device", [None, "nosuch"])
def test_with_neither_the_error_is_that_of_the_midi_system(monkeypatch: pytest.MonkeyPatch, device: str | None) -> None:
    monkeypatch.setattr(opening_module, "SoundOptions", lambda: SoundOptions(device="nosuch"))
    said: list[str] = []
    opening = opening_of(said, OWN_PORT)
    with pytest.raises(NoMidiSystem, match="No MIDI system is ready on this machine"):
        opening.await_any(may_sound=device is not None)
    assert said == []


def test_with_neither_the_take_can_play_to_a_page_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_module, "SoundOptions", lambda: SoundOptions(device="nosuch"))
    said: list[str] = []
    opening = opening_of(said, OWN_PORT)
    assert opening.await_any(may_sound=True, may_be_silent=True) == Ready(())
    opening.close()
    assert said == ["This machine has no MIDI system and no sound device: let the page sound."]


@pytest.mark.parametrize("has_page", [True, False])
def test_a_sound_that_was_asked_for_where_there_is_none_is_left_to_the_page(has_page: bool) -> None:
    if has_device():
        pytest.skip("this machine has a sound device that cannot be hidden")
    said: list[str] = []
    opening = opening_of(said, sound=SoundOptions())
    if has_page:
        assert opening.await_any(may_sound=False, may_be_silent=True) == Ready(())
    else:
        with pytest.raises(SoundError, match="there is no sound device on this machine"):
            opening.await_any(may_sound=False)
    opening.close()
    assert said == ["This machine has no sound device: let the page sound."] * has_page


def test_a_sound_that_was_asked_for_and_cannot_begin_is_an_error() -> None:
    opening = opening_of([], sound=SoundOptions(device="nosuch"))
    with pytest.raises(SoundError, match="sound device"):
        opening.await_any(may_sound=False)
    opening.close()
