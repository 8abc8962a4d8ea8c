"""`render` writes the same bytes for a preset and a seed, whatever is rebuilt inside.

The hashes are SHA-256 sums of takes. They were the same with OpenBLAS' kernels for Haswell (AVX2) as with those for
AVX-512.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from musicgen_live.config.library import shipped_preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.session.play import render

TAKES = {
    ("arpeggio-bed", 1): "76c787d55e3781bab3de7fbc5a85ea2ba2b89d8db1f87e76bd6ee7a8bd4059b3",
    ("arpeggio-bed", 7): "a27bf1dfd1ff5c2c612b95817f165593295926434557f2ae11e3c129af3b4946",
    ("arpeggio-bed", 4711): "fc52db53b637ad65906d8614bb9305514ee6e0624754cda91df2594015cb8a37",
    ("baroque-dance", 1): "b6d82088e0c722244a20c1d50485f82d77fdfb88c164b015a7b17757af41179d",
    ("baroque-dance", 7): "6ba475be896248d6e528e396d19d240a2896ab379a4a8167e1cc1022a4db772f",
    ("baroque-dance", 4711): "c5da78bd5461cb21636d5c11a7feefa0b8988ec33766c9ee4e5a935bff754a41",
    ("chorale", 1): "f351de998af28517609b076241166dbb134602a3e60ebb8bb9b6f08af6781259",
    ("chorale", 7): "cfbd13431ee411f517ac27106e207246758ed8754b7501affff53cddfc099c5b",
    ("chorale", 4711): "372350e42c7e062148711be4d369615613934605369b02a637e7ea69215e7cc5",
    ("classic", 1): "7ded4c4e5c4f08d8e7853011e2c09887ef84cdf0c3d4bb908aec1c841951ca1b",
    ("classic", 7): "03892113ef2024e7706663d5e908d55f1cb4c8124d0c4c5eb028ad050429f950",
    ("classic", 4711): "03892113ef2024e7706663d5e908d55f1cb4c8124d0c4c5eb028ad050429f950",
    ("nocturne", 1): "33720a533394fd3f36e6e111d45747e9a207383afc4c22df24c1db31a7aaf49f",
    ("nocturne", 7): "d5dea0082ab143edc022b8ba49e4849ac3c190e08f7f4cf8bb94c9920864ec7d",
    ("nocturne", 4711): "1dbe5552e4a94046240f34686bf257a0c6da8a837a71d062b14d70175b4b28d6",
    ("ragtime", 1): "3a76ff620b0b5ec9374d98ae2caf440b0e0fd739a86177991a19ed650c7e1d55",
    ("ragtime", 7): "f855dec78b9b5c637a41cf739b643191369de83564936b1803eacf8c1fd8e1de",
    ("ragtime", 4711): "0237e303029ccb9eb995eb1c97628dd987da273c63494e8b1b0abbf76849a049",
    ("slow-chords", 1): "23d0ffca75ba62c17d2a4170fb78d59e9f69b97901779f1ae2d1b9d96fa2b66a",
    ("slow-chords", 7): "dfd2aff69d9d24fd95b7109d664e737f22f3d9844c0a7fefd8022e69331ae63a",
    ("slow-chords", 4711): "53e9d3e529fea188cf5de896add448c9d464573d0e279e70e4b2252bb2a6ae59",
    ("sonatina", 1): "a06042494237d9bd906dbefaa0f0d4c223de5720d3740f79e3b939825449769e",
    ("sonatina", 7): "4ebe1973422571b778cce608354d7d794b8dee5b12a5f8e732d498b4f9cccdb5",
    ("sonatina", 4711): "441879106444a349ab2c09a31be1849ce86592489cbcde980c2e01d382ddfe99",
    ("sparse-motif", 1): "b2814e16d82b0bb647e456a140705db27b7f91ce55753b61645beb9dffc80dce",
    ("sparse-motif", 7): "d179c9df8640e10478c4fdafdd7430e063a0fa3624ae04261fb4475b45da9056",
    ("sparse-motif", 4711): "e895fcae8ec0fb4b1189445be21e839a610102ce9c8ab4a784ba66c32ce983f2",
    ("stream", 1): "2aa2de70639009724b0ac78a53f6cf931dfa35c092bb1cd2bb72c7984c466de7",
    ("stream", 7): "580c2c67eeb5f7e698b06129e36555f43c87e4b2ec9cb74b40adabd11d37e379",
    ("stream", 4711): "8e4b7c25621b235c1372831a43427a16c5fca4380934f9f3208993df70f7a872",
    ("two-voice", 1): "add251fb9c2b29047f05b53350d5ce2f1364e369ba48a6f964354210ad2470b3",
    ("two-voice", 7): "03ffc7972fc395d0269822fa8b22d5932791e13dbb7f3461d5be34a93fc2df10",
    ("two-voice", 4711): "525a50fafd0096b8fcaeb18789a125cfc46cabb8db42a715a7e62959e8734aab",
    ("waltz", 1): "aa754fb33d3658020dec905a751bc6daebccd99a4f234aab431760c3a0b57257",
    ("waltz", 7): "0d712f1ec57f85b7d6d7c47bf678b342510787c1e628833332aa2b2ee2d481b7",
    ("waltz", 4711): "67e976e412d64f3d3b58110a37278b944b5abcc3bf0652ee67e24bfad1a6ab80",
}


@pytest.mark.parametrize(("preset", "seed"), TAKES)
def test_a_take_is_the_same_bytes(preset: str, seed: int, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    render(load_preset(preset).settings, seed, take, lambda _: None)
    assert hashlib.sha256(take.read_bytes()).hexdigest() == TAKES[preset, seed]


def test_every_preset_has_its_takes() -> None:
    assert {preset for preset, _ in TAKES} == set(shipped_preset_names())
