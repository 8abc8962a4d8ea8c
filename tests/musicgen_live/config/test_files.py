"""Regular files alone are read, at once and with a bound; any other file is an error that says what it is."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from musicgen_live.config.controller_map_file import load_controller_map
from musicgen_live.config.files import open_regular, read_regular
from musicgen_live.config.presets import load_preset
from musicgen_live.errors import ModelError, SettingsError, TakeError
from musicgen_live.generation.prompt_file import read_prompt_file
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.metadata import Metadata

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither pipes nor devices in folders")


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(bytes(range(256)))
    assert read_regular(path, most_bytes=256) == bytes(range(256))
    with open_regular(path) as file:
        assert file.read(3) == b"\0\1\2"


def test_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "some").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("some")
    assert read_regular(tmp_path / "link", most_bytes=3) == b"abc"
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="it is a device, not a file"):
        read_regular(tmp_path / "zero", most_bytes=3)


def test_what_is_no_file_is_named_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError, match="it is a socket, not a file"):
            open_regular(tmp_path / "socket")
    kinds = {tmp_path / "pipe": "a named pipe", tmp_path: "a folder", Path("/dev/zero"): "a device"}
    for path, kind in kinds.items():
        with pytest.raises(OSError, match=f"it is {kind}, not a file"):
            open_regular(path)


def test_a_larger_file_is_refused_with_its_size(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(2**40)
    with pytest.raises(OSError, match=r"it has 1,099,511\.6 MB, and at most 8 MB are read"):
        read_regular(tmp_path / "huge", most_bytes=8_000_000)


def test_every_reader_refuses_a_pipe_with_a_sentence(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(TakeError, match=r"pipe\.toml cannot be read: it is a named pipe, not a file"):
        read_midi(pipe)
    with pytest.raises(TakeError, match="it is a named pipe, not a file"):
        read_prompt_file(str(pipe))
    with pytest.raises(SettingsError, match=r"cannot be read \(it is a named pipe, not a file\)"):
        load_controller_map(pipe)
    for read in (Metadata.read, Bundle.load):
        with pytest.raises(ModelError, match=r"\(it is a named pipe, not a file\)"):
            read(pipe)
    with pytest.raises(SettingsError, match=r"the preset .* cannot be read \(it is a named pipe, not a file\)"):
        load_preset(str(pipe))


def test_every_reader_refuses_a_device_and_a_folder(tmp_path: Path) -> None:
    for path, kind in ((Path("/dev/zero"), "a device"), (tmp_path, "a folder")):
        with pytest.raises(TakeError, match=f"it is {kind}, not a file"):
            read_midi(path)
        with pytest.raises(SettingsError, match=f"it is {kind}, not a file"):
            load_controller_map(path)
        for read in (Metadata.read, Bundle.load):
            with pytest.raises(ModelError, match=f"it is {kind}, not a file"):
                read(path)
