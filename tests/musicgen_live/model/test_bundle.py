from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from musicgen_live.errors import ModelError
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import LARGEST_WEIGHT, Bundle
from musicgen_live.model.card import ModelCard
from musicgen_live.model.predictors import predictor, read_all
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, random_bundle


@pytest.mark.parametrize("architecture", [INDEX_WINDOW, EMBEDDING_CARRIED])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_saved_model_loads_unchanged(tmp_path: Path, architecture: Architecture, dtype: str) -> None:
    bundle = random_bundle(architecture, dtype)
    bundle.save(tmp_path / "model.safetensors")
    loaded = Bundle.load(tmp_path / "model.safetensors")
    assert replace(loaded, tensors={}) == replace(bundle, tensors={})
    assert list(loaded.architecture.tensor_shapes()) == list(bundle.tensors)
    for name, tensor in bundle.tensors.items():
        assert loaded.tensors[name].dtype == np.dtype(dtype)
        assert np.array_equal(loaded.tensors[name], tensor)


def test_the_outlines_of_the_prompts_are_kept(tmp_path: Path) -> None:
    bundle = replace(random_bundle(), outlines=(((0, 0, 1, 0), (1, 5, 4, 1)), ()))
    bundle.save(tmp_path / "model.safetensors")
    assert Bundle.load(tmp_path / "model.safetensors").outlines == bundle.outlines


def test_weights_that_lie_transposed_in_memory_are_kept(tmp_path: Path) -> None:
    bundle = random_bundle()
    turned = {name: np.asfortranarray(tensor) for name, tensor in bundle.tensors.items()}
    replace(bundle, tensors=turned).save(tmp_path / "model.safetensors")
    loaded = Bundle.load(tmp_path / "model.safetensors")
    assert all(np.array_equal(loaded.tensors[name], tensor) for name, tensor in bundle.tensors.items())


def test_a_loaded_model_plays(tmp_path: Path) -> None:
    bundle = random_bundle()
    bundle.save(tmp_path / "model.safetensors")
    loaded = Bundle.load(tmp_path / "model.safetensors")
    before, after = (read_all(predictor(each.network()), each.prompts[0]) for each in (bundle, loaded))
    assert np.array_equal(before, after)


def test_a_model_that_only_plays_drops_its_weights_as_stored() -> None:
    bundle = random_bundle()
    playing = bundle.for_playing()
    assert playing.tensors == {}
    assert playing == replace(bundle, tensors={})
    before, after = (read_all(predictor(each.network()), each.prompts[0]) for each in (bundle, playing))
    assert np.array_equal(before, after)


def test_same_bundle_same_bytes(tmp_path: Path) -> None:
    contents = set()
    for i in range(8):
        random_bundle().save(tmp_path / f"{i}.safetensors")
        contents.add((tmp_path / f"{i}.safetensors").read_bytes())
    assert len(contents) == 1


def test_weights_begin_at_a_multiple_of_eight(tmp_path: Path) -> None:
    for name in ("a", "ab", "abc", "abcd", "abcde"):
        bundle = random_bundle()
        replace(bundle, card=replace(bundle.card, corpus=name)).save(tmp_path / "model.safetensors")
        header = (tmp_path / "model.safetensors").read_bytes()[:8]
        assert int.from_bytes(header, "little") % 8 == 0


def test_saving_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    for seed in (1, 2):
        random_bundle(seed=seed).save(tmp_path / "model.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    loaded = Bundle.load(tmp_path / "model.safetensors")
    assert np.array_equal(loaded.tensors["output.bias"], random_bundle(seed=2).tensors["output.bias"])


def saved(tmp_path: Path) -> tuple[Path, bytes]:
    path = tmp_path / "model.safetensors"
    random_bundle().save(path)
    return path, path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda whole: whole[:-2], id="last weight cut off"),
        pytest.param(lambda whole: whole[: len(whole) // 2], id="half"),
        pytest.param(lambda whole: whole[:100], id="header cut off"),
        pytest.param(lambda whole: whole + b"\0\0", id="bytes after the end"),
        pytest.param(lambda whole: b"\xff" * 8 + whole[8:], id="absurd header length"),
        pytest.param(lambda whole: np.random.default_rng(0).bytes(len(whole)), id="random bytes"),
        pytest.param(lambda _: pickle.dumps({"weights": [1.0, 2.0]}), id="a pickle renamed"),
        pytest.param(lambda _: b"<!DOCTYPE html><html></html>", id="a web page"),
        pytest.param(lambda _: b"MThd\0\0\0\6\0\1\0\1\1\xe0", id="a MIDI file"),
    ],
)
def test_an_incomplete_model_file_is_a_model_error(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path, whole = saved(tmp_path)
    path.write_bytes(damage(whole))
    with pytest.raises(ModelError, match=r"model.safetensors is not a model file that can be read"):
        Bundle.load(path)


def test_loading_a_pickle_executes_nothing(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "executed",))

    (tmp_path / "model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelError):
        Bundle.load(tmp_path / "model.safetensors")
    assert not (tmp_path / "executed").exists()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no model file .*nowhere.safetensors; see: musicgen-live models"):
        Bundle.load(tmp_path / "nowhere.safetensors")


def test_a_folder_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a model file that can be read"):
        Bundle.load(tmp_path)


def metadata_of(path: Path) -> dict[str, str]:
    whole = path.read_bytes()
    header = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])
    metadata: dict[str, str] = header["__metadata__"]
    return metadata


ARCHITECTURE = EMBEDDING_CARRIED.to_json()


@pytest.mark.parametrize(
    "changed",
    [
        {"encoding": None},
        {"vocabulary": None},
        {"architecture": None},
        {"prompts": None},
        {"card": None},
        {"vocabulary": "not JSON"},
        {"vocabulary": "3"},
        {"vocabulary": json.dumps(["A3"] * 7)},
        {"vocabulary": json.dumps(["A3", "B3"])},
        {"architecture": "null"},
        {"architecture": json.dumps(ARCHITECTURE | {"units": 6})},
        {"architecture": json.dumps(ARCHITECTURE | {"window": 10**12})},
        {"architecture": json.dumps(ARCHITECTURE | {"colour": "red"})},
        {"architecture": "[" * 100_000},
        {"prompts": "[]"},
        {"prompts": "[[]]"},
        {"prompts": "[[0, 7]]"},
        {"prompts": "[[0, -1]]"},
        {"prompts": "[[0, 1.5]]"},
        {"prompts": "[[Infinity]]"},
        {"prompts": "3"},
        {"card": "[]"},
        {"card": "{}"},
        {
            "card": json.dumps(
                {"recipe": 1, "epochs": 1, "corpus": "", "licence": "", "credit": "", "music21_version": ""}
            )
        },
    ],
    ids=lambda changed: ",".join(f"{name} {str(value)[:40]}" for name, value in changed.items()),
)
def test_metadata_that_does_not_fit_is_a_model_error(tmp_path: Path, changed: dict[str, str | None]) -> None:
    path, _ = saved(tmp_path)
    metadata = {name: text for name, text in (metadata_of(path) | changed).items() if text is not None}
    save_file(dict(random_bundle().tensors), path, metadata)
    with pytest.raises(ModelError, match=r"model.safetensors is not a model file that can be read"):
        Bundle.load(path)


@pytest.mark.parametrize("wrong", [None, "musicgen-live model 99", "pt"])
def test_another_format_is_named(tmp_path: Path, wrong: str | None) -> None:
    path, _ = saved(tmp_path)
    metadata = metadata_of(path)
    del metadata["format"]
    save_file(dict(random_bundle().tensors), path, metadata | ({"format": wrong} if wrong else {}))
    with pytest.raises(ModelError, match=rf"says '{wrong or 'no format'}', not 'musicgen-live model 1'"):
        Bundle.load(path)


@pytest.mark.parametrize(
    "tensor",
    [
        pytest.param(None, id="missing"),
        pytest.param(np.zeros((5, 19), np.float16), id="another shape"),
        pytest.param(np.zeros((5, 20), np.int16), id="whole numbers"),
        pytest.param(np.full((5, 20), np.nan, np.float16), id="NaN"),
        pytest.param(np.full((5, 20), np.inf, np.float16), id="infinite"),
        pytest.param(np.full((5, 20), -3e38, np.float32), id="sums would be infinite"),
        pytest.param(np.full((5, 20), 1e300), id="not a float32"),
    ],
)
def test_weights_that_cannot_be_played_are_a_model_error(tmp_path: Path, tensor: NDArray[Any] | None) -> None:
    path, _ = saved(tmp_path)
    tensors = dict(random_bundle().tensors)
    del tensors["lstm1.recurrent"]
    if tensor is not None:
        tensors["lstm1.recurrent"] = tensor
    save_file(tensors, path, metadata_of(path))
    with pytest.raises(ModelError, match=r"the tensor lstm1.recurrent"):
        Bundle.load(path)


LARGEST = [
    replace(EMBEDDING_CARRIED, recall_from=0, layer_norm=True),
    replace(EMBEDDING_CARRIED, layers=16, layer_norm=True),
    INDEX_WINDOW,
]


@pytest.mark.parametrize("architecture", LARGEST, ids=["recall", "many layers", "exact window"])
def test_the_largest_weights_give_finite_logits(tmp_path: Path, architecture: Architecture) -> None:
    bundle = random_bundle(architecture, "float32")
    tensors = {name: np.copysign(np.float32(LARGEST_WEIGHT), tensor) for name, tensor in bundle.tensors.items()}
    replace(bundle, tensors=tensors).save(tmp_path / "model.safetensors")
    reader = predictor(Bundle.load(tmp_path / "model.safetensors").network())
    with np.errstate(over="raise"):
        for token_id in (*bundle.prompts[0], *bundle.prompts[0], *bundle.prompts[1]):
            assert np.isfinite(reader.step(token_id)).all()


def test_bfloat16_is_read_as_float32(tmp_path: Path) -> None:
    path, whole = saved(tmp_path)
    length = int.from_bytes(whole[:8], "little")
    header = whole[8 : 8 + length].replace(b'"dtype":"F16"', b'"dtype":"BF16"')
    bundle = random_bundle(dtype="float32")
    halves = {name: (tensor.view(np.uint32) >> 16).astype("<u2") for name, tensor in bundle.tensors.items()}
    offsets = {name: json.loads(header)[name]["data_offsets"] for name in halves}
    data = b"".join(halves[name].tobytes() for name in sorted(halves, key=offsets.__getitem__))
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    for name, tensor in Bundle.load(path).tensors.items():
        np.testing.assert_allclose(tensor, bundle.tensors[name], rtol=2**-7)


def test_a_tensor_that_the_network_does_not_have_is_refused(tmp_path: Path) -> None:
    path, _ = saved(tmp_path)
    save_file({**random_bundle().tensors, "extra": np.zeros(1000, np.float32)}, path, metadata_of(path))
    with pytest.raises(ModelError, match="its network has no tensor 'extra'"):
        Bundle.load(path)


def test_a_card_takes_numbers_as_figures_only() -> None:
    with pytest.raises(TypeError, match="not numbers"):
        ModelCard("classic", 1, "", "", "", "", {"nats": "low"})  # type: ignore[dict-item]
