"""`render` writes the same bytes for a preset and a seed, whatever is rebuilt inside.

The hashes are SHA-256 sums of takes written before the package was split into rooms. They were the same with OpenBLAS'
kernels for Haswell (AVX2) and for Prescott (SSE3) as with those for AVX-512.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from musicgen_live.config.library import shipped_preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.session.play import render

TAKES = {
    ("arpeggio-bed", 1): "0ac3117c9ea3ee3bc6fefc42bf47b7022ef372d8a7b921fee8b53e2587bfda5a",
    ("arpeggio-bed", 7): "dbc3c25134a01026c27eb2eb38aec7a0d03f8ff1a0f495f0053c4b8ea447befe",
    ("arpeggio-bed", 4711): "915b7e042bcc594b54988bdec54b55ac8bf6ea6ae43e490b471ab499b7b2eabf",
    ("baroque-dance", 1): "dd24e4095e83c9cdf954c0937d94a3ad4c2c6d216b70d3dd67ecaa69b7eb8b3d",
    ("baroque-dance", 7): "d3e934af40d90c7ae69316e252a97bd9a3f4a2218f11adf63cd5e582489906d6",
    ("baroque-dance", 4711): "511be7974997b355fc5450e729e2d7a11d76e8c71eff453aff98536ea8d89ac5",
    ("classic", 1): "7ded4c4e5c4f08d8e7853011e2c09887ef84cdf0c3d4bb908aec1c841951ca1b",
    ("classic", 7): "03892113ef2024e7706663d5e908d55f1cb4c8124d0c4c5eb028ad050429f950",
    ("classic", 4711): "03892113ef2024e7706663d5e908d55f1cb4c8124d0c4c5eb028ad050429f950",
    ("nocturne", 1): "d1d72d878de599acc46b47f554f8321161b6d9bbf99b0875367ff75d311f0645",
    ("nocturne", 7): "699b5fbd3560511c0ef82406c5797358fab6d12b551839b2af54deaea5914f05",
    ("nocturne", 4711): "539e4ed75604569363c10bfce818dc1d3099b00027ae56b4af7f95aad9aead5e",
    ("ragtime", 1): "1986d13fb712d89296033c51da22badd249e9012fed6beba5903b609e793ad8d",
    ("ragtime", 7): "9b1d159b013ca65d2ce47e73d63dc8d9b5ea71e380d72185a610977115d024fd",
    ("ragtime", 4711): "88e53f311a4bdcc4247d76411ea8e1681526ba2a1a1fdb6e6b859ee1e65d0cc4",
    ("slow-chords", 1): "2cbb01e0d9aaa65229c7d992c037d9ac29eb35c07e828fd50c98ef9640a20f31",
    ("slow-chords", 7): "9d8620614045c08a95fd9ee156ce0b61197c710708cd993d30cb2d87755ea68d",
    ("slow-chords", 4711): "d42ea45bbe8f4700af4f65c3d011a59854bea797ca455a3ef19668de16cd4e68",
    ("sonatina", 1): "0cccdf13e0d85af9002b4457f1c0c600cfd2177fa6c85fac8593101b77cc2270",
    ("sonatina", 7): "36b88e9b42d331593f3452ffc744081752ffa084ab731c6420b5903eb3cb3c23",
    ("sonatina", 4711): "9a411fa9afddfed1608af8d9421e6fd51645dbda45a61589d9d593b3bb358c2e",
    ("sparse-motif", 1): "7f0ded2070d66a2eb24362dbb31fac1e730305ef8d2834b5254874398b56630c",
    ("sparse-motif", 7): "d0c83c8871ae19fd3f9b45e265096fce74f44070986131a1258c33d913700fc4",
    ("sparse-motif", 4711): "ca61ce5b45a16ef332a703b71673f049532620ad9f967b85e9660a9814d2af2f",
    ("stream", 1): "2aa2de70639009724b0ac78a53f6cf931dfa35c092bb1cd2bb72c7984c466de7",
    ("stream", 7): "580c2c67eeb5f7e698b06129e36555f43c87e4b2ec9cb74b40adabd11d37e379",
    ("stream", 4711): "8360129a90fe7d37159dac3c0d9b207beb45fea8a117662fcd31bb850567b37f",
    ("two-voice", 1): "e25b927f7af1c28c8bf88fc04a2c8b6709c8c480229ba0f05fa05a403b080672",
    ("two-voice", 7): "fa9489f8895cbb652e8b40e4a47b3b1b2a2b2fc88c537d3870cb3ab26a375d63",
    ("two-voice", 4711): "beedc25f8a070ceb506aa908b0fbe7427029060d5fbc843bf2f0c17b04b30fb7",
    ("waltz", 1): "b95aeff7029d4ca3012c1dacf68fb7c379c93b9faeee05fffd4a02e0975f3c32",
    ("waltz", 7): "f844661d24c2a24ba585f4518127e0cb4b374c0343b78eec1d69391e3edd8696",
    ("waltz", 4711): "d3ef6c667c334c728883acff34459bf9bcad548009db9824acef502756853e00",
}


@pytest.mark.parametrize(("preset", "seed"), TAKES)
def test_a_take_is_the_same_bytes(preset: str, seed: int, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    render(load_preset(preset).settings, seed, take, lambda _: None)
    assert hashlib.sha256(take.read_bytes()).hexdigest() == TAKES[preset, seed]


def test_every_preset_has_its_takes() -> None:
    assert {preset for preset, _ in TAKES} == set(shipped_preset_names())
