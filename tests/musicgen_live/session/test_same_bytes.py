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
    ("arpeggio-bed", 1): "dc50bb6ace4c3047a20cc7caad28876d3595858076ecd2ee318ebdaed453348f",
    ("arpeggio-bed", 7): "7f5e9504f0714eb969d4acaa911dabbc43edd6382159d418fce05f18a5e3722c",
    ("arpeggio-bed", 4711): "f12f55e9f5b91f3a84664579697e6507319dcad462f3a04ee4d9cbeaae1c4571",
    ("baroque-dance", 1): "76bb5ce60391a80bcb2418401c841d8e2401d35011fe0fe7cb447cf2b954d4cc",
    ("baroque-dance", 7): "93c41e5d20617276a1454800ca33bfe51fb8550433dfd7928a8cf1044632887f",
    ("baroque-dance", 4711): "c7b199e2ee292aef258f5ff0887b27983781506eee5fd6a79d62c412415c2533",
    ("chorale", 1): "6e482cea4d1470b3fd14c693007da35f3201e345b8deca15665d0016a1227a25",
    ("chorale", 7): "276f0c502dee76dfc7c1e8ad0359cad14d64fef0239bfd7e0d3ebcfd309a0702",
    ("chorale", 4711): "62aab3295c49029ec571203543507cd7db8470806c1ba870195c29f8e1130e7c",
    ("classic", 1): "83612056400a8bd974fa45119121dae2e253af02a854ee4bf1d5cc03141ba7cb",
    ("classic", 7): "aea04f558b70e7ddb3aeb6628b2f782d2f40d868ac55029156ec73b9c370f629",
    ("classic", 4711): "37e2b8513c8a6e10b3502b86a125796d3cdba8e67742e5a6785a1e7ab813b656",
    ("nocturne", 1): "c00cd49c3d22d55ea7b558f745182dfd1ec4aa197e1d436d3476d9a7da0e3ff2",
    ("nocturne", 7): "9da99855cb2a7fe03eb36ea037150664b9dff0886b5152fcb7467bd5a5c02d5f",
    ("nocturne", 4711): "5a7ff3ae93e2751c3c5ff53a0e6fe56e1663010a392539ec1f997f5810fa3a3f",
    ("ragtime", 1): "f05f37987a5dd14f83e37e46e97df799f847a0b071b803a9043b3676ba59c22c",
    ("ragtime", 7): "4ca1e20ed02f82c42be592d6a428c5225611445645b7766e09a7560ca26f97f0",
    ("ragtime", 4711): "79a9c1168c45784ae3250af67a0be764b04442e564c74d18246b87e46e7349c3",
    ("slow-chords", 1): "473c1e86d99e20e45028678fcea2ed1beca9039f3c42f723a7672f7cb98c5239",
    ("slow-chords", 7): "658b9f2096e84d89d9e995357abdc9812e86d21272e8d7f10e2553d6ef044975",
    ("slow-chords", 4711): "746db5fa0b0fa7f3a10876517d8f5b2e3fc69bc0e547ac094b314fb0bee3e045",
    ("sonatina", 1): "1e60db8f4195b11c377661b803e086215f3b26975e2b5877d5be3c9643f0d665",
    ("sonatina", 7): "247145fe887b4383e87d8048ebcc8cfc67089c56f1753d70101280c4e9549a1e",
    ("sonatina", 4711): "b2c917f95e094b10757e971c67a2d137b89d61d405d492ab9fd68d79d1e7eb77",
    ("sparse-motif", 1): "240ee7d83b808f31c15ab4c11a78fd91e238b394a8328a9ffbaf4dc42ddebb48",
    ("sparse-motif", 7): "a1d320e6d64d0e82ab450797d7ccc5994d0d6b30c061f1dc6375e3548aebd0a0",
    ("sparse-motif", 4711): "daa33e85246fe5d4fc98ddeb523fe7a99776d23c3ed9647f325e5d96c765556f",
    ("stream", 1): "a62da3c56fa7498313f58b2e6330de5220288002be45867a5c7656b461e7763d",
    ("stream", 7): "c31016c2f609226b1cec19b9d0117668d938be8387a2e27c43f0f61f13f8bf57",
    ("stream", 4711): "361a61027433fae2d46ce69cbecaaaf44b67ffb6636f1d315466b31de5b006ae",
    ("two-voice", 1): "355afd9001eb912c765436eca7a993c42adb442397d7fbe88e670a191e6a7304",
    ("two-voice", 7): "ec1ae9eda586c4a9541560bfb6f04ec5d8369bc7e6dabffe4524e1877a003c58",
    ("two-voice", 4711): "a3d1ee9616f4a5f494c3fde4e1ea1408698fe0c782eb50e5bd81cb03e08c0ea0",
    ("waltz", 1): "514b5ea2102f5077b8917d41918b41ca8dece3cf213ebc1b41af4d0ce901d8d7",
    ("waltz", 7): "7a2fc132e4cefd61461732ce24172611cccd81c3d840fb62cfaa6dd38c6877c1",
    ("waltz", 4711): "7bf123676a05640d74b2c6e06afe518cbff94f7fea72609adbd0bf208e677326",
}


@pytest.mark.parametrize(("preset", "seed"), TAKES)
def test_a_take_is_the_same_bytes(preset: str, seed: int, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    render(load_preset(preset).settings, seed, take, lambda _: None, preset)
    assert hashlib.sha256(take.read_bytes()).hexdigest() == TAKES[preset, seed]


def test_every_preset_has_its_takes() -> None:
    assert {preset for preset, _ in TAKES} == set(shipped_preset_names())
