"""The metadata of a model file, read without its weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musicgen_live.errors import ModelError
from musicgen_live.model.metadata import Metadata
from tests.support.models import TOKENS, toy_bundle, toy_model


def test_encoding_tokens_and_prompts_are_those_of_the_bundle(tmp_path: Path) -> None:
    metadata = Metadata.read(toy_model(tmp_path))
    assert metadata == Metadata("chords", TOKENS, toy_bundle().prompts)


def file_with(path: Path, metadata: dict[str, str]) -> Path:
    header = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    return path


METADATA = {"encoding": "chords", "vocabulary": '["C4", "E4"]', "prompts": "[[0, 1]]"}


def test_the_header_alone_is_enough(tmp_path: Path) -> None:
    assert Metadata.read(file_with(tmp_path / "x", METADATA)).prompts == ((0, 1),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompts": "[[0, 2]]"},
        {"prompts": "[[-1]]"},
        {"prompts": "[[]]"},
        {"prompts": "[]"},
        {"prompts": "[[0.5]]"},
        {"prompts": "7"},
        {"prompts": "[" * 100_000},
        {"vocabulary": "7"},
    ],
)
def test_wrong_metadata_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="is not a model file that can be read"):
        Metadata.read(file_with(tmp_path / "x", {**METADATA, **wrong}))


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8, b"\xff" * 20, b"\x02" + b"\0" * 7 + b"{}", b"\x02" + b"\0" * 7 + b"[]"]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ModelError, match="is not a model file that can be read"):
        Metadata.read(tmp_path / "x")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a model file that can be read"):
        Metadata.read(tmp_path)
