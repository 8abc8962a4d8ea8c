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
    ("arpeggio-bed", 1): "d7e7b0d23cbffc2823a7336992bd09011bba86f0c55fe5eeb73e87e55c6efccf",
    ("arpeggio-bed", 7): "ca8e9cb26a1467b7ef415c93a9428dc8324b6a96672a593753758b27e9ba0487",
    ("arpeggio-bed", 4711): "5f4a45eded3fae6a8f209c07dd51ffd6177168467ce04b8420593914baa03b54",
    ("baroque-dance", 1): "8096d28c50b7519a2e2f08470156b938e4ba6321f38bcb1924fa7ed151d4ea2c",
    ("baroque-dance", 7): "b5868a5269a2b71d2f7579a203c7adbb0dcc2b744853d7d60fa91a1ae286e042",
    ("baroque-dance", 4711): "12b7e31df0e66b99061feb8b9d77ac9b2c490f81fa170717a5027767f9a79b7f",
    ("chorale", 1): "731ec707e1f0df6f3f080cfb68525e74d749b14f2490d9943db79ea4a61b37da",
    ("chorale", 7): "005f0c404fde65d9cf54da13371cef51b14583fad7e05623a74c1be72d2f1e7f",
    ("chorale", 4711): "366a819fd2eee49017f96564f531f5101172b10f400aa7eeffa05877d70823a2",
    ("classic", 1): "7ded4c4e5c4f08d8e7853011e2c09887ef84cdf0c3d4bb908aec1c841951ca1b",
    ("classic", 7): "03892113ef2024e7706663d5e908d55f1cb4c8124d0c4c5eb028ad050429f950",
    ("classic", 4711): "03892113ef2024e7706663d5e908d55f1cb4c8124d0c4c5eb028ad050429f950",
    ("nocturne", 1): "4a89ed72fefabf52b6e427b8df2d5c58632f948064edd9e11684278db345d5fe",
    ("nocturne", 7): "0751b0b51808fb734fb6e6b3cc4f7265d36d50e3f134d0b629a0208e06ce1828",
    ("nocturne", 4711): "4367868f5016a98f1bb30c868f97446bddbc9075630200c2cf5bd9a62e08fbe5",
    ("ragtime", 1): "11dd925606a428124dba9b47260133e1070bc14de87cd920bad825b278cd644f",
    ("ragtime", 7): "995de0ba7330c005118b7f47c9f33893d5a4f4b0a8464f189732268e1e4621d0",
    ("ragtime", 4711): "41515f7c392d29687b65e8074f6a7e476aa96396e8d9676f69cea802bbfd5176",
    ("slow-chords", 1): "23d0ffca75ba62c17d2a4170fb78d59e9f69b97901779f1ae2d1b9d96fa2b66a",
    ("slow-chords", 7): "3ce5a5e3e6518e027a360c309515b4c39b0cf9c5d313c73039b29316057c8f13",
    ("slow-chords", 4711): "53e9d3e529fea188cf5de896add448c9d464573d0e279e70e4b2252bb2a6ae59",
    ("sonatina", 1): "3b53a0fbbc2288af33a91f0442f1cba6c7bae422a6b19728501932e7c291f0d4",
    ("sonatina", 7): "1609bbc922d23c6c73db65f7fafc5c28bd704aec2244befabb7765017b6b47cd",
    ("sonatina", 4711): "d702a45bd45c23da9b993bb81886118a00ca96261c6f6a43a7bc31ace5c410a5",
    ("sparse-motif", 1): "b2814e16d82b0bb647e456a140705db27b7f91ce55753b61645beb9dffc80dce",
    ("sparse-motif", 7): "93f064d15b39747e81d197d94ae55219cfd807547d75c694b20eb9f74acc9714",
    ("sparse-motif", 4711): "60bb6be710dda266013c2915e8725acfb8e388de930c631c52b9cb8bf0b4e219",
    ("stream", 1): "2aa2de70639009724b0ac78a53f6cf931dfa35c092bb1cd2bb72c7984c466de7",
    ("stream", 7): "580c2c67eeb5f7e698b06129e36555f43c87e4b2ec9cb74b40adabd11d37e379",
    ("stream", 4711): "8e4b7c25621b235c1372831a43427a16c5fca4380934f9f3208993df70f7a872",
    ("two-voice", 1): "07c873ef2aafa45cd2455db887c343f261726f813360fbb222b61e94d3277782",
    ("two-voice", 7): "e4b597bd70d2dc1a509945ad0309df93dd5854d38cfa02564a89ee00550ff5fb",
    ("two-voice", 4711): "221a0e0ea38570af51d095c31619d4a727e4aef25401fe76999da9ee63e98d51",
    ("waltz", 1): "dc2638faa3e8ed90ac7f13b80f18b855e44ba88945df46c3771644abcc1a508a",
    ("waltz", 7): "154dd1d614e06e3921f503deb645ca918d73bc250597c349aa50f7921150675c",
    ("waltz", 4711): "a6587172fb890dbccca0372ef473000ebf2332890e69f9ffeb7535f51922ad40",
}


@pytest.mark.parametrize(("preset", "seed"), TAKES)
def test_a_take_is_the_same_bytes(preset: str, seed: int, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    render(load_preset(preset).settings, seed, take, lambda _: None)
    assert hashlib.sha256(take.read_bytes()).hexdigest() == TAKES[preset, seed]


def test_every_preset_has_its_takes() -> None:
    assert {preset for preset, _ in TAKES} == set(shipped_preset_names())
