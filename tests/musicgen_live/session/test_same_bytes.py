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
    ("arpeggio-bed", 1): "97530921262e9c74dee7b7c48431ef38b51b18ac44c09e3673bb1c146d0415b5",
    ("arpeggio-bed", 7): "5bf888ccceff90718268e03486189f6b68534fb2213773fcab4cd0578dce6230",
    ("arpeggio-bed", 4711): "b47cc99f78b592889c559868407a4a851975a1c0e3d705487aebc0c0e9cf30ea",
    ("baroque-dance", 1): "00e0a7ad2591ea0f0427e4b51bdacb0a4c3de9476251b5cb6acedca928145f5d",
    ("baroque-dance", 7): "28189a3cdf626e4a73b69e651a499297dd987367c00b28bae812144a6f8777a8",
    ("baroque-dance", 4711): "e2f8061eeaae33ac0a496c382ba1dbacd7d5f7b07fd4e9a40642dc1947719354",
    ("chorale", 1): "883115ea92a71133e967fadb7108910e504b343bf61c4da4eeb89f850b8bd6e0",
    ("chorale", 7): "fd15a1b6635ae6edb559a87465ef5062a8136fa191465187393676174b4931e9",
    ("chorale", 4711): "06d0858b8cd488afec3e193b758be9ec1fd196f93c77adc28ee8e4780b1c2757",
    ("classic", 1): "83612056400a8bd974fa45119121dae2e253af02a854ee4bf1d5cc03141ba7cb",
    ("classic", 7): "aea04f558b70e7ddb3aeb6628b2f782d2f40d868ac55029156ec73b9c370f629",
    ("classic", 4711): "37e2b8513c8a6e10b3502b86a125796d3cdba8e67742e5a6785a1e7ab813b656",
    ("nocturne", 1): "3b93b3836c260ed8313d8fb624b113fc83c0931db341dea5b3f145d239f8ee60",
    ("nocturne", 7): "80f82efafe12d0dcaa51eec249ec8e6ea7755ca485f18a0311e4abc6b56fc215",
    ("nocturne", 4711): "feeeef25a994e9182d9956a2bd8bd5ab22db6674980f9f0b830308a8dc4474a1",
    ("ragtime", 1): "6c80720af6f306687c3fa680cb4ed587ab53b3f9d10b8298fe7fea56a46a4651",
    ("ragtime", 7): "ceae35f1852f8d80a2b90fc7ad09ee10678251d6c016b9896c2608f5c7a30362",
    ("ragtime", 4711): "762938b1e98f7054a488623687d86151ed18ce2faf4b886aebce596653aeb8ae",
    ("slow-chords", 1): "5698ef8a253605dd663407e54cae678c47e610117e09b12370324daca836748a",
    ("slow-chords", 7): "207f6eedbaeb65c976b831ede712b4e84f9f84bf4563949d57ed7d8424fd87e2",
    ("slow-chords", 4711): "b1b24cff9cf82689e3d18e11d9bd37fc529cb11977357a627b7bf09e7d3e5377",
    ("sonatina", 1): "1e4a890785a90ac57ea4742f5ce6cb921d61f8723aedef8242b1a2e0ed230f06",
    ("sonatina", 7): "94f5211f665c124e7edceae15090a30927cabcaea4418f344fba31ba2c3a109f",
    ("sonatina", 4711): "866a14b967538f237b94024e722f4b46fefb2eb9edc475139821dcead8ef9e33",
    ("sparse-motif", 1): "44fa2a983663b07eecfe808bb93fc574417106638f0eff1b48b6646bc847709d",
    ("sparse-motif", 7): "cf0a37fc20ee08e5e91ab910e2a4618f899ab4aec4a151af72f23fc6e5476b17",
    ("sparse-motif", 4711): "01ed02b0069f612f16c188c14cb57941e580214a84b81302f68def7bb9f6b9fe",
    ("stream", 1): "a62da3c56fa7498313f58b2e6330de5220288002be45867a5c7656b461e7763d",
    ("stream", 7): "c31016c2f609226b1cec19b9d0117668d938be8387a2e27c43f0f61f13f8bf57",
    ("stream", 4711): "361a61027433fae2d46ce69cbecaaaf44b67ffb6636f1d315466b31de5b006ae",
    ("two-voice", 1): "434e19a2cf758a927305462f97991c4b3f3b3370095f09dbee281bd4027de8d0",
    ("two-voice", 7): "04b8e79033e338c6b1be7d5f4cf304bf9603fb12856ed2287f71a99e652968b9",
    ("two-voice", 4711): "12e1f72e3995e19a5daa8dc3c7d9f3949dea09aacd123c199605115c4656542c",
    ("waltz", 1): "8b3b153f43c64270b1de560fed8627dbe66ade48a21dc3df6e9385e6ee93e8a3",
    ("waltz", 7): "08572025605ed2da341fb3e72204ac2251f45b76100f3457105a9950c24de73b",
    ("waltz", 4711): "4db1953c9c46341753a23b6fe59c9c61e3d881da8b973b6e1dae09d15531ba58",
}


@pytest.mark.parametrize(("preset", "seed"), TAKES)
def test_a_take_is_the_same_bytes(preset: str, seed: int, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    render(load_preset(preset).settings, seed, take, lambda _: None, preset)
    assert hashlib.sha256(take.read_bytes()).hexdigest() == TAKES[preset, seed]


def test_every_preset_has_its_takes() -> None:
    assert {preset for preset, _ in TAKES} == set(shipped_preset_names())
