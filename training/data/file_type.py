"""What a file that calls itself MIDI really is, from its first bytes; finds the MIDI file inside a wrapper."""

from __future__ import annotations

import struct
from dataclasses import dataclass


class UnreadableError(Exception):
    """Why a file gives no music, in a few plain words that fit after its name; the same every time it is read."""


@dataclass(frozen=True)
class _Kind:
    """Files that hold `magic` at byte `at`, and what to call them."""

    magic: bytes
    words: str
    at: int = 0


_KINDS = (
    _Kind(b"\x1f\x8b", "a gzip archive; unpack it first"),
    _Kind(b"PK\x03\x04", "a zip archive; unpack it first"),
    _Kind(b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    _Kind(b"Rar!", "a RAR archive; unpack it first"),
    _Kind(b"version https://git-lfs", "a git-lfs pointer, not the file itself; fetch it with: git lfs pull"),
    _Kind(b"\x00\x05\x16\x07", "a side file that macOS makes, without music"),
    _Kind(b"WAVE", "a WAV sound file", at=8),
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
    """The MIDI file in `data`: itself, or what a RIFF (RMID) or MacBinary wrapper holds.

    UnreadableError says what the bytes are when that is no MIDI file of format 0 or 1.
    """
    data = _unwrapped(data)
    if not data.startswith(b"MThd"):
        raise UnreadableError(_what_it_is(data))
    if len(data) < 14:
        raise UnreadableError("cut off within the header")
    kind, tracks = struct.unpack_from(">HH", data, 8)
    if kind == 2:
        raise UnreadableError("MIDI format 2 (separate songs in one file), which music21 cannot read")
    if kind > 2:
        raise UnreadableError(f"damaged: MIDI format {kind} does not exist")
    if tracks == 0:
        raise UnreadableError("holds no tracks")
    if len(data) == 14:
        raise UnreadableError("cut off after the header")
    return data


def _unwrapped(data: bytes) -> bytes:
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        at = 12
        while at + 8 <= len(data):
            name, length = struct.unpack_from("<4sI", data, at)
            if name == b"data":
                return data[at + 8 : at + 8 + length]
            at += 8 + length + length % 2
    # MacBinary puts 128 bytes before the file, the first of them 0.
    if data[:1] == b"\x00" and data[128:132] == b"MThd":
        return data[128:]
    return data


def _what_it_is(data: bytes) -> str:
    if not data:
        return "empty (0 bytes)"
    if not any(data):
        return f"nothing but zeros ({len(data)} bytes)"
    for kind in _KINDS:
        if data.startswith(kind.magic, kind.at):
            return kind.words
    text = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, words in _TEXTS:
        if text.startswith(start):
            return words
    return f"not a MIDI file (its first bytes are {data[:4].hex(' ')}, not 4d 54 68 64)"
