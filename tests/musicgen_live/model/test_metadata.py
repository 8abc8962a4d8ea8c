"""The metadata of a model file, read without its weights."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from musicgen_live.errors import ModelError
from musicgen_live.model.metadata import Metadata
from tests.support.models import TOKENS, toy_bundle, toy_model


def test_encoding_tokens_and_prompts_are_those_of_the_bundle(tmp_path: Path) -> None:
    metadata, bundle = Metadata.read(toy_model(tmp_path)), toy_bundle()
    assert metadata == Metadata("chords", TOKENS, bundle.prompts, bundle.architecture, bundle.card)


def file_with(path: Path, metadata: dict[str, str]) -> Path:
    header = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    return path


METADATA = {
    "format": "musicgen-live model 1",
    "encoding": "chords",
    "vocabulary": '["C4", "E4"]',
    "architecture": '{"classes": 2, "units": 3, "input": "index", "mode": "window"}',
    "prompts": "[[0, 1]]",
    "card": '{"recipe": "", "epochs": 1, "corpus": "", "licence": "", "credit": "", "music21_version": ""}',
}


def test_the_header_alone_is_enough(tmp_path: Path) -> None:
    assert Metadata.read(file_with(tmp_path / "x", METADATA)).prompts == ((0, 1),)


def test_outlines_are_read_if_there_are_any(tmp_path: Path) -> None:
    assert Metadata.read(file_with(tmp_path / "x", METADATA)).outlines == ()
    outlines = {"outlines": "[[[0, 0, 1, 0], [1, -12, 4, 1]], []]"}
    assert Metadata.read(file_with(tmp_path / "x", {**METADATA, **outlines})).outlines == (
        ((0, 0, 1, 0), (1, -12, 4, 1)),
        (),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"outlines": "7"},
        {"outlines": "[7]"},
        {"outlines": "[[7]]"},
        {"outlines": "[[[0, 0, 1]]]"},
        {"outlines": "[[[256, 0, 1, 0]]]"},
        {"outlines": "[[[0, 13, 1, 0]]]"},
        {"outlines": "[[[0, 0, 5, 0]]]"},
        {"outlines": "[[[0, 0, -1, 0]]]"},
        {"outlines": "[[[0, 0, 1, 2]]]"},
        {"outlines": "[[[0, 0, 1, true]]]"},
        {"outlines": "[[[0, 0.0, 1, 0]]]"},
        {"outlines": json.dumps([[[0, 0, 1, 0]] * 257])},
        {"outlines": json.dumps([[]] * 10_001)},
        {"prompts": "[[0, 2]]"},
        {"prompts": "[[-1]]"},
        {"prompts": "[[]]"},
        {"prompts": "[]"},
        {"prompts": "[[0.5]]"},
        {"prompts": "7"},
        {"prompts": "[" * 100_000},
        {"prompts": "[[true]]"},
        {"prompts": "[[" + "1" * 5000 + "]]"},
        {"prompts": json.dumps([[0] * 10_001])},
        {"prompts": json.dumps([[0]] * 10_001)},
        {"vocabulary": "7"},
        {"vocabulary": '["C4", 4]'},
        {"vocabulary": '["C4", "C4"]'},
        {"vocabulary": '["C4"]'},
        {"architecture": "[]"},
        {"architecture": '{"classes": 2, "classes": 2, "units": 3, "input": "index", "mode": "window"}'},
        *(
            {
                "architecture": '{"classes": 2, "units": 3, "input": "embedding", "embedding": 1, "mode": "carried", '
                f'"recall_from": 0, "{name}": true}}'
            }
            for name in ("reference", "intervals")
        ),
        {"card": '{"recipe": ""}'},
    ],
    ids=lambda wrong: str(wrong)[:50],
)
def test_wrong_metadata_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="is not a model file that can be read"):
        Metadata.read(file_with(tmp_path / "x", {**METADATA, **wrong}))


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8, b"\xff" * 20, b"\x02" + b"\0" * 7 + b"{}", b"\x02" + b"\0" * 7 + b"[]"]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ModelError, match="is not a model"):
        Metadata.read(tmp_path / "x")


def test_a_header_of_4_gb_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes((2**32).to_bytes(8, "little"))
    with pytest.raises(ModelError, match=r"its header would have 4,294,967,296 bytes; at most 4,194,304 can be read"):
        Metadata.read(tmp_path / "x")


def test_a_name_that_stands_twice_in_the_header_is_refused(tmp_path: Path) -> None:
    header = b'{"__metadata__": {}, "__metadata__": {}}'
    (tmp_path / "x").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelError, match="a name stands twice in it"):
        Metadata.read(tmp_path / "x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    with pytest.raises(ModelError, match="it is a named pipe, not a file"):
        Metadata.read(tmp_path / "x")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a model file that can be read"):
        Metadata.read(tmp_path)
