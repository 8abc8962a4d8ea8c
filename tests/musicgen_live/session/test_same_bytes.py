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
    ("arpeggio-bed", 1): "32f9fa9819ee313ffb791aa5baa955c5d1b1b45b5ec3fff1b53576048f030ded",
    ("arpeggio-bed", 7): "3cbc8c35900b03ea93f2f2cd46f4688d0d974a7863fa38f44a8cfc989bf74ca2",
    ("arpeggio-bed", 4711): "b47cc99f78b592889c559868407a4a851975a1c0e3d705487aebc0c0e9cf30ea",
    ("baroque-dance", 1): "cb4dd2327262a5f0025324e82d176d29d2d878abf40f29916086b0ebff0c110b",
    ("baroque-dance", 7): "28189a3cdf626e4a73b69e651a499297dd987367c00b28bae812144a6f8777a8",
    ("baroque-dance", 4711): "e2f8061eeaae33ac0a496c382ba1dbacd7d5f7b07fd4e9a40642dc1947719354",
    ("chorale", 1): "d3f7aed8427c69ceb5cabdafca0cb3d83301eb9758122199fbcee06fadfe1819",
    ("chorale", 7): "f65fa190e0e8bcc1e32234397dd3dfd4f90902d5af94ff1a4383d3b561f50352",
    ("chorale", 4711): "06d0858b8cd488afec3e193b758be9ec1fd196f93c77adc28ee8e4780b1c2757",
    ("classic", 1): "83612056400a8bd974fa45119121dae2e253af02a854ee4bf1d5cc03141ba7cb",
    ("classic", 7): "aea04f558b70e7ddb3aeb6628b2f782d2f40d868ac55029156ec73b9c370f629",
    ("classic", 4711): "37e2b8513c8a6e10b3502b86a125796d3cdba8e67742e5a6785a1e7ab813b656",
    ("nocturne", 1): "3b93b3836c260ed8313d8fb624b113fc83c0931db341dea5b3f145d239f8ee60",
    ("nocturne", 7): "09c017121f8c8a56eca9098f2788b82e67e8d7463b35f246c485e64192d6f7d4",
    ("nocturne", 4711): "feeeef25a994e9182d9956a2bd8bd5ab22db6674980f9f0b830308a8dc4474a1",
    ("ragtime", 1): "6c80720af6f306687c3fa680cb4ed587ab53b3f9d10b8298fe7fea56a46a4651",
    ("ragtime", 7): "5379f0459d7a781abee0ba124f6260c361bc5ebc0d1ad47334b820f6578840c2",
    ("ragtime", 4711): "762938b1e98f7054a488623687d86151ed18ce2faf4b886aebce596653aeb8ae",
    ("slow-chords", 1): "5698ef8a253605dd663407e54cae678c47e610117e09b12370324daca836748a",
    ("slow-chords", 7): "207f6eedbaeb65c976b831ede712b4e84f9f84bf4563949d57ed7d8424fd87e2",
    ("slow-chords", 4711): "b1b24cff9cf82689e3d18e11d9bd37fc529cb11977357a627b7bf09e7d3e5377",
    ("sonatina", 1): "e0371b8645469cb0538fe8b734f6cb8ca87a8da9075528c4895db2452f48c50f",
    ("sonatina", 7): "b39c268f76d1933195ac63680d67802a1a6193a1440c6fb8fd335aa48ada88ea",
    ("sonatina", 4711): "03f9cdb009f44d0f2c6cfeab992d65ed35fcdc024a7c9da4d449866e70ac9754",
    ("sparse-motif", 1): "44fa2a983663b07eecfe808bb93fc574417106638f0eff1b48b6646bc847709d",
    ("sparse-motif", 7): "cf0a37fc20ee08e5e91ab910e2a4618f899ab4aec4a151af72f23fc6e5476b17",
    ("sparse-motif", 4711): "01ed02b0069f612f16c188c14cb57941e580214a84b81302f68def7bb9f6b9fe",
    ("stream", 1): "a62da3c56fa7498313f58b2e6330de5220288002be45867a5c7656b461e7763d",
    ("stream", 7): "c31016c2f609226b1cec19b9d0117668d938be8387a2e27c43f0f61f13f8bf57",
    ("stream", 4711): "361a61027433fae2d46ce69cbecaaaf44b67ffb6636f1d315466b31de5b006ae",
    ("two-voice", 1): "d749bb9374344b140acee3f9ac763fda56e8f8bca1f69df06547af458749e166",
    ("two-voice", 7): "ab3ec29be6ca38223a75e250b8987d75a6a9113bf6faa9bb68c39a80f820c96a",
    ("two-voice", 4711): "12e1f72e3995e19a5daa8dc3c7d9f3949dea09aacd123c199605115c4656542c",
    ("waltz", 1): "8f5b54a06138b4c90cd614aaa0c483799ce235727e31c07de95f622364970a7c",
    ("waltz", 7): "08572025605ed2da341fb3e72204ac2251f45b76100f3457105a9950c24de73b",
    ("waltz", 4711): "9403d46fb4b21c9ea943e3a940116109a7ceb5d39e3f066f6f71d2d192d1ea5e",
}


@pytest.mark.parametrize(("preset", "seed"), TAKES)
def test_a_take_is_the_same_bytes(preset: str, seed: int, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    render(load_preset(preset).settings, seed, take, lambda _: None, preset)
    assert hashlib.sha256(take.read_bytes()).hexdigest() == TAKES[preset, seed]


def test_every_preset_has_its_takes() -> None:
    assert {preset for preset, _ in TAKES} == set(shipped_preset_names())
