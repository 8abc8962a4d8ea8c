"""Unwraps a MIDI file and describes files that are none by their first bytes; defines the error for unusable files."""

from __future__ import annotations

import struct
from dataclasses import dataclass


class UnreadableError(Exception):
    """A file has no usable music.

    The message completes `NAME cannot be read: ...`; it must be deterministic, because training caches it.
    """


@dataclass(frozen=True)
class _Kind:
    """A file type: files that have `magic` at byte `offset`, and words for them."""

    magic: bytes
    words: str
    offset: int = 0


_KINDS = (
    _Kind(b"\x1f\x8b", "a gzip archive; unpack it first"),
    _Kind(b"PK\x03\x04", "a zip archive; unpack it first"),
    _Kind(b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    _Kind(b"Rar!", "a RAR archive; unpack it first"),
    _Kind(b"version https://git-lfs", "a git-lfs pointer, not the file itself; fetch it with: git lfs pull"),
    _Kind(b"\x00\x05\x16\x07", "a side file that macOS makes, without music"),
    _Kind(b"WAVE", "a WAV sound file", offset=8),
    _Kind(b"RIFF", "a RIFF file without MIDI in it"),
    _Kind(b"ID3", "an MP3 sound file"),
    _Kind(b"OggS", "an Ogg sound file"),
    _Kind(b"fLaC", "a FLAC sound file"),
    _Kind(b"%PDF", "a PDF document"),
    _Kind(b"MTrk", "a MIDI track without the file's header"),
)
_TEXTS = (
    (b"<!doctype html", "an HTML page; the download went wrong"),
    (b"<html", "an HTML page; the download went wrong"),
    (b"<?xml", "an XML file, perhaps MusicXML"),
)


def midi_bytes(data: bytes) -> bytes:
    """Return the MIDI file in `data`: the data itself, or the content of a RIFF (RMID) or MacBinary wrapper.

    UnreadableError describes any other content, or a header that is cut off.
    """
    data = _unwrapped(data)
    if not data.startswith(b"MThd"):
        raise UnreadableError(_description(data))
    if len(data) < 14:
        raise UnreadableError("cut off within the header")
    if len(data) == 14:
        raise UnreadableError("cut off after the header")
    return data


def _unwrapped(data: bytes) -> bytes:
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        offset = 12
        while offset + 8 <= len(data):
            name, length = struct.unpack_from("<4sI", data, offset)
            if name == b"data":
                return data[offset + 8 : offset + 8 + length]
            offset += 8 + length + length % 2
    # MacBinary puts 128 bytes before the file, the first of them 0.
    if data[:1] == b"\x00" and data[128:132] == b"MThd":
        return data[128:]
    return data


def _description(data: bytes) -> str:
    if not data:
        return "empty (0 bytes)"
    if not any(data):
        return f"nothing but zeros ({len(data)} bytes)"
    for kind in _KINDS:
        if data.startswith(kind.magic, kind.offset):
            return kind.words
    text = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, words in _TEXTS:
        if text.startswith(start):
            return words
    return f"not a MIDI file (its first bytes are {data[:4].hex(' ')}, not 4d 54 68 64)"
